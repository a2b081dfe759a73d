"""Shapes of `criteria:` and of the condition that counts their points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rules.schema.base import Id, Line, Shape, When, Words
from rules.written_date import date_hint


def _date(text: str) -> str:
    hint = date_hint(text)
    if hint is not None:
        raise ValueError(f"this is no date: {hint}")
    return text


#: Stays text here; checked, so that a wrong one is told together with the other mistakes of its part.
Date = Annotated[str, AfterValidator(_date), Field(examples=["2027-01-31"])]


class CriterionShape(Shape):
    """A named reason to escalate."""

    id: Id
    description: Line
    when: When
    owner: Words | None = Field(default=None, description="the role or team that answers for it")
    weight: int = Field(default=1, ge=0, le=1000, description="points that it adds while it holds")
    review_by: Date | None = Field(default=None, description="look at it again by this date, YYYY-MM-DD")


class ScoreShape(Shape):
    """Points that criteria have to reach together."""

    at_least: int = Field(ge=1, description="points that have to be reached")
    of: Literal["all"] | list[Words] = Field(default="all", description="ids of the criteria that count, or all")
    needs: list[Words] = Field(default=[], description="ids of criteria that have to hold whatever the points are")
