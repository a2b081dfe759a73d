"""Timetable: what a calendar's windows, days off and closures make of the days of a run of years."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from rules.segments import EPOCH, Segment, Segments

Window = tuple[time, time]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Closure:
    """A stretch of time, from `start` to `end` (UTC), that is closed whatever the windows say."""

    start: datetime
    end: datetime
    name: str


class HolidaySource(Protocol):
    """Where a calendar's days off come from, if they are not written down one by one. A frozen, hashable value."""

    def days(self, year: int) -> Mapping[date, str]:
        """The local dates of a year that are off, with their names; none in years that the source does not know."""
        ...

    def closures(self, year: int, zone: ZoneInfo) -> Sequence[Closure]:
        """The stretches of less than whole days that begin in that year; times without a zone are the calendar's."""
        ...


@dataclass(frozen=True, slots=True)
class Timetable:
    """The days of a run of years: which windows they have, and what closes them."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Window, ...]]
    #: Local date → name. No window opens on them, and a night shift from the day before ends at midnight.
    holidays: Mapping[date, str] = field(default_factory=dict)
    #: Local date → its own windows, instead of the week's and of any holiday; none = closed like a holiday.
    special_days: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    closures: Sequence[Closure] = ()

    def segments(self, first_year: int, last_year: int) -> Segments:
        """The open time of whole local years; about a millisecond a year."""
        day = date(first_year, 1, 1)
        # The night shift into the first day belongs to the year before; starting a day early keeps its tail.
        pieces = self._pieces(day - _DAY, date(last_year, 12, 31))
        return Segments.of(self._cut(pieces) if self.closures else pieces, first_year, last_year)

    def windows(self, day: date) -> tuple[Window, ...]:
        """The windows that open on a local date."""
        special = self.special_days.get(day)
        if special is not None:
            return special
        return () if day in self.holidays else self.week.get(day.weekday(), ())

    def is_off(self, day: date) -> bool:
        """A holiday, or a special day without windows: it ends the night shift from the day before."""
        special = self.special_days.get(day)
        return day in self.holidays if special is None else not special

    def _pieces(self, day: date, last: date) -> Iterator[Segment]:
        while day <= last:
            for opening, closing in sorted(self.windows(day)):
                yield from self._window(day, opening, closing)
            day += _DAY

    def _window(self, day: date, opening: time, closing: time) -> Iterator[Segment]:
        """One window of one day, cut at midnight."""
        overnight = closing <= opening
        midnight = datetime.combine(day + _DAY, time())
        end = midnight if overnight else datetime.combine(day, closing)
        owner = day.toordinal()
        yield self._since_epoch(datetime.combine(day, opening)), self._since_epoch(end), owner
        if overnight and closing > time() and not self.is_off(day + _DAY):
            tail = datetime.combine(day + _DAY, closing)
            yield self._since_epoch(midnight), self._since_epoch(tail), owner

    def _cut(self, pieces: Iterable[Segment]) -> Iterator[Segment]:
        """Take the closures out."""
        cuts = sorted((closure.start - EPOCH, closure.end - EPOCH) for closure in self.closures)
        for opened, closed, owner in pieces:
            start = opened
            for begin, end in cuts:
                if begin >= closed:
                    break
                if end > start:
                    yield start, begin, owner  # nothing, where it begins earlier: Segments.of leaves that out
                    start = end
            yield start, closed, owner

    def _since_epoch(self, wall: datetime) -> timedelta:
        return instant(wall, self.zone) - EPOCH


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The UTC instant at which clocks in the zone first show `wall`, or jump over it.

    A wall time that occurs twice (autumn) means its first occurrence; one that never occurs (spring) means the instant
    of the jump. So windows that touch on the wall touch on the time line too, whatever the clocks do.
    """
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # Clocks jump at whole seconds; the instant before the jump reads with the old offset, the one after with the new.
    late = found.replace(microsecond=0)
    early = wall.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    offset = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
