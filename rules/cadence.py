"""Cadence: how often a written update is owed, by the colour of a ticket, and who is chased when it is late."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.responses import CUSTOMER_UPDATE

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar, Span
    from rules.conditions.base import Condition
    from rules.policy import Position
    from rules.templates import Template


class Mode(StrEnum):
    """From what a period is counted."""

    #: From the minute of the update: Monday 10:00 and a day is Tuesday 10:00.
    ROLLING = "rolling"
    #: From the day of the update: Monday and a day is the end of Tuesday.
    CALENDAR_DAY = "calendar_day"


class Days(StrEnum):
    """Which days a period counts."""

    #: Working days of the calendar.
    BUSINESS = "business"
    #: All seven days of the week, in the calendar's zone.
    CALENDAR = "calendar"


class OnHoliday(StrEnum):
    """Where the anchor goes in a week in which its weekday is a day off."""

    #: To the last working day before.
    PREVIOUS = "previous"
    #: To the first working day after.
    NEXT = "next"
    #: Nowhere: that week has none.
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """One status colour and the period that it brings."""

    name: str
    every: Span
    #: None = whenever no colour before it holds.
    when: Condition | None = None
    mode: Mode = Mode.ROLLING
    days: Days = Days.BUSINESS
    #: The anchor shortens its periods.
    anchored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A weekday on which an update is owed whatever the period says: the mandatory Friday."""

    #: 0 = Monday.
    weekday: int
    #: Local time in the calendar's zone; None = the day's closing.
    at: time | None = None
    on_holiday: OnHoliday = OnHoliday.PREVIOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaseStep:
    """Who hears of it when the update is so late."""

    #: After the due instant; no time at all = at that instant.
    after: Span
    #: Who it is for, in the policy's words: owner, lead, sponsor.
    to: str
    note: Template | None = None
    escalate_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The last step's note once more, every so long, at most so many times."""

    every: Span
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """An update clock that every valid update sets back."""

    id: str
    at: Position
    calendar: BusinessCalendar
    when: Condition
    #: The first one whose `when` holds counts.
    colours: tuple[Colour, ...]
    anchor: Anchor | None = None
    #: What a comment has to count as (see `responses`) to be an update.
    counts: str = CUSTOMER_UPDATE
    #: An update begins with `Date - MM/DD`, dated at most so many days away from its creation; None = any form will do.
    tolerance: int | None = None
    #: Internal note about an update that cannot be accepted.
    invalid_note: Template | None = None
    chase: tuple[ChaseStep, ...] = field(default=())
    repeat: Repeat | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition that it asks."""
        return (self.when, *(colour.when for colour in self.colours if colour.when is not None))
