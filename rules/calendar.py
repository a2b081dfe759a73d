"""Business calendars: when time counts. Exact across clock changes, forward and backward, on any machine."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.segments import EPOCH, MICROSECOND, Segments, Window, instant, micros, tabulate

#: Years that a calendar may reach. Nothing that a helpdesk holds lies outside of them.
FIRST_YEAR = 1970
LAST_YEAR = 2200

_SPAN = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?")
_LONGEST = timedelta(days=3660)
_WHOLE_DAY = ((time(), time()),)
_DAY_HOURS = 24
_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of time that gets its meaning from a calendar: days, then open seconds."""

    #: Working days of the calendar (calendar days where it never closes), at the same local time.
    days: int = 0
    #: Seconds of open time.
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `2d`, `4h`, `90m`, `45s` or a combination in that order such as `1h30m` or `1d 4h`.

        Raises:
            ValueError: when the text is not of that form, is zero, or is longer than ten years.
        """
        match = _SPAN.fullmatch(text.strip())
        if match is None or not any(match.groups()):
            raise ValueError(
                f"{text!r} is no duration; write days, hours, minutes and seconds, for example 2d, 4h, 90m or 1h30m"
            )
        if any(len(part) > len("999999999") for part in match.groups("")):
            raise ValueError(f"{text!r} is longer than ten years")
        days, hours, minutes, seconds = (int(part) for part in match.groups("0"))
        span = cls(days, hours * 3600 + minutes * 60 + seconds)
        if span == cls():
            raise ValueError(f"{text!r} is no time at all; a duration must be longer than zero")
        if timedelta(days=days, seconds=span.seconds) > _LONGEST:
            raise ValueError(f"{text!r} is longer than ten years")
        return span

    def times(self, count: int) -> Span:
        """The span `count` times over."""
        return Span(self.days * count, self.seconds * count)

    def __str__(self) -> str:
        days = [f"{self.days}d"] if self.days else []
        rest = [spell(timedelta(seconds=self.seconds))] if self.seconds or not days else []
        return " ".join(days + rest)


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly opening hours with holidays, in one time zone.

    Days and hours mean what they mean to the people behind the desk: `Span` seconds are seconds of open time, `Span`
    days are working days. Wall times that clock changes make double or impossible are read as `rules.segments.instant`
    says. Instances are safe to share between threads.

    Raises:
        ValueError: when the calendar never opens, or names a weekday outside 0 to 6.
    """

    name: str
    zone: ZoneInfo
    #: Weekday (0 = Monday) → opening windows (local start, local end). An end at or before the start is on the next
    #: day, so (00:00, 00:00) is a whole day and (22:00, 06:00) a night shift. Overlaps count once.
    week: Mapping[int, tuple[Window, ...]]
    #: Local dates that are closed: no window opens on them, and a night shift from the day before ends at midnight.
    holidays: frozenset[date] = frozenset()
    _tables: list[Segments] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise ValueError(f"calendar {self.name!r} never opens; give it at least one window")
        if not set(self.week) <= set(range(7)):
            raise ValueError(f"calendar {self.name!r} names weekdays other than 0 (Monday) to 6 (Sunday)")

    def __hash__(self) -> int:
        return hash((self.name, self.zone.key, self.holidays))

    @property
    def never_closes(self) -> bool:
        """Round the clock on every day of the year."""
        return not self.holidays and all(_WHOLE_DAY[0] in self.week.get(day, ()) for day in range(7))

    def is_open(self, at: datetime) -> bool:
        """Whether time counts at that instant; a closing time is closed."""
        return self._table(at, at).contains(micros(at))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants; negative when `end` is before `start`.

        Raises:
            ValueError: when an instant lies outside the years 1970 to 2200.
        """
        if self is ALWAYS:
            return end - start
        table = self._table(min(start, end), max(start, end))
        return timedelta(microseconds=table.position(micros(end)) - table.position(micros(start)))

    def add(self, start: datetime, span: Span) -> datetime:
        """The first instant (UTC) at which `span` has passed since `start`: exactly then `elapsed` reaches it.

        Days come first: each leads to the next working day at the same local time, or to the last closing before it
        where that day is shorter; a start outside opening hours counts from the next opening. Seconds of open time
        follow; they may end on a closing time.

        Raises:
            ValueError: when the end would lie beyond the year 2200.
        """
        at = self._move_days(start, span.days) if span.days else start
        return self.advance(at, timedelta(seconds=span.seconds)) if span.seconds else at.astimezone(UTC)

    def subtract(self, end: datetime, span: Span) -> datetime:
        """The last instant (UTC) from which `span` leads to `end`: seconds first, then working days back.

        Raises:
            ValueError: when the start would lie before the year 1970.
        """
        at = self.advance(end, -timedelta(seconds=span.seconds)) if span.seconds else end
        return self._move_days(at, -span.days) if span.days else at.astimezone(UTC)

    def spell(self, duration: timedelta) -> str:
        """A length of this calendar's time in words; days only where a day has 24 hours."""
        return spell(duration, days=self is ALWAYS or self.never_closes)

    def local_date(self, at: datetime) -> date:
        """The date that the calendar's zone shows at an instant."""
        return at.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether a shift begins on that local date."""
        return self is ALWAYS or self._reaching(day).has_day(day.toordinal())

    def opening(self, day: date) -> datetime | None:
        """The instant (UTC) at which the first shift of that local date begins; None on a day off."""
        bounds = self._reaching(day).bounds(day.toordinal())
        return None if bounds is None else EPOCH + timedelta(microseconds=bounds[0])

    def closing(self, day: date) -> datetime | None:
        """The instant (UTC) at which the last shift that began on that local date ends; None on a day off.

        A night shift ends on the date after; a whole day ends at midnight.
        """
        bounds = self._reaching(day).bounds(day.toordinal())
        return None if bounds is None else EPOCH + timedelta(microseconds=bounds[1])

    def next_working_day(self, day: date) -> date:
        """The first working day after that local date.

        Raises:
            ValueError: when there is none up to the year 2200.
        """
        table = self._reaching(day)
        while True:
            index = bisect_right(table.days, day.toordinal())
            if index < len(table.days):
                return date.fromordinal(table.days[index])
            table = self._grown(table, forward=True)

    def previous_working_day(self, day: date) -> date:
        """The last working day before that local date.

        Raises:
            ValueError: when there is none since the year 1970.
        """
        table = self._reaching(day)
        while True:
            index = bisect_left(table.days, day.toordinal()) - 1
            if index >= 0:
                return date.fromordinal(table.days[index])
            table = self._grown(table, forward=False)

    def next_turn(self, at: datetime) -> datetime | None:
        """The next instant (UTC) after `at` at which the calendar opens or closes.

        Shifts that follow each other without a break are one, so round the clock there is none. None also when nothing
        turns before the year 2200 ends.
        """
        if self is ALWAYS or self.never_closes:
            return None
        table = self._table(at, at)
        while True:
            turn = table.turn_after(micros(at))
            if turn is not None:
                return EPOCH + timedelta(microseconds=turn)
            if table.last_year >= LAST_YEAR:
                return None
            table = self._grown(table, forward=True)

    def _reaching(self, day: date) -> Segments:
        """A table that holds a local date and the days around it."""
        return self._table(day, day)

    def advance(self, start: datetime, open_time: timedelta) -> datetime:
        """The instant (UTC) at which exactly that much open time has passed since `start`; back for negative times.

        Forward it is the first such instant (it may be a closing time), backward the last (it may be an opening time).
        No time at all leads to `start` itself, open or not.

        Raises:
            ValueError: when the end would lie outside the years 1970 to 2200.
        """
        if self is ALWAYS or not open_time:
            return start.astimezone(UTC) + open_time
        table, forward = self._table(start, start), open_time > _NO_TIME
        while True:
            position = table.position(micros(start)) + open_time // MICROSECOND
            if forward and position <= table.total:
                return EPOCH + timedelta(microseconds=table.earliest(position))
            if not forward and position >= 0:
                return EPOCH + timedelta(microseconds=table.latest(position))
            table = self._grown(table, forward=forward)

    def _move_days(self, start: datetime, days: int) -> datetime:
        if self is ALWAYS:
            return start.astimezone(UTC) + timedelta(days=days)
        table = self._table(start, start)
        while True:
            segment = table.segment_of(micros(start))
            if segment < len(table.opens):
                origin = table.owners[segment]
                index = bisect_left(table.days, origin) + days
                if 0 <= index < len(table.days):
                    inside = max(micros(start), table.opens[segment])
                    return self._same_time(table, inside, origin, table.days[index])
            table = self._grown(table, forward=days > 0)

    def _same_time(self, table: Segments, inside: int, origin: int, target: int) -> datetime:
        """The instant that shows on day `target` what `inside` shows on day `origin`, held within opening hours."""
        days = timedelta(days=target - origin)
        shown = (EPOCH + timedelta(microseconds=inside)).astimezone(self.zone)
        wall = shown + days
        if shown.utcoffset() == wall.utcoffset() == wall.replace(fold=1).utcoffset():
            moved = inside + days // MICROSECOND
        else:
            moved = micros(instant(wall.replace(tzinfo=None), self.zone))
        return EPOCH + timedelta(microseconds=table.within_day(target, moved))

    def _table(self, first: date, last: date) -> Segments:
        """A table that holds both, with a year to spare on either side (local and UTC years differ)."""
        if self._tables:
            table = self._tables[-1]
            if table.first_year < first.year and last.year < table.last_year:
                return table
            return self._tabulated(min(table.first_year, first.year - 1), max(table.last_year, last.year + 1))
        return self._tabulated(first.year - 1, last.year + 1)

    def _grown(self, table: Segments, *, forward: bool) -> Segments:
        """Reach further: twice the years each time, so that a far instant costs few turns."""
        years = table.last_year - table.first_year + 1
        limit = LAST_YEAR if forward else FIRST_YEAR
        if (table.last_year >= limit) if forward else (table.first_year <= limit):
            raise ValueError(f"calendar {self.name!r}: the instant asked for lies outside {FIRST_YEAR} to {LAST_YEAR}")
        if forward:
            return self._tabulated(table.first_year, min(table.last_year + years, LAST_YEAR))
        return self._tabulated(max(table.first_year - years, FIRST_YEAR), table.last_year)

    def _tabulated(self, first_year: int, last_year: int) -> Segments:
        if first_year < FIRST_YEAR - 1 or last_year > LAST_YEAR + 1:
            raise ValueError(f"calendar {self.name!r}: the instant asked for lies outside {FIRST_YEAR} to {LAST_YEAR}")
        table = tabulate(self.zone, self.week, self.holidays, first_year, last_year)
        # One assignment: a reader in another thread sees the old table or the new one, both right.
        self._tables[:] = [table]
        return table


#: Round the clock in UTC: durations are plain time, days are days of 24 hours.
ALWAYS = BusinessCalendar("always", ZoneInfo("UTC"), dict.fromkeys(range(7), _WHOLE_DAY))


def spell(duration: timedelta, *, days: bool = False) -> str:
    """A duration in words: `2h 10m`, `45s`, with `days` also `3d 4h`. The two largest units, rounded down."""
    if duration < _NO_TIME:
        return f"-{spell(-duration, days=days)}"
    hours, rest = divmod(int(duration.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    if days and hours >= _DAY_HOURS:
        whole, hours = divmod(hours, _DAY_HOURS)
        return f"{whole}d {hours}h" if hours else f"{whole}d"
    if hours:
        return f"{hours}h {minutes}m" if minutes else f"{hours}h"
    if minutes:
        return f"{minutes}m {seconds}s" if seconds else f"{minutes}m"
    return f"{seconds}s"
