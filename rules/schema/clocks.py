"""Shapes of `sla:` and `updates:`: what is owed by when."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.schema.base import Duration, Id, Shape, Tag, When, Words


class SlaShape(Shape):
    """One service-level clock, counted from the ticket's creation."""

    id: Id
    metric: Literal["first_response", "resolution"]
    calendar: Words | None = None
    targets: dict[str, Duration] = Field(min_length=1, description="low, normal, high, urgent, none → time allowed")
    when: When | None = Field(default=None, description="which tickets have the clock; left out: all")
    warn_at: str | float | None = Field(default=None, description="share of the target, for example 75%")
    warn_tag: Tag | None = None
    breach_tag: Tag | None = None
    escalate_to: Words | None = Field(default=None, description="id of a tier that a breach leads into")
    note: Words | None = Field(default=None, description="template of the internal note at the breach")


class UpdateShape(Shape):
    """A reminder when our side has been silent towards the customer for too long."""

    id: Id
    calendar: Words | None = None
    when: When
    every: Duration
    note: Words = Field(description="name of a template")
    max: int = Field(default=3, ge=1, le=100, description="at most so many reminders for one silence")
