"""Instants: points of time as people write them in tests: with a date, with a weekday, or the time alone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.timetable import instant

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
_TIMED = re.compile(rf"(?:({'|'.join(_WEEKDAYS)})\s+)?(\d{{2}}:\d{{2}}(?::\d{{2}})?)", re.IGNORECASE)
#: How to write one.
HINT = "write 2026-03-02 09:00, 09:00 or tue 09:00"


def checked(text: str) -> str:
    """The text, when it is a point of time.

    Raises:
        ValueError: when it is none; the message says how to write one.
    """
    read(text, ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC))
    return text


def is_dated(text: str) -> bool:
    """Whether it is a whole instant, with its date."""
    return _DATED.fullmatch(text.strip()) is not None


def read(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """A point of time (UTC).

    Args:
        text: `2026-03-02 09:00` is local time of the zone, unless an offset follows. `09:00` is the first such time at
            or after `now`, `tue 09:00` the first one on a Tuesday.
        zone: Whose local time it is.
        now: Where the reader stands (UTC).

    Raises:
        ValueError: when it is no point of time.
    """
    text = text.strip()
    if _DATED.fullmatch(text):
        return _of_date(text, zone)
    match = _TIMED.fullmatch(text)
    if match is None:
        raise ValueError(f"this is no point of time; {HINT}")
    try:
        clock = time.fromisoformat(match[2])
    except ValueError:
        raise ValueError(f"there is no such time of day; {HINT}") from None
    weekday = None if match[1] is None else _WEEKDAYS.index(match[1].lower())
    return _next(clock, weekday, zone, now)


def _of_date(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no such date or time; {HINT}") from None
    return instant(found, zone) if found.tzinfo is None else found.astimezone(UTC)


def _next(clock: time, weekday: int | None, zone: ZoneInfo, now: datetime) -> datetime:
    day = now.astimezone(zone).date()
    while True:
        at = instant(datetime.combine(day, clock), zone)
        if at >= now and weekday in {None, day.weekday()}:
            return at
        day += timedelta(days=1)


def spoken(at: datetime, zone: ZoneInfo) -> str:
    """An instant as a test writes it, with its weekday: `Mon 2026-03-02 09:00`; seconds only where there are some."""
    local = at.astimezone(zone)
    form = "%Y-%m-%d %H:%M:%S" if local.second or local.microsecond else "%Y-%m-%d %H:%M"
    return f"{_WEEKDAYS[local.weekday()].capitalize()} {local.strftime(form)}"
