"""Days: local dates, and the instants at which they begin in a time zone, also where clocks change at midnight."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.timetable import instant

_DAY = timedelta(days=1)

#: The words for weekdays, Monday first, as `date.weekday()` counts them.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks in the zone first show that date."""
    return instant(datetime.combine(day, time()), zone)


def day_at(at: datetime, zone: ZoneInfo) -> date:
    """The local date at an instant: the latest one that has begun, so that a day never comes back.

    Where clocks are set back across midnight, they show the day before once more for a while.
    """
    shown = at.astimezone(zone).date()
    return shown + _DAY if begin_of(shown + _DAY, zone) <= at else shown
