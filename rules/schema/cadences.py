"""Shapes of `cadences:`: how often a written update is owed, and who is chased when it is late."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.responses import CUSTOMER_UPDATE
from rules.schema.base import Delay, Duration, Id, Shape, When, Words


class ColourShape(Shape):
    """One status colour: its period, and when it holds."""

    when: When | None = Field(default=None, description="left out: whenever no colour before it holds")
    every: Duration = Field(description="an update is due after so long, for example 1d")
    mode: Literal["rolling", "calendar_day"] = Field(
        default="rolling", description="counted from the minute of the update, or from its day to the end of a day"
    )
    days: Literal["business", "calendar"] = Field(default="business", description="working days, or all days")
    anchor: bool = Field(default=True, description="false: the anchor does not shorten this colour's periods")


class AnchorShape(Shape):
    """A weekday on which an update is owed whatever the period says."""

    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    at: Words = Field(default="closing", description="a local time such as 17:00, or closing")
    on_holiday: Literal["previous", "next", "skip"] = "previous"


class UpdateFormShape(Shape):
    """What an update is."""

    counts: Words = Field(default=CUSTOMER_UPDATE, description="what a comment has to count as, see responses")
    format: Literal["none", "date_line"] = Field(default="none", description="date_line: it begins with Date - MM/DD")
    tolerance: Delay = Field(default="1d", description="days that the date may be off")
    invalid_note: Words | None = Field(default=None, description="template of the note about a wrong update")


class ChaseShape(Shape):
    """Who hears of a late update, and how late it is then."""

    after: Delay = "0h"
    to: Words = Field(description="who it is for: owner, lead, sponsor")
    note: Words | None = Field(default=None, description="name of a template")
    escalate_to: Words | None = Field(default=None, description="id of a tier")


class RepeatShape(Shape):
    """The last step's note again and again."""

    every: Duration
    max: int = Field(default=3, ge=1, le=100, description="at most so many times")


class CadenceShape(Shape):
    """An update clock that every valid update sets back."""

    id: Id
    when: When = Field(description="which tickets have it")
    calendar: Words | None = None
    colours: dict[Id, ColourShape] = Field(min_length=1, description="colour → period; the first that holds counts")
    anchor: AnchorShape | None = None
    update: UpdateFormShape = UpdateFormShape()
    chase: list[ChaseShape] = []
    repeat: RepeatShape | None = None
