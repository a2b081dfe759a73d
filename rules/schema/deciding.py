"""Shapes of `rules:`: what makes a ticket an escalation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rules.schema.base import Id, Line, Shape, Tag, When, Words
from rules.schema.channels import NotifyShape
from rules.schema.criteria import Date
from rules.schema.wants import AssignShape, SetShape


class RuleShape(Shape):
    """While `when` holds, the ticket is at least in that tier and wears those tags."""

    id: Id
    description: Line
    when: When
    escalate_to: Words | None = Field(default=None, description="id of a tier")
    move: bool = Field(default=False, description="while it holds, the ticket is on the path of that tier")
    tags: list[Tag] = []
    set: SetShape | None = Field(default=None, description="values that the ticket should have")
    note: Words | None = Field(default=None, description="name of a template")
    public_note: Words | None = Field(default=None, description="template of words that the customer reads")
    assign: AssignShape | None = Field(default=None, description="give it to somebody of a team")
    notify: list[NotifyShape] = Field(default=[], description="what is told on channels")
    mode: Literal["live", "shadow"] = Field(default="live", description="shadow: decide and journal, do nothing")
    review_by: Date | None = Field(default=None, description="look at it again by this date, YYYY-MM-DD")
