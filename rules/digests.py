"""Digests: which summary of running escalations goes to which channel, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from rules.reports.escalated import Level
from rules.reports.written import Form
from rules.timetable import instant

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar
    from rules.channels import Channel
    from rules.policy import Position

_WEEK = 7
_DAY = timedelta(days=1)


class Edition(msgspec.Struct, frozen=True, gc=False):
    """What of a digest goes out on one day."""

    #: The local date that it is for: there is at most one edition a day.
    day: date
    #: When it was to go out (UTC).
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A summary that goes out by itself."""

    id: str
    at: Position
    title: str
    channel: Channel
    #: Whose zone `hour` is told in.
    calendar: BusinessCalendar
    hour: time
    #: The days on which it goes out, 0 = Monday.
    weekdays: frozenset[int]
    region: str | None = None
    level: Level | None = None
    #: The short form for executives.
    roll_up: bool = False
    form: Form = Form.TEXT

    def latest(self, now: datetime) -> Edition:
        """The last edition that was due by an instant (UTC)."""
        today = self.calendar.local_date(now)
        for back in range(_WEEK + 1):
            day = today - back * _DAY
            due_at = instant(datetime.combine(day, self.hour), self.calendar.zone)
            if day.weekday() in self.weekdays and due_at <= now:
                return Edition(day, due_at)
        raise ValueError(f"the digest {self.id} goes out on no day of the week")

    def readable_at(self, edition: Edition) -> datetime:
        """The first instant (UTC) from its due one on at which somebody reads the channel."""
        hours = self.channel.calendar
        if hours is None or hours.is_open(edition.due_at):
            return edition.due_at
        return hours.next_turn(edition.due_at) or edition.due_at

    def is_quiet(self, now: datetime) -> bool:
        """Nobody reads the channel at that instant (UTC), so what is due waits until it opens."""
        hours = self.channel.calendar
        return hours is not None and not hours.is_open(now)
