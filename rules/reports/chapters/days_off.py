"""Days off: on which dates of some years a calendar is open otherwise than its week says, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from rules.calendar import BusinessCalendar
from rules.policy import Policy
from rules.reports.sheet import Section, table_of
from rules.timetable import instant

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_sections(policy: Policy, years: Iterable[int]) -> Iterator[Section]:
    """A table for each calendar that has such days.

    Args:
        policy: Its calendars are told, in their order.
        years: Which years are told; none = no table.
    """
    wanted = tuple(years)
    for name, calendar in policy.calendars.items():
        rows = [row for year in wanted for row in _days(calendar, year)]
        if rows:
            headers = ("date", "weekday", "what")
            yield Section(heading=f"Days off: {name}", level=3, table=table_of(headers, rows))


def _days(calendar: BusinessCalendar, year: int) -> Iterator[tuple[str, str, str]]:
    first, last = (instant(datetime.combine(date(year, *day), time(12)), calendar.zone) for day in ((1, 1), (12, 31)))
    for day, why in calendar.days_off(first, last):
        yield day.isoformat(), _WEEKDAYS[day.weekday()], why
