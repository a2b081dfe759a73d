"""Told: how much people would have been told, by day, by hour of the week and by receiver."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class ReceiverKind(StrEnum):
    """What sort of receiver is told something."""

    CHANNEL = "channel"
    #: Notes on a ticket reach its assignee; who is given a ticket is told by the helpdesk.
    PERSON = "person"
    #: Notes on a ticket that nobody has reach its group; so does handing a ticket to it.
    GROUP = "group"
    CUSTOMER = "customer"
    #: A ticket that nobody has and no group owns.
    NOBODY = "nobody"


class DayLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one day would have brought; the date is local."""

    day: date
    #: Climbs that began.
    escalations: int = 0
    #: Told on channels.
    notices: int = 0
    #: Internal notes, kept notes included.
    notes: int = 0
    public_notes: int = 0
    #: Tickets handed to a group or a person.
    handed: int = 0
    #: Open tickets that were changed in any way.
    tickets: int = 0

    @property
    def alerts(self) -> int:
        """Everything that asks for the attention of one of our people."""
        return self.notices + self.notes + self.handed


class ReceiverLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one receiver would have been told."""

    kind: ReceiverKind
    #: The channel's name, the person's id (of the directory, else of the helpdesk) or the group's name;
    #: empty for customers and nobody.
    name: str
    alerts: int
    #: Days on which there was anything, the fullest of them, and what that one brought.
    days: int
    fullest_day: date
    fullest: int


class HourLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Alerts in one hour of the week, local time, all weeks together; hours without any are left out."""

    #: 0 = Monday.
    weekday: int
    hour: int
    alerts: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people would have been told."""

    #: IANA name of the zone whose days and hours these are.
    zone: str
    #: Every day of the period, quiet ones included.
    days: tuple[DayLoad, ...] = ()
    #: Monday first.
    hours: tuple[HourLoad, ...] = ()
    #: The busiest first.
    receivers: tuple[ReceiverLoad, ...] = ()
