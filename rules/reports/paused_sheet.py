"""Sheet of pauses: how much promised time stood still, for whom, and where nobody waited for the customer any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rules.reports.paused import Paused
from rules.reports.sheet import Cell, Section, Sheet, table_of
from rules.span import spell
from rules.words import counted

_MOST = 20
_NONE = timedelta()
_HEADS = ("pauses", "stood still", "after the customer's answer", "begun when nearly due")


def paused_sheet(found: Sequence[Paused], start: datetime, end: datetime, zone: ZoneInfo) -> Sheet:
    """The audit of a period (UTC), told in a time zone."""
    days = [at.astimezone(zone).date() for at in (start, end)]
    return Sheet(
        title="Pauses of promised times",
        sentences=(f"From {days[0]} to {days[1]} ({zone.key}), in open time of each clock's calendar.", *_told(found)),
        sections=(
            *_by("By who had the ticket", "who", found, lambda one: one.owner or "nobody"),
            *_by("By customer", "customer", found, lambda one: one.customer),
            *_by("By clock", "clock", found, lambda one: one.clock),
            *_to_look_at(found, zone),
        ),
    )


def _told(found: Sequence[Paused]) -> Iterator[str]:
    if not found:
        yield "No clock stood still."
        return
    tickets = len({one.ticket for one in found})
    stood, answered = (
        sum(lengths, _NONE) for lengths in zip(*((one.stood, one.answered) for one in found), strict=True)
    )
    share = f"{answered / stood:.0%}" if stood else "0%"
    yield (
        f"{counted(len(found), 'pause')} on {counted(tickets, 'ticket')}: {spell(stood)} stood still, "
        f"{spell(answered)} of it ({share}) after the customer had answered."
    )
    nearly = sum(one.nearly_due is not None for one in found)
    saved = len({(one.ticket, one.clock) for one in found if one.saved})
    yield (
        f"{counted(nearly, 'pause')} began when less than a tenth of the time was left. "
        f"{counted(saved, 'clock')} would be late without what came after the customer's answer."
    )


def _by(heading: str, head: str, found: Sequence[Paused], name: Callable[[Paused], str]) -> Iterator[Section]:
    groups: dict[str, list[Paused]] = {}
    for one in found:
        groups.setdefault(name(one), []).append(one)
    rows = sorted((_row(who, theirs) for who, theirs in groups.items()), key=lambda row: row[0])
    if rows:
        yield Section(heading=heading, table=table_of((head, *_HEADS), [cells for _, cells in rows]))


def _row(who: str, theirs: Sequence[Paused]) -> tuple[tuple[timedelta, timedelta, str], tuple[str, ...]]:
    """What the row is sorted by, the most first; and its cells."""
    stood, answered = sum((one.stood for one in theirs), _NONE), sum((one.answered for one in theirs), _NONE)
    nearly = sum(one.nearly_due is not None for one in theirs)
    cells = (
        who,
        f"{len(theirs):,}",
        spell(stood),
        spell(answered) if answered else "",
        f"{nearly:,}" if nearly else "",
    )
    return (-answered, -stood, who), cells


def _sums(found: Sequence[Paused]) -> tuple[timedelta, timedelta]:
    """Open time in which clocks stood still, and what of it came after the customer's answer."""
    return sum((one.stood for one in found), _NONE), sum((one.answered for one in found), _NONE)


def _to_look_at(found: Sequence[Paused], zone: ZoneInfo) -> Iterator[Section]:
    odd = sorted(
        (one for one in found if one.answered or one.nearly_due is not None),
        key=lambda one: (not one.saved, -one.answered, one.ticket, one.start),
    )
    if odd:
        rest = len(odd) - _MOST
        yield Section(
            heading="Pauses to look at",
            table=table_of(
                ("ticket", "clock", "who", "from", "to", "stood still", "after the customer's answer", "left", ""),
                [_evidence(one, zone) for one in odd[:_MOST]],
            ),
            points=(f"and {rest:,} more",) if rest > 0 else (),
        )


def _evidence(one: Paused, zone: ZoneInfo) -> tuple[Cell | str, ...]:
    return (
        Cell(one.key, url=one.url),
        one.clock,
        one.owner or "nobody",
        _at(one.start, zone),
        "still" if one.end is None else _at(one.end, zone),
        spell(one.stood),
        spell(one.answered) if one.answered else "",
        "" if one.nearly_due is None else spell(one.nearly_due),
        Cell("would be late", alarming=True) if one.saved else "",
    )


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
