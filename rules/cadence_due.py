"""Due: by when the next update is owed, counted from an update or from the begin of a colour. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from rules.cadence import Anchor, Cadence, Colour, Days, Mode, OnHoliday
from rules.calendar import BusinessCalendar
from rules.timetable import instant

_DAY = timedelta(days=1)
_WEEK = 7


def due_after(cadence: Cadence, colour: Colour, start: datetime) -> datetime:
    """When an update is due that is counted from an instant: at the end of the colour's period, or at the anchor.

    Args:
        cadence: The cadence, with its calendar and anchor.
        colour: The colour whose period counts.
        start: The last valid update, or where the colour began (UTC).

    Returns:
        The due instant (UTC), after `start`.

    Raises:
        ValueError: when it would lie beyond the year 2200.
    """
    due = _period_end(cadence.calendar, colour, start)
    if cadence.anchor is None or not colour.anchored:
        return due
    return min(due, anchor_after(cadence.calendar, cadence.anchor, start))


def anchor_after(calendar: BusinessCalendar, anchor: Anchor, start: datetime) -> datetime:
    """The cutoff (UTC) of the first anchor day after the local date of `start`; an update on the day itself serves it.

    Raises:
        ValueError: when there is none up to the year 2200.
    """
    today = calendar.local_date(start)
    # A day off of this week may be made up for next week; the weeks before are over or shift to the same day.
    nominal = today - timedelta(days=(today.weekday() - anchor.weekday) % _WEEK)
    while True:
        day = _shifted(calendar, anchor.on_holiday, nominal)
        if day is not None and day > today:
            return _cutoff(calendar, anchor, day)
        nominal += timedelta(days=_WEEK)


def _period_end(calendar: BusinessCalendar, colour: Colour, start: datetime) -> datetime:
    if colour.mode is Mode.CALENDAR_DAY:
        return _day_end(calendar, colour, start)
    if colour.days is Days.BUSINESS:
        return calendar.add(start, colour.every)
    wall = start.astimezone(calendar.zone).replace(tzinfo=None, fold=0) + timedelta(days=colour.every.days)
    moved = instant(wall, calendar.zone) if colour.every.days else start.astimezone(UTC)
    return moved + timedelta(seconds=colour.every.seconds)


def _day_end(calendar: BusinessCalendar, colour: Colour, start: datetime) -> datetime:
    """The end of the day that lies so many days after the day of `start`; a day off counts as the next working day."""
    day = calendar.local_date(start)
    if colour.days is Days.CALENDAR:
        return instant(datetime.combine(day + timedelta(days=colour.every.days) + _DAY, time()), calendar.zone)
    if not calendar.is_working_day(day):
        day = calendar.next_working_day(day)
    for _ in range(colour.every.days):
        day = calendar.next_working_day(day)
    return _closing(calendar, day)


def _shifted(calendar: BusinessCalendar, on_holiday: OnHoliday, day: date) -> date | None:
    """Where the anchor of a week falls; None where it is left out."""
    if calendar.is_working_day(day):
        return day
    match on_holiday:
        case OnHoliday.PREVIOUS:
            return calendar.previous_working_day(day)
        case OnHoliday.NEXT:
            return calendar.next_working_day(day)
        case OnHoliday.SKIP:
            return None


def _cutoff(calendar: BusinessCalendar, anchor: Anchor, day: date) -> datetime:
    if anchor.at is None:
        return _closing(calendar, day)
    return instant(datetime.combine(day, anchor.at), calendar.zone)


def _closing(calendar: BusinessCalendar, day: date) -> datetime:
    """The closing of a working day; of any other day its midnight."""
    return calendar.closing(day) or instant(datetime.combine(day + _DAY, time()), calendar.zone)
