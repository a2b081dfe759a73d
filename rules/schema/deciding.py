"""Shapes of `rules:` and `matrix:`: what makes a ticket an escalation."""

from __future__ import annotations

from pydantic import Field

from rules.schema.base import Id, Level, Line, Shape, Tag, When, Words
from rules.schema.wants import SetShape


class RuleShape(Shape):
    """While `when` holds, the ticket is at least in that tier and wears those tags."""

    id: Id
    description: Line
    when: When
    escalate_to: Words | None = Field(default=None, description="id of a tier")
    tags: list[Tag] = []
    set: SetShape | None = Field(default=None, description="values that the ticket should have")
    note: Words | None = Field(default=None, description="name of a template")


class AxisShape(Shape):
    """One axis of the matrix: a fact and every value that it can take."""

    fact: Words
    values: list[Words] = Field(min_length=1)


class CellShape(Shape):
    """What one pair of values means; {} means nothing is done."""

    tier: Words | None = Field(default=None, description="id of a tier to be in at least")
    priority: Level | None = Field(default=None, description="a priority to have at least")


class MatrixShape(Shape):
    """Impact × urgency. Every pair of values needs a cell."""

    impact: AxisShape
    urgency: AxisShape
    cells: dict[str, dict[str, CellShape]] = Field(description="impact value → urgency value → cell")
