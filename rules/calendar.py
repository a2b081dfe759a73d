"""Business calendars: when time counts. Exact across clock changes, forward and backward, on any machine."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from rules.segments import EPOCH, NO_SEGMENTS, Segments
from rules.span import Span, spell
from rules.timetable import Closure, HolidaySource, Timetable, Window, instant

__all__ = ("ALWAYS", "FIRST_YEAR", "HOLIDAY", "LAST_YEAR", "BusinessCalendar", "Span", "spell")

#: Years that a calendar may reach. Nothing that a helpdesk holds lies outside of them.
FIRST_YEAR = 1970
LAST_YEAR = 2200

_WHOLE_DAY = ((time(), time()),)
_NO_TIME = timedelta()
#: Ends of spans that a calendar remembers.
_MOST_KEPT = 20_000
_Asked = tuple[timedelta, int, int]
#: What days off are called that have no name of their own.
HOLIDAY, _SPECIAL_DAY = "holiday", "special day"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly opening hours with holidays, in one time zone.

    Days and hours mean what they mean to the people behind the desk: `Span` seconds are seconds of open time, `Span`
    days are working days. Wall times that clock changes make double or impossible are read as `rules.timetable.instant`
    says. Instances are safe to share between threads.

    Raises:
        ValueError: when the calendar never opens, or names a weekday outside 0 to 6.
    """

    name: str
    zone: ZoneInfo
    #: Weekday (0 = Monday) → opening windows (local start, local end). An end at or before the start is on the next
    #: day, so (00:00, 00:00) is a whole day and (22:00, 06:00) a night shift. Overlaps count once.
    week: Mapping[int, tuple[Window, ...]]
    #: Local dates that are closed, with their names where they have one: no window opens on them, and a night shift
    #: from the day before ends at midnight.
    holidays: frozenset[date] | Mapping[date, str] = frozenset()
    #: Local date → its own windows; they stand above the week and above holidays. Without any: closed like a holiday.
    special_days: Mapping[date, tuple[Window, ...]] = field(default_factory=dict)
    #: Where further holidays come from; the first one that knows a date names it.
    sources: tuple[HolidaySource, ...] = ()
    #: Ends of spans that were asked for lately, and beginnings: a ticket's clocks are read again and again with the
    #: same ones. By the instant, and the span's days and seconds, which are looked up faster than the span.
    _ends: dict[_Asked, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    _begins: dict[_Asked, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: One table, that of the years asked for so far.
    _tables: list[Segments] = field(default_factory=lambda: [NO_SEGMENTS], init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not any(self.week.values()):
            raise ValueError(f"calendar {self.name!r} never opens; give it at least one window")
        if not set(self.week) <= set(range(7)):
            raise ValueError(f"calendar {self.name!r} names weekdays other than 0 (Monday) to 6 (Sunday)")

    def __hash__(self) -> int:
        return hash((self.name, self.zone.key, frozenset(self.holidays), self.sources))

    @cached_property
    def never_closes(self) -> bool:
        """Round the clock on every day of the year."""
        if self.holidays or self.special_days or self.sources:
            return False
        return all(_WHOLE_DAY[0] in self.week.get(day, ()) for day in range(7))

    def is_open(self, at: datetime) -> bool:
        """Whether time counts at that instant; a closing time is closed."""
        return self._table(at, at).contains(at - EPOCH)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants; negative when `end` is before `start`.

        Raises:
            ValueError: when an instant lies outside the years 1970 to 2200.
        """
        # Never `end - start`: between two datetimes of one zone Python subtracts what the walls show.
        begin, finish = start - EPOCH, end - EPOCH
        if self is ALWAYS:
            return finish - begin
        table = self._tables[0]
        opens, inner = table.opens, table.inner
        first, last = bisect_right(opens, begin) - 1, bisect_right(opens, finish) - 1
        if not (0 <= first < inner and 0 <= last < inner):
            table = self._table(min(start, end), max(start, end))
            return table.position(finish) - table.position(begin)
        # What Segments.position does, twice without a call: most of the time that a clock takes is spent here.
        closes, after, shift = table.closes, table.after, table.shift
        until = after[last] if finish >= closes[last] else shift[last] + finish
        return until - (after[first] if begin >= closes[first] else shift[first] + begin)

    def add(self, start: datetime, span: Span) -> datetime:
        """The first instant (UTC) at which `span` has passed since `start`: exactly then `elapsed` reaches it.

        Days come first: each leads to the next working day at the same local time, or to the last closing before it
        where that day is shorter; a start outside opening hours counts from the next opening. Seconds of open time
        follow; they may end on a closing time.

        Raises:
            ValueError: when the end would lie beyond the year 2200.
        """
        if self is ALWAYS:
            return start.astimezone(UTC) + span.clock_time
        key = start - EPOCH, span.days, span.seconds
        known = self._ends.get(key)
        return _keep(self._ends, key, self._added(start, span)) if known is None else known

    def _added(self, start: datetime, span: Span) -> datetime:
        if span.days:
            start = self._move_days(start, span.days)
        at, table = start - EPOCH, self._tables[0]
        index = bisect_right(table.opens, at) - 1
        if span.seconds and 0 <= index < table.inner:
            # What `advance` does, without its calls: most due instants are found here.
            passed = table.after[index] if at >= table.closes[index] else table.shift[index] + at
            position = passed + span.open_time
            if position <= table.total:
                return EPOCH + (position - table.shift[bisect_left(table.before, position, index) - 1])
        return self.advance(start, span.open_time)

    def subtract(self, end: datetime, span: Span) -> datetime:
        """The last instant (UTC) from which `span` leads to `end`: seconds first, then working days back.

        Raises:
            ValueError: when the start would lie before the year 1970.
        """
        key = end - EPOCH, span.days, span.seconds
        known = self._begins.get(key)
        return _keep(self._begins, key, self._subtracted(end, span)) if known is None else known

    def _subtracted(self, end: datetime, span: Span) -> datetime:
        at = self.advance(end, -span.open_time) if span.seconds else end
        return self._move_days(at, -span.days) if span.days else at.astimezone(UTC)

    def spell(self, duration: timedelta) -> str:
        """A length of this calendar's time in words; days only where a day has 24 hours."""
        return spell(duration, days=self.never_closes)

    def spell_elapsed(self, start: datetime, end: datetime) -> str:
        """The time that passed between two instants, in words that say whether only open time counts."""
        return self.spell_open(self.elapsed(start, end))

    def spell_open(self, duration: timedelta) -> str:
        """A length of this calendar's time in words that say whether only open time counts."""
        return spell(duration, days=True) if self.never_closes else f"{spell(duration)} of open time"

    def local_date(self, at: datetime) -> date:
        """The date that the calendar's zone shows at an instant."""
        return at.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether a shift begins on that local date."""
        return self is ALWAYS or self._reaching(day).has_day(day.toordinal())

    def opening(self, day: date) -> datetime | None:
        """The instant (UTC) at which the first shift of that local date begins; None on a day off."""
        bounds = self._reaching(day).bounds(day.toordinal())
        return None if bounds is None else EPOCH + bounds[0]

    def closing(self, day: date) -> datetime | None:
        """The instant (UTC) at which the last shift that began on that local date ends; None on a day off.

        A night shift ends on the date after; a whole day ends at midnight.
        """
        bounds = self._reaching(day).bounds(day.toordinal())
        return None if bounds is None else EPOCH + bounds[1]

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

    def closed_because(self, day: date) -> str | None:
        """Why no shift begins on that local date: the holiday's name, or the weekday's; None on a working day."""
        if self.is_working_day(day):
            return None
        if day in self.special_days:
            return _SPECIAL_DAY
        name = self._holidays_of(day.year).get(day)
        if name is not None or not self.week.get(day.weekday()):
            return name or _WEEKDAYS[day.weekday()]
        return ", ".join(why for _, why in self._closed_times(day, day)) or _WEEKDAYS[day.weekday()]

    def days_off(self, start: datetime, end: datetime) -> tuple[tuple[date, str], ...]:
        """The local dates between two instants on which something was other than the week says, and why.

        These are holidays on days that the week has open time on, special days, and closures by the hour: what a person
        has to know to count the open time between the instants by hand. Weekends are not listed.

        Returns:
            Date and name, in order; a date with several closures is listed with each.
        """
        first, last = self.local_date(min(start, end)), self.local_date(max(start, end))
        holidays = {
            day: name for year in range(first.year, last.year + 1) for day, name in self._holidays_of(year).items()
        }
        found: list[tuple[date, str]] = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            if day in self.special_days:
                found.append((day, _told(self.special_days[day])))
            elif day in holidays and self._has_hours(day):
                found.append((day, holidays[day]))
        return tuple(sorted(found + self._closed_times(first, last)))

    def next_turn(self, at: datetime) -> datetime | None:
        """The next instant (UTC) after `at` at which the calendar opens or closes.

        Shifts that follow each other without a break are one, so round the clock there is none. None also when nothing
        turns before the year 2200 ends.
        """
        if self is ALWAYS or self.never_closes:
            return None
        table = self._table(at, at)
        while True:
            turn = table.turn_after(at - EPOCH)
            if turn is not None:
                return EPOCH + turn
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
        at, table, forward = start - EPOCH, self._tables[0], open_time > _NO_TIME
        index = bisect_right(table.opens, at) - 1
        if 0 <= index < table.inner:
            passed = table.after[index] if at >= table.closes[index] else table.shift[index] + at
        else:
            table = self._table(start, start)
            passed = table.position(at)
        while True:
            position = passed + open_time
            if forward and position <= table.total:
                return EPOCH + table.earliest(position)
            if not forward and position >= _NO_TIME:
                return EPOCH + table.latest(position)
            table = self._grown(table, forward=forward)
            passed = table.position(at)

    def _move_days(self, start: datetime, days: int) -> datetime:
        if self is ALWAYS:
            return start.astimezone(UTC) + timedelta(days=days)
        at, table = start - EPOCH, self._table(start, start)
        while True:
            segment = table.segment_of(at)
            if segment < len(table.opens):
                origin = table.owners[segment]
                index = bisect_left(table.days, origin) + days
                if 0 <= index < len(table.days):
                    inside = max(at, table.opens[segment])
                    return self._same_time(table, inside, origin, table.days[index])
            table = self._grown(table, forward=days > 0)

    def _same_time(self, table: Segments, inside: timedelta, origin: int, target: int) -> datetime:
        """The instant that shows on day `target` what `inside` shows on day `origin`, held within opening hours."""
        days = timedelta(days=target - origin)
        shown = (EPOCH + inside).astimezone(self.zone)
        wall = shown + days
        moved = inside + days
        later = (EPOCH + moved).astimezone(self.zone)
        # Mostly clocks show the same so many times 24 hours later; within one zone Python compares what they show.
        if later.fold or later != wall:
            moved = instant(wall.replace(tzinfo=None), self.zone) - EPOCH
        return EPOCH + table.within_day(target, moved)

    def _table(self, first: date, last: date) -> Segments:
        """A table that holds both, with a year to spare on either side (local and UTC years differ)."""
        table = self._tables[0]
        if table.first_year < first.year and last.year < table.last_year:
            return table
        if table is NO_SEGMENTS:
            return self._tabulated(first.year - 1, last.year + 1)
        return self._tabulated(min(table.first_year, first.year - 1), max(table.last_year, last.year + 1))

    def _grown(self, table: Segments, *, forward: bool) -> Segments:
        """Reach further: twice the years each time, so that a far instant costs few turns."""
        years = table.last_year - table.first_year + 1
        limit = LAST_YEAR if forward else FIRST_YEAR
        if (table.last_year >= limit) if forward else (table.first_year <= limit):
            raise ValueError(f"calendar {self.name!r}: the instant asked for lies outside {FIRST_YEAR} to {LAST_YEAR}")
        if forward:
            return self._tabulated(table.first_year, min(table.last_year + years, LAST_YEAR))
        return self._tabulated(max(table.first_year - years, FIRST_YEAR), table.last_year)

    def _holidays_of(self, year: int) -> dict[date, str]:
        """The holidays of one year, with names; the calendar's own come before those of its sources."""
        found: dict[date, str] = {}
        for source in reversed(self.sources):
            found |= source.days(year)
        if isinstance(self.holidays, Mapping):
            return found | {day: name for day, name in self.holidays.items() if day.year == year}
        return {day: HOLIDAY for day in self.holidays if day.year == year} | found

    def _closures_of(self, year: int) -> list[Closure]:
        return [closure for source in self.sources for closure in source.closures(year, self.zone)]

    def _has_hours(self, day: date) -> bool:
        """Whether the week has open time on a local date, the end of the night shift before it included."""
        night = self.week.get((day - timedelta(days=1)).weekday(), ())
        return bool(self.week.get(day.weekday())) or any(time() < closing <= opening for opening, closing in night)

    def _closed_times(self, first: date, last: date) -> list[tuple[date, str]]:
        """Closures by the hour, with what explains them, on each local date that they touch."""
        found: list[tuple[date, str]] = []
        for each in (closure for year in range(first.year - 1, last.year + 1) for closure in self._closures_of(year)):
            start, end = each.start.astimezone(self.zone), each.end.astimezone(self.zone)
            final = self.local_date(each.end - timedelta(microseconds=1))
            touched = range(max(start.date(), first).toordinal(), min(final, last).toordinal() + 1)
            found += [(date.fromordinal(day), f"{each.name} ({start:%H:%M}-{end:%H:%M})") for day in touched]
        return found

    def _tabulated(self, first_year: int, last_year: int) -> Segments:
        if first_year < FIRST_YEAR - 1 or last_year > LAST_YEAR + 1:
            raise ValueError(f"calendar {self.name!r}: the instant asked for lies outside {FIRST_YEAR} to {LAST_YEAR}")
        years = range(first_year - 1, last_year + 2)
        timetable = Timetable(
            zone=self.zone,
            week=self.week,
            holidays={day: name for year in years for day, name in self._holidays_of(year).items()},
            special_days=self.special_days,
            closures=[closure for year in years for closure in self._closures_of(year)],
        )
        table = timetable.segments(first_year, last_year)
        # One assignment: a reader in another thread sees the old table or the new one, both right.
        self._tables[:] = [table]
        return table


#: Round the clock in UTC: durations are plain time, days are days of 24 hours.
ALWAYS = BusinessCalendar("always", ZoneInfo("UTC"), dict.fromkeys(range(7), _WHOLE_DAY))


def _keep(kept: dict[_Asked, datetime], key: _Asked, found: datetime) -> datetime:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = found
    return found


def _told(windows: tuple[Window, ...]) -> str:
    """A special day in words."""
    hours = ", ".join(f"{opening:%H:%M}-{closing:%H:%M}" for opening, closing in windows)
    return f"{_SPECIAL_DAY}, open {hours}" if hours else _SPECIAL_DAY
