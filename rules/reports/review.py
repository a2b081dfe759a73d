"""Review: what a month of escalations says of the process: frequent causes, repeat customers, rules that fail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rules.reports.occurred import Judgement, Occurred, Promised
from rules.reports.sheet import Cell, Section, Sheet, Table, table_of

#: Lines of a table that names the most frequent.
_TOP = 10
_REPEATED = 2


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time: from its begin to its end, which is not in it (UTC)."""

    start: datetime
    end: datetime

    @property
    def before(self) -> Period:
        """The stretch of the same length before it."""
        return Period(start=self.start - (self.end - self.start), end=self.start)

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end


def review(
    all_of_them: Iterable[Occurred],
    period: Period,
    *,
    zone: ZoneInfo,
    rules: Mapping[str, str],
    reviews: Sequence[str] = (),
    sources: Mapping[str, int] | None = None,
    promised: Iterable[Promised] = (),
) -> Sheet:
    """A sheet for the regular review of the process.

    Args:
        all_of_them: Escalations of the period and of the one before it; others are left out.
        period: What is looked at.
        zone: Whose dates it is told in.
        rules: Every rule that leads into a tier: its id → its description, so that one that never fired is seen, too.
        reviews: What is to be reviewed by now, in words.
        sources: Where requests for accounts' escalations came from, by source.
        promised: What was promised in the period on accounts' records, and is decided.
    """
    found = list(all_of_them)
    now = [one for one in found if period.holds(one.since)]
    earlier = [one for one in found if period.before.holds(one.since)]
    sections = [
        Section(heading="What it came from", table=_compared("Reason and product", _combination, now, earlier)),
        Section(heading="Causes that were found", table=_compared("Cause", lambda one: one.cause, now, earlier)),
        Section(heading="Customers who came again", table=_again(now)),
        Section(heading="Where it ended", table=_ended(now)),
        Section(heading="Rules", table=_scores(now, rules)),
        Section(heading="Promises", table=_promises(now, promised)),
        Section(heading="Where requests came from", table=_sources(sources or {})),
        Section(heading="To be reviewed", points=tuple(reviews)),
    ]
    days = f"{_day(period.start, zone)} to {_day(period.end - timedelta(microseconds=1), zone)} ({zone.key})"
    sentences = (f"From {days}.", _trend(len(now), len(earlier)))
    shown = tuple(one for one in sections if one.points or (one.table is not None and one.table.rows))
    return Sheet(title="Review of escalations", sentences=sentences, sections=shown)


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}"


def _trend(now: int, earlier: int) -> str:
    return f"{now} escalations began, {earlier} in the period before ({now - earlier:+d})."


def _combination(one: Occurred) -> str:
    return " · ".join(filter(None, [one.because, one.product]))


def _compared(
    title: str, part: Callable[[Occurred], str], now: Iterable[Occurred], earlier: Iterable[Occurred]
) -> Table:
    """The most frequent, with their share, and how many there were in the period before."""
    counts = Counter(part(one) for one in now if part(one))
    before = Counter(part(one) for one in earlier if part(one))
    total = counts.total()
    return table_of(
        (title, "Escalations", "Share", "Before", "Change"),
        (
            (name, str(count), f"{100 * count // total}%", str(before[name]), f"{count - before[name]:+d}")
            for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_TOP]
        ),
    )


def _again(now: Iterable[Occurred]) -> Table:
    mine: defaultdict[str, list[Occurred]] = defaultdict(list)
    for one in now:
        if one.account:
            mine[one.account].append(one)
    often = sorted(
        ((name, some) for name, some in mine.items() if len(some) >= _REPEATED), key=lambda one: -len(one[1])
    )
    return table_of(
        ("Customer", "Escalations", "Tickets"), ((name, str(len(some)), _keys(some)) for name, some in often[:_TOP])
    )


def _keys(some: Iterable[Occurred]) -> str:
    return ", ".join(dict.fromkeys(one.key for one in some))


def _ended(now: Iterable[Occurred]) -> Table:
    """How many came to an end in each tier, and how many of them because the ticket was solved there."""
    over = [one for one in now if one.until is not None]
    counts, solved = Counter(one.tier for one in over), Counter(one.tier for one in over if one.solved)
    rows = ((name or "no tier", str(count), str(solved[name])) for name, count in sorted(counts.items()))
    return table_of(("Tier", "Ended", "Solved there"), rows)


def _scores(now: Sequence[Occurred], rules: Mapping[str, str]) -> Table:
    """For every rule how often it led to an escalation, what people thought of it, and how often they took it back."""
    fired: defaultdict[str, list[Occurred]] = defaultdict(list)
    for one in now:
        fired[one.because].append(one)
    known = {f"rule:{name}": told for name, told in rules.items()}
    order = sorted({*known, *(name for name in fired if name)}, key=lambda name: (-len(fired.get(name, ())), name))
    headers = ("Reason", "What it says", "Fired", *(word.capitalize() for word in Judgement), "Taken back")
    return table_of(headers, (_score(name, known.get(name, ""), fired.get(name, [])) for name in order))


def _score(name: str, told: str, some: Sequence[Occurred]) -> Iterator[Cell]:
    yield from (Cell(name), Cell(told))
    yield Cell(str(len(some)) if some else "never", alarming=not some)
    thought = Counter(word for one in some for word in one.judgements)
    yield from (Cell(str(thought[word]) if thought[word] else "") for word in Judgement)
    back = sum(one.overridden for one in some)
    yield Cell(str(back) if back else "", alarming=2 * back > len(some))


def _promises(now: Iterable[Occurred], promised: Iterable[Promised]) -> Table:
    """How many promises were kept, by customer and by owner."""
    kept: Counter[tuple[str, str]] = Counter()
    made: Counter[tuple[str, str]] = Counter()
    for one in now:
        if one.kept + one.broken:
            kept[one.account, one.owner] += one.kept
            made[one.account, one.owner] += one.kept + one.broken
    for each in promised:
        kept[each.account, each.owner] += each.kept
        made[each.account, each.owner] += 1
    return table_of(
        ("Customer", "Owner", "Promises", "Kept"),
        (
            (account or "unknown", owner or "nobody", str(count), f"{100 * kept[account, owner] // count}%")
            for (account, owner), count in sorted(made.items())
        ),
    )


def _sources(sources: Mapping[str, int]) -> Table:
    rows = ((name, str(count)) for name, count in sorted(sources.items(), key=lambda one: (-one[1], one[0])))
    return table_of(("Source", "Requests"), rows)
