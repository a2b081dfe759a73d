"""Read a feed: iCalendar text (RFC 5545) → events, or everything in it that cannot be understood. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from rules.feed_days import FeedDays, FeedEvent

#: Events that repeat without end are followed up to here, beyond the years of any calendar.
_END = datetime(2202, 1, 1)  # noqa: DTZ001 - as the wall shows it
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366)
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_PROPERTIES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
_NAMELESS = "holiday"


class _Unclear(Exception):  # noqa: N818 - control flow inside this module, never seen by callers
    """Something in an event that cannot be understood."""


def read_feed(file: str, text: str) -> tuple[FeedDays, list[str]]:
    """Read the events of a feed.

    Args:
        file: Its name.
        text: The whole file.

    Returns:
        The feed, and what is wrong in it, in words; the feed is of use only when that is nothing.
    """
    import icalendar  # noqa: PLC0415 - only policies with a feed pay for the import

    try:
        calendars: list[Any] = list(icalendar.Calendar.from_ical(text, multiple=True))
    except ValueError:
        return FeedDays(file=file, events=()), ["this is no iCalendar file"]
    found = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not found:
        return FeedDays(file=file, events=()), ["there is no event in this file"]
    moved = _moved(found)
    events: list[FeedEvent] = []
    problems: list[str] = []
    for event in found:
        try:
            events.extend(_events(event, moved.get(str(event.get("UID", "")), ()) if "RRULE" in event else ()))
        except _Unclear as unclear:
            problems.append(f"event {_name(event)!r}: {unclear}")
    return FeedDays(file=file, events=tuple(events)), problems


def _moved(events: list[Any]) -> dict[str, tuple[Any, ...]]:
    """UID → the begins of occurrences that an event of their own stands in for."""
    found: dict[str, tuple[Any, ...]] = {}
    for event in events:
        if "RECURRENCE-ID" in event and not _broken(event):
            uid = str(event.get("UID", ""))
            found[uid] = (*found.get(uid, ()), event["RECURRENCE-ID"].dt)
    return found


def _events(event: Any, moved: tuple[Any, ...]) -> Iterator[FeedEvent]:
    """The event as a value; nothing when it is cancelled or takes no time."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    broken = _broken(event)
    if broken:
        raise _Unclear(f"its {broken[0]} cannot be read")
    if "RECURRENCE-ID" in event and "RANGE" in event["RECURRENCE-ID"].params:
        raise _Unclear(
            "a change of all later occurrences (RANGE) is not understood; write them as an event of their own"
        )
    begin = _moment(event, "DTSTART")
    if begin is None:
        raise _Unclear("it has no begin (DTSTART)")
    zone = begin.tzinfo if isinstance(begin, datetime) else None
    length = _length(event, begin, zone)
    if not length:
        return
    start = _wall(begin, zone)
    yield FeedEvent(
        name=_name(event),
        begin=start,
        length=length,
        whole_days=not isinstance(begin, datetime),
        zone=zone,
        rule=_rule(event, start, zone),
        also=tuple(_walls(_dates(event, "RDATE"), start, zone)),
        never=tuple(_walls([*_dates(event, "EXDATE"), *moved], start, zone)),
    )


def _name(event: Any) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split()) or _NAMELESS


def _broken(event: Any) -> list[str]:
    """The properties that matter here and that the library could not read."""
    return [name for name, _ in event.errors if name in _PROPERTIES]


def _moment(event: Any, key: str) -> date | datetime | None:
    """A date or date-time property; None when there is none."""
    if key not in event:
        return None
    value = getattr(event[key], "dt", None)
    if not isinstance(value, date):
        raise _Unclear(f"its {key} cannot be read")
    if isinstance(value, datetime) and value.tzinfo is None and "TZID" in event[key].params:
        raise _Unclear(f"there is no such time zone: {event[key].params['TZID']}")
    return value


def _length(event: Any, begin: date | datetime, zone: tzinfo | None) -> timedelta:
    end = _moment(event, "DTEND")
    length: Any = timedelta()
    if end is not None:
        length = _wall(end, zone) - _wall(begin, zone)
    elif "DURATION" in event:
        length = getattr(event["DURATION"], "dt", None)
    if not isinstance(length, timedelta):
        raise _Unclear("its DURATION cannot be read")
    if length < timedelta():
        raise _Unclear("it ends before it begins")
    if length > _LONGEST:
        raise _Unclear("it lasts longer than a year")
    # Without an end, or with the begin as its end, a whole day lasts that day.
    return length if isinstance(begin, datetime) else max(length, _DAY)


def _rule(event: Any, start: datetime, zone: tzinfo | None) -> str | None:
    """The recurrence rule with local, bounded times, as dateutil reads it."""
    if "RRULE" not in event:
        return None
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - as icalendar, which brings it along
    from icalendar import vRecur  # noqa: PLC0415

    raw = event["RRULE"]
    frequency = raw.get("FREQ", [""])[0] if isinstance(raw, dict) else ""
    if frequency not in _FREQUENCIES:
        raise _Unclear(f"its RRULE has to be one of {', '.join(_FREQUENCIES)}")
    if raw.get("INTERVAL", [1])[0] < 1:
        raise _Unclear("its RRULE repeats at no distance (INTERVAL)")
    parts = dict(raw)
    if "UNTIL" in parts:
        until = parts["UNTIL"][0]
        whole = datetime.combine(until, time.max) if not isinstance(until, datetime) else _wall(until, zone)
        parts["UNTIL"] = [min(whole, _END)]
    elif "COUNT" not in parts:
        parts["UNTIL"] = [_END]
    written: Any = vRecur(parts)
    rule: str = written.to_ical().decode()
    try:
        rrulestr(rule, dtstart=start)
    except ValueError:
        raise _Unclear("its RRULE cannot be read") from None
    return rule


def _dates(event: Any, key: str) -> list[Any]:
    """The values of a property that may stand several times with several values."""
    value = event.get(key)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return [entry.dt[0] if isinstance(entry.dt, tuple) else entry.dt for each in listed for entry in each.dts]


def _walls(moments: list[Any], start: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    """Begins as the wall shows them; a date without a time means the event's own time on it."""
    for moment in moments:
        yield _wall(moment, zone) if isinstance(moment, datetime) else datetime.combine(moment, start.time())


def _wall(moment: date | datetime, zone: tzinfo | None) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    if moment.tzinfo is not None and moment.tzinfo is not zone:
        moment = moment.astimezone(zone or UTC)
    return moment.replace(tzinfo=None)
