"""Horizon: the instants before which, and after which, a length of time has surely or surely not passed by now.

Many tickets are looked at in one moment. Where a span leads from a ticket's own instant needs the calendar each time;
what separates the spans that are over from those that run is worked out once a moment.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.duration import DurationCondition

_TICK = timedelta(microseconds=1)
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
#: Nothing is sure.
UNKNOWN = (EARLIEST, LATEST)


def horizon(condition: DurationCondition, now: datetime) -> tuple[datetime, datetime]:
    """Two instants: a length of time that began at the first or before is over now; one from the second on runs.

    In between the calendar has to be asked.
    """
    # "After the due instant" is "at the due instant or later" seen from a moment before.
    at = now if condition.includes_due else now - _TICK
    try:
        return _horizon(condition.calendar, condition.span, at)
    except (ValueError, OverflowError):
        # Beyond the years of the calendar.
        return UNKNOWN


def _horizon(calendar: BusinessCalendar, span: Span, at: datetime) -> tuple[datetime, datetime]:
    if calendar is ALWAYS or not span.days:
        over = calendar.subtract(at, span)
        return over, over + _TICK
    if span.seconds:
        return UNKNOWN
    return _over(calendar, span.days, at), _running(calendar, span.days, at)


def _over(calendar: BusinessCalendar, days: int, at: datetime) -> datetime:
    """What began before the end of this day is due on a day that has ended by then, or earlier."""
    day = calendar.previous_working_day(calendar.local_date(at) + timedelta(days=1))
    while _closing(calendar, day) > at:
        day = calendar.previous_working_day(day)
    return _closing(calendar, _back(calendar, day, days))


def _running(calendar: BusinessCalendar, days: int, at: datetime) -> datetime:
    """What began after the end of this day is due on a day that has not begun by then, or later."""
    day = calendar.next_working_day(calendar.local_date(at) - timedelta(days=2))
    while (opening := calendar.opening(day)) is not None and opening <= at:
        day = calendar.next_working_day(day)
    return _closing(calendar, calendar.previous_working_day(_back(calendar, day, days))) + _TICK


def _back(calendar: BusinessCalendar, day: date, days: int) -> date:
    for _ in range(days):
        day = calendar.previous_working_day(day)
    return day


def _closing(calendar: BusinessCalendar, day: date) -> datetime:
    closing = calendar.closing(day)
    if closing is None:
        raise ValueError(f"{day} is no working day of the calendar {calendar.name!r}")
    return closing
