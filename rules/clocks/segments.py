"""Segments: how a clock came to show what it shows, piece by piece, with each pause and each day off by its name."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from rules.calendar import BusinessCalendar
from rules.clocks.clock import ClockReading, ClockState
from rules.sla import SlaTarget
from rules.words import minute

RUNS = "ran"


class Segment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A time (UTC) in which the clock ran, or stood still."""

    start: datetime
    end: datetime
    #: `ran`, `paused`, or the status that the ticket had.
    kind: str
    #: Open time in between.
    open: timedelta
    #: Local dates in between on which something was other than the week says, and why.
    days_off: tuple[tuple[date, str], ...]


def segments(target: SlaTarget, reading: ClockReading, now: datetime) -> tuple[Segment, ...]:
    """The time from the clock's start to its stop, or to now, without a gap.

    The open time of the segments in which it ran adds up to what it counted.
    """
    end = reading.stopped_at or now
    found: list[Segment] = []
    at = reading.started_at
    for stop in reading.stops:
        begin, until = max(stop.start, at), min(stop.end or end, end)
        if until <= begin:
            continue
        if begin > at:
            found.append(_segment(target.calendar, at, begin, RUNS))
        found.append(_segment(target.calendar, begin, until, stop.because))
        at = until
    if end > at:
        found.append(_segment(target.calendar, at, end, RUNS))
    return tuple(found)


def told(target: SlaTarget, reading: ClockReading, now: datetime) -> tuple[str, ...]:
    """The clock's story for people: what it counted, from when to when, and what lies between now and its end."""
    spell = target.calendar.spell
    whole = spell(reading.elapsed + reading.remaining)
    late = reading.remaining < timedelta()
    rest = f"{spell(-reading.remaining)} over" if late else f"{spell(reading.remaining)} left"
    lines = [f"{spell(reading.elapsed)} of {whole} counted, {rest} (calendar {target.calendar.name})"]
    for segment in segments(target, reading, now):
        lines.append(f"{minute(segment.start)} to {minute(segment.end)}: {segment.kind}, {spell(segment.open)}")
        lines += [f"  {day:%a %Y-%m-%d}: {why}" for day, why in segment.days_off]
    if reading.stopped_at is None and reading.state is not ClockState.BREACHED:
        ahead = target.calendar.days_off(now, reading.due_at)
        lines += [f"until it is due, {day:%a %Y-%m-%d}: {why}" for day, why in ahead]
    return tuple(lines)


def _segment(calendar: BusinessCalendar, start: datetime, end: datetime, kind: str) -> Segment:
    off = calendar.days_off(start, end)
    return Segment(start=start, end=end, kind=kind, open=calendar.elapsed(start, end), days_off=off)
