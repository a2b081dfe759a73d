"""Segments: the opening hours of a run of years as sorted intervals on the UTC time line, ready for bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Opening, closing, and the day (ordinal of its local date) that it belongs to. Instants are exact lengths of time
#: since 1970 UTC: the interpreter compares and adds them faster than datetimes, and makes fewer objects for it.
Segment = tuple[timedelta, timedelta, int]


@dataclass(frozen=True, slots=True)
class Segments:
    """The open time of the local years `first_year` to `last_year`."""

    first_year: int
    last_year: int
    opens: tuple[timedelta, ...]
    closes: tuple[timedelta, ...]
    #: The open time of all segments before each one, and with its own.
    before: tuple[timedelta, ...]
    after: tuple[timedelta, ...]
    #: `before` minus `opens`: added to an instant inside a segment it gives the open time up to there.
    shift: tuple[timedelta, ...]
    total: timedelta
    #: The working day (ordinal of its local date) of each segment: an overnight shift belongs to the day it began on.
    owners: tuple[int, ...]
    #: The distinct working days, in order.
    days: tuple[int, ...]
    #: From the first opening up to the opening of this index, the table knows everything.
    inner: int

    @classmethod
    def of(cls, pieces: Iterable[Segment], first_year: int, last_year: int) -> Segments:
        """Lay segments, ordered by opening, end to end; where one begins inside another, that time counts once."""
        opens: list[timedelta] = []
        closes: list[timedelta] = []
        before: list[timedelta] = []
        after: list[timedelta] = []
        owners: list[int] = []
        total = timedelta()
        for start, end, owner in pieces:
            clipped = max(start, closes[-1]) if closes else start
            if end > clipped:
                opens.append(clipped)
                closes.append(end)
                before.append(total)
                total += end - clipped
                after.append(total)
                owners.append(owner)
        return cls(
            first_year=first_year,
            last_year=last_year,
            opens=tuple(opens),
            closes=tuple(closes),
            before=tuple(before),
            after=tuple(after),
            shift=tuple(passed - start for passed, start in zip(before, opens, strict=True)),
            total=total,
            owners=tuple(owners),
            days=tuple(dict.fromkeys(owners)),
            inner=len(opens) - 1,
        )

    def position(self, at: timedelta) -> timedelta:
        """Open time between the beginning of the table and `at`."""
        index = bisect_right(self.opens, at) - 1
        if index < 0:
            return timedelta()
        return self.after[index] if at >= self.closes[index] else self.shift[index] + at

    def earliest(self, position: timedelta) -> timedelta:
        """The first instant at which that much open time has passed (0 < position <= total): may be a closing time."""
        return position - self.shift[bisect_left(self.before, position) - 1]

    def latest(self, position: timedelta) -> timedelta:
        """The last instant at which no more open time has passed (0 <= position < total): may be an opening time."""
        return position - self.shift[bisect_right(self.before, position) - 1]

    def contains(self, at: timedelta) -> bool:
        """Open at that instant; a closing time is closed."""
        index = bisect_right(self.opens, at) - 1
        return index >= 0 and at < self.closes[index]

    def segment_of(self, at: timedelta) -> int:
        """Index of the segment that `at` lies in (its closing time counts), else of the next one."""
        index = bisect_right(self.opens, at) - 1
        return index if index >= 0 and at <= self.closes[index] else index + 1

    def turn_after(self, at: timedelta) -> timedelta | None:
        """The next opening or closing after `at`; segments that touch are one. None where the table may not know it."""
        index = bisect_right(self.opens, at) - 1
        if index < 0 or at >= self.closes[index]:
            return self.opens[index + 1] if index < self.inner else None
        while index < self.inner and self.closes[index] == self.opens[index + 1]:
            index += 1
        # What the last segment of the table touches stands in the next year's.
        return self.closes[index] if index < self.inner else None

    def has_day(self, day: int) -> bool:
        """Whether a segment belongs to that day (ordinal)."""
        index = bisect_left(self.days, day)
        return index < len(self.days) and self.days[index] == day

    def bounds(self, day: int) -> tuple[timedelta, timedelta] | None:
        """First opening and last closing of the segments that belong to that day (ordinal)."""
        first, end = bisect_left(self.owners, day), bisect_right(self.owners, day)
        return (self.opens[first], self.closes[end - 1]) if first < end else None

    def within_day(self, day: int, at: timedelta) -> timedelta:
        """The open instant of a working day nearest to `at`: itself, else the closing before it, else the opening."""
        first = bisect_left(self.owners, day)
        index = bisect_right(self.opens, at, first, bisect_right(self.owners, day)) - 1
        return self.opens[first] if index < first else min(at, self.closes[index])


#: Knows nothing: what a calendar holds before it is first asked.
NO_SEGMENTS = Segments.of((), 0, 0)
