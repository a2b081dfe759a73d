"""What Jira's answers tell of its rate limits. Pure: headers in, readings out.

Cloud tells the burst limit of the endpoint that was called, and to apps with a quota of points also how much of that is
left; Data Center, where an administrator limits it, our user's bucket of tokens. No number is believed that would let
us call more often than the documentation does: sites show larger bursts than they keep up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.errors import Scope
from connectors.limiter import Reading

#: Calls a second that Cloud's burst limit takes for each endpoint and method (rate-limiting page, 2026).
BURST = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_BURST_REASON = "jira-burst-based"
#: Both prefixes are in use while the vendor tries the headers out.
_QUOTA = ("RateLimit", "Beta-RateLimit")
_POLICY = ("RateLimit-Policy", "Beta-RateLimit-Policy")
_NEAR = ("X-RateLimit-NearLimit", "X-Beta-RateLimit-NearLimit")
#: A policy with a shorter period (seconds) is a burst limit, which the other headers tell by endpoint.
_SHORTEST_QUOTA = 60
#: No number of a limit, a remainder or a time is longer.
_MOST_DIGITS = 9
_MOST_POLICIES = 10


@dataclass(frozen=True, slots=True)
class _Quota:
    """One named quota of calls or points."""

    limit: int | None
    per: int | None
    remaining: int
    resets: int | None

    @property
    def part_left(self) -> float:
        """Which part of it is left; of a quota of unknown size nothing is known but that some is, or none."""
        return self.remaining / self.limit if self.limit else float(self.remaining > 0)


def readings(call: str, headers: Mapping[str, str]) -> Iterator[Reading]:
    """Read the rate headers of an answer.

    Args:
        call: `METHOD /path/{template}`, which is the name of its burst budget.
        headers: found whatever their case.
    """
    if (interval := _number(headers.get("X-RateLimit-Interval-Seconds"))) is not None:
        yield from _tokens(headers, interval)
        return
    # A refusal tells the limit that it is about, which may be another one than the endpoint's.
    if headers.get("RateLimit-Reason", _BURST_REASON) == _BURST_REASON:
        yield from _burst(call, headers)
    yield from _account(headers)


def _tokens(headers: Mapping[str, str], interval: int) -> Iterator[Reading]:
    """Data Center's bucket: it holds `Limit` tokens at most, and gets `FillRate` more each interval."""
    limit, remaining = _number(headers.get("X-RateLimit-Limit")), _number(headers.get("X-RateLimit-Remaining"))
    fill = _number(headers.get("X-RateLimit-FillRate"))
    if not limit or not fill or not interval:
        return
    # As many calls as it holds in the time in which it fills up never empty it.
    a_token = interval / fill
    missing = 0 if remaining is None else max(0, limit - remaining)
    yield Reading(
        scope=Scope.HELPDESK,
        limit=limit,
        remaining=remaining,
        resets=missing * a_token,
        per=max(1.0, limit * a_token),
        alone=True,
    )


def _burst(call: str, headers: Mapping[str, str]) -> Iterator[Reading]:
    limit, remaining = _number(headers.get("X-RateLimit-Limit")), _number(headers.get("X-RateLimit-Remaining"))
    most = BURST.get(call.partition(" ")[0])
    if limit and most is not None:
        yield Reading(scope=Scope.ENDPOINT, name=call, limit=min(limit, most), remaining=remaining, resets=1.0, per=1.0)


def _account(headers: Mapping[str, str]) -> Iterator[Reading]:
    """The scarcest of the account's quotas, and the warning that one of them runs out."""
    scarce = any(headers.get(name, "").strip().lower() == "true" for name in _NEAR)
    quota = min(_quotas(headers), key=lambda found: found.part_left, default=None)
    if quota is not None:
        known = [bound for bound in (quota.resets, quota.per) if bound is not None]
        yield Reading(
            scope=Scope.HELPDESK,
            limit=quota.limit,
            remaining=quota.remaining,
            # Times beyond the period have been seen, and are wrong.
            resets=min(known, default=None),
            per=quota.per,
            scarce=scarce,
            alone=True,
        )
    elif scarce:
        yield Reading(scope=Scope.HELPDESK, scarce=True)


def _quotas(headers: Mapping[str, str]) -> Iterator[_Quota]:
    sizes = {name: (found.get("q"), found.get("w")) for name, found in _items(headers, _POLICY)}
    for name, found in _items(headers, _QUOTA):
        limit, per = sizes.get(name, (None, None))
        if (remaining := found.get("r")) is None or (per is not None and per < _SHORTEST_QUOTA):
            continue
        whole = bool(limit and per)
        yield _Quota(limit if whole else None, per if whole else None, remaining, found.get("t"))


def _items(headers: Mapping[str, str], names: Iterable[str]) -> Iterator[tuple[str, dict[str, int]]]:
    """The items of a header such as `"app-quota";r=17;t=60, "other";r=1`: their names and numbers."""
    for header in names:
        for item in headers.get(header, "").split(",", _MOST_POLICIES)[:_MOST_POLICIES]:
            name, *parts = (part.strip() for part in item.split(";"))
            pairs = (part.partition("=") for part in parts)
            numbers = {key.strip(): _number(value.strip()) for key, _, value in pairs}
            yield name.strip('"'), {key: number for key, number in numbers.items() if number is not None}


def _number(text: str | None) -> int | None:
    plain = text is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if plain and text is not None else None
