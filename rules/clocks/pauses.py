"""Pauses: when a clock stood still, and how they move every instant that lies ahead of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from rules.calendar import BusinessCalendar
from rules.clocks.clock import Point, Stop
from rules.facts import Facts
from rules.history import stretches
from rules.sla import PauseRule, SlaTarget

PAUSED = "paused"
_NO_TIME = timedelta()


class Pauses(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The times in which a clock stood still, seen from one instant."""

    #: Oldest first; they do not overlap. The last one's end is None when the clock stands still now.
    stops: tuple[Stop, ...] = ()
    #: When the standstill of now could end, or the next one begin, by itself (UTC).
    turns_at: datetime | None = None
    #: The condition holds, but the limit is used up: the clock runs all the same.
    exhausted: bool = False


def pauses_of(target: SlaTarget, facts: Facts, since: datetime, solved: tuple[Stop, ...]) -> Pauses:
    """Every standstill of a clock since an instant, the times in which the ticket was solved included."""
    rule = target.pause
    if rule is None:
        return Pauses(stops=solved)
    now = facts.now
    past = stretches(rule.when, facts, since, now)
    stops = [Stop(stretch.start, stretch.end, PAUSED) for stretch in past if stretch.holds]
    verdict = rule.when.evaluate(facts)
    if verdict.holds:
        joined = bool(stops) and stops[-1].end == now
        stops = [*stops[:-1], Stop(stops[-1].start, None, PAUSED)] if joined else [*stops, Stop(now, None, PAUSED)]
    limited, turns = _limited(rule, target.calendar, stops, now) if stops else (stops, [])
    if verdict.flips_at is not None and verdict.flips_at > now:
        turns.append(verdict.flips_at)
    return Pauses(
        stops=_together(limited, solved),
        turns_at=min(turns, default=None),
        exhausted=verdict.holds and not (limited and limited[-1].end is None),
    )


def reach(calendar: BusinessCalendar, base: datetime, since: datetime, stops: Iterable[Stop], now: datetime) -> Point:
    """An instant that lay at `base` when the clock was started, moved by every standstill that began before it.

    Args:
        calendar: The time that counts.
        base: Where the instant would lie without any pause.
        since: Standstill before this instant does not count.
        stops: Oldest first, without overlap.
        now: A standstill that lasts is taken to end here.

    Returns:
        The instant, and whether it has come: never while the clock stands still before it.
    """
    at, standing = base, False
    for stop in stops:
        if stop.start >= at:
            break
        begin, end = max(stop.start, since), now if stop.end is None else stop.end
        if end > begin:
            # Nothing falls due while the clock stands still, even where only closed time was left.
            at = max(calendar.advance(at, calendar.elapsed(begin, end)), end)
        standing = stop.end is None
    return Point(at, not standing and at <= now)


def stood_still(calendar: BusinessCalendar, stops: Iterable[Stop], start: datetime, end: datetime) -> timedelta:
    """Open time between two instants in which the clock stood still."""
    total = _NO_TIME
    for stop in stops:
        first, last = max(stop.start, start), end if stop.end is None else min(stop.end, end)
        if last > first:
            total += calendar.elapsed(first, last)
    return total


def _limited(
    rule: PauseRule, calendar: BusinessCalendar, stops: list[Stop], now: datetime
) -> tuple[list[Stop], list[datetime]]:
    """The pauses cut at the limits, and the instant at which the limit of the pause of now is used up."""
    kept: list[Stop] = []
    left: timedelta | None = None
    turns: list[datetime] = []
    for stop in stops:
        ends = [] if rule.at_most is None else [calendar.add(stop.start, rule.at_most)]
        if rule.in_all is not None:
            left = calendar.elapsed(stop.start, calendar.add(stop.start, rule.in_all)) if left is None else left
            ends.append(calendar.advance(stop.start, left))
        cut = min(ends, default=None)
        if cut is not None and cut > now and stop.end is None:
            turns.append(cut)
        end = cut if cut is not None and cut <= (stop.end or now) else stop.end
        if end is None or end > stop.start:
            kept.append(Stop(stop.start, end, stop.because))
        if left is not None:
            left -= min(left, calendar.elapsed(stop.start, end or now))
    return kept, turns


def _together(pauses: list[Stop], solved: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """Pauses and times of being solved as one row without overlap; what began first names the time."""
    if not solved:
        return tuple(pauses)
    row: list[Stop] = []
    for stop in sorted((*pauses, *solved), key=lambda each: each.start):
        if row and (row[-1].end is None or (stop.end is not None and stop.end <= row[-1].end)):
            continue
        if row and row[-1].end is not None and stop.start < row[-1].end:
            row.append(Stop(row[-1].end, stop.end, stop.because))
        else:
            row.append(stop)
    return tuple(row)
