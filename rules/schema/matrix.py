"""Shapes of `matrix:`: axes of values or of bands, and a cell for every combination."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rules.schema.base import Level, Line, Shape, Tag, Words


class BandShape(Shape):
    """One stretch of an axis; the first one is open downwards, the last one upwards."""

    at_least: int | float | str | None = None
    more_than: int | float | str | None = None
    at_most: int | float | str | None = None
    less_than: int | float | str | None = None


class AxisShape(Shape):
    """One axis of the matrix: a fact with all of its values, or a fact or the points of criteria cut into bands."""

    name: Line | None = Field(default=None, description="what people call the axis; else the fact's name")
    fact: Words | None = Field(default=None, description="name of a fact")
    criteria: Literal["all"] | list[Words] | None = Field(
        default=None, description="ids of criteria, or all: the axis is the points of those that hold"
    )
    values: list[Words] | None = Field(default=None, min_length=1, description="every value of the fact")
    bands: dict[str, BandShape] | None = Field(
        default=None, min_length=1, description="name → band, from the lowest to the highest"
    )
    calendar: Words | None = Field(default=None, description="for bands of a length of time")
    unset: Words | None = Field(default=None, description="the value or band of tickets on which the fact is not set")


class CellShape(Shape):
    """What one combination of values means; {} means nothing is done."""

    tier: Words | None = Field(default=None, description="id of a tier to be in at least")
    priority: Level | None = Field(default=None, description="a priority to have at least")
    tags: list[Tag] = []
    note: Words | None = Field(default=None, description="template of an internal note, said once an episode")


class MatrixShape(Shape):
    """A decision matrix: impact × urgency, or any number of axes. Every combination of values needs a cell."""

    axes: list[AxisShape] | None = Field(default=None, min_length=1)
    impact: AxisShape | None = Field(default=None, description="short for the first of two axes")
    urgency: AxisShape | None = Field(default=None, description="short for the second of two axes")
    cells: dict[str, Any] = Field(
        description="value of the first axis → value of the next … → cell; rest stands for all values not named",
        json_schema_extra={"additionalProperties": {"type": "object"}},
    )
