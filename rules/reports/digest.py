"""Digest: all running escalations on one sheet, for those who answer for them; also when there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rules.escalation.record.colour import StatusColour
from rules.reports.escalated import Escalated, Level
from rules.reports.sheet import Cell, Section, Sheet, Table, table_of

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
#: What is told of one escalation.
COLUMNS = (
    "Ticket",
    "Subject",
    "Customer",
    "Colour",
    "Tier",
    "Stage",
    "Priority",
    "Age",
    "Owner",
    "Next due",
    "Late",
    "Misses",
    "Plan",
)
_HEADINGS = {Level.ACCOUNT: "Accounts", Level.TICKET: "Tickets"}


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which escalations a digest tells of, and whose wall clock it goes by."""

    title: str
    zone: ZoneInfo
    #: Only those of this region, and those of which no region is known; None = all.
    region: str | None = None
    #: Only those of accounts, or only those of tickets; None = both.
    level: Level | None = None

    def covers(self, row: Escalated) -> bool:
        """Whether an escalation belongs here."""
        in_region = self.region is None or row.region is None or row.region == self.region
        return in_region and (self.level is None or row.level is self.level)


def daily(rows: Iterable[Escalated], scope: Scope, now: datetime) -> Sheet:
    """Everything that is escalated at an instant (UTC), what is late first, and what is missing."""
    shown = covered(rows, scope, now)
    sections = [
        Section(
            heading=f"{heading} ({len(mine)})",
            table=table_of(COLUMNS, ([*cells_of(row, scope.zone, now)] for row in mine)),
        )
        for level, heading in _HEADINGS.items()
        if (mine := [row for row in shown if row.level is level])
    ]
    if missing := [*_missing(shown, scope.zone, now)]:
        sections.append(Section(heading="What is missing", points=tuple(missing)))
    return Sheet(
        title=scope.title, sentences=(instant_of(scope, now), summary_of(shown, now)), sections=tuple(sections)
    )


def weekly(rows: Iterable[Escalated], scope: Scope, now: datetime) -> Sheet:
    """What executives have to know: how much there is, which customers it concerns, and what is not going well."""
    shown = covered(rows, scope, now)
    sections = []
    if shown:
        sections.append(Section(heading="Customers", table=_customers(shown, now)))
    worrying = [row for row in shown if row.late(now) or row.gaps]
    if worrying:
        rows_of = ([*cells_of(row, scope.zone, now)] for row in worrying)
        sections.append(Section(heading="Not going well", table=table_of(COLUMNS, rows_of)))
        sections.append(Section(heading="What is missing", points=tuple(_missing(worrying, scope.zone, now))))
    new = sum(row.age(now) <= _WEEK for row in shown)
    sentences = (instant_of(scope, now), summary_of(shown, now), f"Begun in the last seven days: {new}.")
    return Sheet(title=scope.title, sentences=sentences, sections=tuple(sections))


def spelled_age(age: timedelta) -> str:
    """A length of time in its largest unit: 3d, 4h, 5m."""
    if age >= _DAY:
        return f"{age // _DAY}d"
    return f"{age // _HOUR}h" if age >= _HOUR else f"{max(age // _MINUTE, 0)}m"


def covered(rows: Iterable[Escalated], scope: Scope, now: datetime) -> list[Escalated]:
    """Those that belong here: what is late for longest first, then what is owed next, then the oldest."""
    return sorted((row for row in rows if scope.covers(row)), key=lambda row: _urgency(row, now))


def _urgency(row: Escalated, now: datetime) -> tuple[bool, datetime, datetime, str]:
    first = row.deadlines[0].at if row.deadlines else None
    return not row.late(now), first or datetime.max.replace(tzinfo=now.tzinfo), row.since, str(row.ref)


def instant_of(scope: Scope, now: datetime) -> str:
    """For which instant and region a sheet tells."""
    region = "" if scope.region is None else f" Region: {scope.region}."
    return f"As of {_local(now, scope.zone)} ({scope.zone.key}).{region}"


def summary_of(rows: Sequence[Escalated], now: datetime) -> str:
    """All of them in one sentence."""
    if not rows:
        return "No escalation is running."
    levels = Counter(row.level for row in rows)
    parts = [f"{count} {level}{'' if count == 1 else 's'}" for level in _HEADINGS if (count := levels[level])]
    colours = Counter(row.colour for row in rows if row.colour)
    parts += [f"{count} {colour}" for colour, count in colours.most_common()]
    late, missing = sum(bool(row.late(now)) for row in rows), sum(bool(row.gaps) for row in rows)
    parts += [f"{late} late", f"{missing} with something missing"]
    return f"Running escalations: {', '.join(parts)}."


def cells_of(row: Escalated, zone: ZoneInfo, now: datetime) -> Iterator[Cell]:
    """One escalation as a row below `COLUMNS`."""
    late, upcoming = row.late(now), row.next_due(now)
    yield Cell(row.key, row.url)
    yield from (Cell(row.subject), Cell(row.account), Cell(row.colour, tint=_tint(row.colour)))
    yield from map(Cell, (row.tier, row.stage, row.priority or ""))
    yield Cell(spelled_age(row.age(now)))
    yield Cell(row.owner or "nobody", alarming=not row.owner)
    yield Cell("" if upcoming is None else f"{upcoming.what}: {_local(upcoming.at, zone)}")
    yield Cell("; ".join(f"{one.what}: {spelled_age(now - one.at)}" for one in late), alarming=bool(late))
    yield Cell(str(row.misses) if row.misses else "")
    yield Cell(f"{row.done} of {row.planned}" if row.planned else "")


def _tint(colour: str) -> str:
    return colour if colour in {one.value for one in StatusColour} else ""


def _missing(rows: Iterable[Escalated], zone: ZoneInfo, now: datetime) -> Iterator[str]:
    for row in rows:
        late = [f"{one.what} was due {_local(one.at, zone)}" for one in row.late(now)]
        if late or row.gaps:
            yield f"{row.key}: {'; '.join([*row.gaps, *late])}"


def _customers(rows: Sequence[Escalated], now: datetime) -> Table:
    mine: dict[str, list[Escalated]] = {}
    for row in rows:
        mine.setdefault(row.account or "(no customer known)", []).append(row)
    return table_of(
        ("Customer", "Escalations", "Colours", "Oldest", "Late", "Misses", "Plan", "Sponsor"),
        (_customer_cells(name, some, now) for name, some in sorted(mine.items(), key=lambda one: -len(one[1]))),
    )


def _customer_cells(name: str, rows: Sequence[Escalated], now: datetime) -> Iterator[Cell]:
    late, planned = sum(bool(row.late(now)) for row in rows), sum(row.planned for row in rows)
    misses = sum(row.misses for row in rows)
    yield Cell(name)
    yield Cell(str(len(rows)))
    yield Cell(", ".join(dict.fromkeys(row.colour for row in rows if row.colour)))
    yield Cell(spelled_age(max(row.age(now) for row in rows)))
    yield Cell(str(late) if late else "", alarming=bool(late))
    yield Cell(str(misses) if misses else "")
    yield Cell(f"{sum(row.done for row in rows)} of {planned}" if planned else "")
    yield Cell(", ".join(dict.fromkeys(row.sponsor for row in rows if row.sponsor)))


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
