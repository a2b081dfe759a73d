"""Segments: the opening hours of a run of years as sorted intervals on the UTC time line, ready for bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)

Window = tuple[time, time]
#: One stretch of open time: first and last instant in microseconds since 1970 UTC, and the day that it belongs to.
_Segment = tuple[int, int, int]


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC: integers keep the arithmetic exact.

    Raises:
        TypeError: when the datetime is naive.
    """
    return (at - EPOCH) // MICROSECOND


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
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


@dataclass(frozen=True, slots=True)
class Segments:
    """The open time of the local years `first_year` to `last_year`."""

    first_year: int
    last_year: int
    #: Opening and closing instants, and the open time of all segments before each one; microseconds.
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    before: tuple[int, ...]
    total: int
    #: The working day (ordinal of its local date) of each segment: an overnight shift belongs to the day it began on.
    owners: tuple[int, ...]
    #: The distinct working days, in order.
    days: tuple[int, ...]

    def position(self, at: int) -> int:
        """Open microseconds between the beginning of the table and `at`."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return 0
        return self.before[index] + min(at, self.closes[index]) - self.opens[index]

    def earliest(self, position: int) -> int:
        """The first instant at which that much open time has passed (0 < position <= total): may be a closing time."""
        index = bisect_left(self.before, position) - 1
        return self.opens[index] + position - self.before[index]

    def latest(self, position: int) -> int:
        """The last instant at which no more open time has passed (0 <= position < total): may be an opening time."""
        index = bisect_right(self.before, position) - 1
        return self.opens[index] + position - self.before[index]

    def contains(self, at: int) -> bool:
        """Open at that instant; a closing time is closed."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]

    def segment_of(self, at: int) -> int:
        """Index of the segment that `at` lies in (its closing time counts), else of the next one."""
        index = bisect_right(self.opens, at) - 1
        return index if index >= 0 and at <= self.closes[index] else index + 1

    def turn_after(self, at: int) -> int | None:
        """The next opening or closing after `at`; segments that touch are one. None where the table may not know it."""
        index = bisect_right(self.opens, at) - 1
        if index < 0 or at >= self.closes[index]:
            return self.opens[index + 1] if index + 1 < len(self.opens) else None
        while index + 1 < len(self.opens) and self.closes[index] == self.opens[index + 1]:
            index += 1
        # What the last segment of the table touches stands in the next year's.
        return self.closes[index] if index + 1 < len(self.opens) else None

    def has_day(self, day: int) -> bool:
        """Whether a segment belongs to that day (ordinal)."""
        index = bisect_left(self.days, day)
        return index < len(self.days) and self.days[index] == day

    def bounds(self, day: int) -> tuple[int, int] | None:
        """First opening and last closing of the segments that belong to that day (ordinal)."""
        first, end = bisect_left(self.owners, day), bisect_right(self.owners, day)
        return (self.opens[first], self.closes[end - 1]) if first < end else None

    def within_day(self, day: int, at: int) -> int:
        """The open instant of a working day nearest to `at`: itself, else the closing before it, else the opening."""
        first = bisect_left(self.owners, day)
        index = bisect_right(self.opens, at, first, bisect_right(self.owners, day)) - 1
        return self.opens[first] if index < first else min(at, self.closes[index])


def tabulate(
    zone: ZoneInfo, week: Mapping[int, tuple[Window, ...]], holidays: frozenset[date], first_year: int, last_year: int
) -> Segments:
    """Lay the weekly windows out over whole local years; about a millisecond a year."""
    opens: list[int] = []
    closes: list[int] = []
    before: list[int] = []
    owners: list[int] = []
    total = 0
    for start, end, owner in _segments(zone, week, holidays, first_year, last_year):
        clipped = max(start, closes[-1]) if closes else start
        if end > clipped:
            opens.append(clipped)
            closes.append(end)
            before.append(total)
            owners.append(owner)
            total += end - clipped
    return Segments(
        first_year=first_year,
        last_year=last_year,
        opens=tuple(opens),
        closes=tuple(closes),
        before=tuple(before),
        total=total,
        owners=tuple(owners),
        days=tuple(dict.fromkeys(owners)),
    )


def _segments(
    zone: ZoneInfo, week: Mapping[int, tuple[Window, ...]], holidays: frozenset[date], first_year: int, last_year: int
) -> Iterator[_Segment]:
    day = date(first_year, 1, 1)
    # The night shift into the first day belongs to the year before; starting a day early keeps its tail.
    day -= _DAY
    while day.year <= last_year:
        for opening, closing in sorted(week.get(day.weekday(), ())):
            yield from _window(zone, day, opening, closing, holidays)
        day += _DAY


def _window(zone: ZoneInfo, day: date, opening: time, closing: time, holidays: frozenset[date]) -> Iterator[_Segment]:
    """One window of one day, cut at midnight. A holiday lets no shift begin, and ends the night shift before it."""
    if day in holidays:
        return
    overnight = closing <= opening
    midnight = datetime.combine(day + _DAY, time())
    end = midnight if overnight else datetime.combine(day, closing)
    yield _micros(zone, datetime.combine(day, opening)), _micros(zone, end), day.toordinal()
    if overnight and closing > time() and day + _DAY not in holidays:
        yield _micros(zone, midnight), _micros(zone, datetime.combine(day + _DAY, closing)), day.toordinal()


def _micros(zone: ZoneInfo, wall: datetime) -> int:
    return micros(instant(wall, zone))
