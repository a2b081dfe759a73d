"""Shapes of `digests:`: summaries of running escalations that go out by themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rules.schema.base import Id, Line, Shape, Words

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WallTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:00"])]


class DigestShape(Shape):
    """A summary that goes out by itself, also when there is nothing to tell."""

    id: Id
    title: Line | None = Field(default=None, description="its heading; left out: made of the id")
    channel: Words = Field(description="name of a channel")
    calendar: Words | None = Field(default=None, description="whose zone the time of day is told in")
    at: WallTime = Field(description="time of day, HH:MM")
    weekdays: list[Weekday] = Field(
        default=["mon", "tue", "wed", "thu", "fri", "sat", "sun"], min_length=1, description="on which days it goes out"
    )
    region: Words | None = Field(default=None, description="only this region, and what belongs to none")
    level: Literal["account", "ticket"] | None = Field(default=None, description="only accounts, or only tickets")
    roll_up: bool = Field(default=False, description="the short form for executives")
    form: Literal["text", "markdown", "html"] = "text"
