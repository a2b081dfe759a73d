"""Calling: when a call takes place, who attends it, and its invitation as a calendar takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rules.escalation.record.colour import StatusColour
from rules.escalation.record.course import Call, Course
from rules.escalation.record.step import Desk
from rules.ticket import Ticket
from rules.timetable import instant

if TYPE_CHECKING:
    from icalendar import Event

#: More dates than this no call has.
_MOST = 400


def occurrences(call: Call, zone: ZoneInfo) -> int:
    """How often it takes place in all."""
    if call.every is None:
        return 1
    days = 0 if call.until is None else (call.until - call.at.astimezone(zone).date()).days
    return min(max(days // call.every, 0) + 1, _MOST)


def occurrence(call: Call, number: int, zone: ZoneInfo) -> datetime:
    """When it takes place for the `number`-th time, from 0 (UTC): at the same local time, also after a clock change."""
    wall = call.at.astimezone(zone).replace(tzinfo=None, fold=0)
    return instant(wall + timedelta(days=(call.every or 0) * number), zone)


def attendees_of(desk: Desk, call: Call, colour: StatusColour | None) -> tuple[str, ...]:
    """Everybody who attends, by name: those who were named, and the roles that the colour calls in."""
    people = [desk.person(name) for name in call.attendees]
    named = [name if one is None else one.name for name, one in zip(call.attendees, people, strict=True)]
    if colour is not None:
        for least, roles in desk.programme.attendees.items():
            if colour.gravity >= least.gravity:
                named += [one.name for role in roles for one in desk.directory.people_of(role)]
    return tuple(dict.fromkeys(named))


def invitations(desk: Desk, course: Course, ticket: Ticket) -> str:
    """The calls of a record as one iCalendar file (RFC 5545), which people put into their calendars.

    Args:
        desk: Knows the zone and the people.
        course: What was agreed; its colour may call in further people.
        ticket: The record, for the description.

    Returns:
        Text with CRLF line ends. The same calls give the same text, so that a calendar updates what it has.
    """
    from icalendar import Calendar  # noqa: PLC0415 - only those who invite pay for it

    calendar = Calendar()
    calendar.add("prodid", "-//Escalade//Account escalations//EN")
    calendar.add("version", "2.0")
    for call in course.calls:
        calendar.add_component(_event(desk, call, course.colour, ticket))
    calendar.add_missing_timezones()
    text: str = calendar.to_ical().decode("utf-8")
    return text


def _event(desk: Desk, call: Call, colour: StatusColour | None, ticket: Ticket) -> Event:
    from icalendar import Event, vCalAddress, vText  # noqa: PLC0415 - as above

    zone = desk.programme.calendar.zone
    event = Event()
    event.add("uid", f"{call.key}@{ticket.ref.helpdesk}.{ticket.ref.id}")
    event.add("dtstamp", call.at.astimezone(UTC))
    event.add("dtstart", call.at.astimezone(zone))
    event.add("duration", timedelta(minutes=call.minutes))
    event.add("summary", call.title)
    event.add("description", f"{ticket.key} {ticket.url}".strip())
    for name in attendees_of(desk, call, colour):
        # The directory knows no addresses; the name tells whom to invite.
        attendee = vCalAddress("invalid:nomail")
        attendee.params["CN"] = vText(name)
        event.add("attendee", attendee, encode=False)
    if call.every is not None:
        event.add("rrule", {"freq": "daily", "interval": call.every, "count": occurrences(call, zone)})
    return event
