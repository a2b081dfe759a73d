"""Faults as data: what goes wrong, with which request, how often."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "rate_limited",  # 429 in the vendor's own words; params scope, retry_after (seconds), reason
        "status",  # params status, body, content_type, headers
        "unauthorized",  # 401 in the vendor's own words
        "forbidden",  # 403 in the vendor's own words
        "reset_before",  # connection reset, nothing processed
        "reset_after",  # processed, then connection reset
        "slow",  # params seconds of real time
        "hold_before",  # blocks before processing until released
        "hold_after",  # processes, then blocks until released
        "not_json",  # 200 with an HTML page; the request is not processed
        "truncated",  # processed; the body is cut in the middle
        "edit_conflict",  # somebody else edits the ticket just before this write
        "stale_index",  # params seconds: how far Jira's search lags
        "job_partial",  # one row of a bulk job or of a bulk creation fails; params row (0-based)
    }
)
# The application does not act on these: the vendor's own code takes them.
VENDOR_KINDS = frozenset({"stale_index", "job_partial"})


class BadFaultError(ValueError):
    """A fault that cannot be understood."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault; `first` and `times` count the requests that match (1-based; times 0 = until removed)."""

    id: str
    kind: str
    method: str | None
    path: re.Pattern[str] | None
    first: int
    times: int
    params: Mapping[str, Any]
    seen: int = 0
    fired: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count a request and say whether the fault hits it."""
        if self.method is not None and self.method != method:
            return False
        if self.path is not None and self.path.search(path) is None:
            return False
        self.seen += 1
        hit = self.seen >= self.first and (self.times == 0 or self.seen < self.first + self.times)
        self.fired += hit
        return hit

    def as_json(self) -> dict[str, Any]:
        """Return the fault as the control API shows it."""
        path = None if self.path is None else self.path.pattern
        match = {"method": self.method, "path_regex": path, "nth": self.first, "times": self.times}
        counts = {"seen": self.seen, "fired": self.fired}
        return {"id": self.id, "kind": self.kind, "match": match, "params": dict(self.params), **counts}


@dataclass(slots=True, kw_only=True)
class Held:
    """A request that waits for its release; `dropped` requests end with a reset and are not processed."""

    id: str
    method: str
    path: str
    phase: str
    loop: asyncio.AbstractEventLoop
    event: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the held request as the control API shows it."""
        return {"id": self.id, "method": self.method, "path": self.path, "phase": self.phase}


class Faults:
    """The faults in force and the requests they hold."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._ids = itertools.count(1)
        self.held: dict[str, Held] = {}

    def add(self, kind: str, match: Mapping[str, Any] | None = None, /, **params: Any) -> Fault:
        """Put a fault in force.

        Args:
            kind: One of `KINDS`.
            match: method, path_regex, nth (default 1), times (default 1; 0 = until removed), id; all optional.
            **params: What the kind needs.

        Raises:
            BadFaultError: The kind is unknown or the pattern is not a regular expression.
        """
        if kind not in KINDS:
            raise BadFaultError(f"no fault kind {kind!r}; there are {', '.join(sorted(KINDS))}")
        wanted = dict(match or {})
        fault = Fault(
            id=str(wanted.pop("id", None) or f"fault-{next(self._ids)}"),
            kind=kind,
            method=wanted.pop("method", None),
            path=_pattern(wanted.pop("path_regex", None)),
            first=int(wanted.pop("nth", None) or 1),
            times=int(wanted.pop("times", 1)),
            params=params,
        )
        if wanted:
            raise BadFaultError(f"a fault cannot match on {', '.join(sorted(wanted))}")
        self._faults[fault.id] = fault
        return fault

    def add_json(self, raw: Mapping[str, Any]) -> Fault:
        """Put a fault in force from its JSON form `{id?, kind, match?, params?}`.

        Raises:
            BadFaultError: The JSON does not describe a fault.
        """
        match = {**(raw.get("match") or {})}
        if raw.get("id"):
            match["id"] = raw["id"]
        return self.add(str(raw.get("kind")), match, **(raw.get("params") or {}))

    def strike(self, method: str, path: str) -> list[Fault]:
        """Return the faults that hit this request, in the order they were added."""
        generic = [fault for fault in self._faults.values() if fault.kind not in VENDOR_KINDS]
        return [fault for fault in generic if fault.strikes(method, path)]

    def take(self, kind: str, method: str, path: str) -> Fault | None:
        """Return the first fault of a vendor kind that hits this request, for the vendor's own code."""
        mine = [fault for fault in self._faults.values() if fault.kind == kind]
        return next((fault for fault in mine if fault.strikes(method, path)), None)

    def all(self) -> list[Fault]:
        """Return the faults in force."""
        return list(self._faults.values())

    def clear(self, fault_id: str | None = None) -> None:
        """Remove one fault or all of them."""
        if fault_id is None:
            self._faults.clear()
        else:
            self._faults.pop(fault_id, None)

    async def hold(self, method: str, path: str, phase: str) -> Held:
        """Wait until the request is released."""
        loop = asyncio.get_running_loop()
        held = Held(id=f"held-{next(self._ids)}", method=method, path=path, phase=phase, loop=loop)
        self.held[held.id] = held
        await held.event.wait()
        return held

    def release(self, held_id: str | None = None, *, drop: bool = False) -> int:
        """Let held requests go on (or end with a reset when `drop`); return how many."""
        chosen = [held for held in list(self.held.values()) if held_id in {None, held.id}]
        for held in chosen:
            held.dropped = drop
            self.held.pop(held.id, None)
            held.loop.call_soon_threadsafe(held.event.set)
        return len(chosen)


def _pattern(raw: str | None) -> re.Pattern[str] | None:
    if raw is None:
        return None
    try:
        return re.compile(raw)
    except re.error as error:
        raise BadFaultError(f"path_regex {raw!r} is not a regular expression: {error}") from error
