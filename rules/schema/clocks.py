"""Shapes of `responses:`, `sla:` and `updates:`: what counts as an answer, and what is owed by when."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rules.calendar import Span
from rules.schema.base import Duration, Id, Shape, Tag, When, Words

_BEFORE = " before"


def warning_point(value: str | float) -> tuple[float | None, Span | None]:
    """A point before the end: a share written as 75% or 0.75, or a time written as `1h before`.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, str) and value.endswith(_BEFORE):
        return None, Span.parse(value.removesuffix(_BEFORE))
    try:
        share = float(value.removesuffix("%")) / 100 if isinstance(value, str) else float(value)
    except ValueError:
        share = math.nan
    if not 0 < share < 1:
        raise ValueError("a warning comes at a share between 0% and 100%, for example 75%, or a time such as 1h before")
    return share, None


def _checked(value: str | float) -> str | float:
    warning_point(value)
    return value


WarningPoint = Annotated[str | float, AfterValidator(_checked), Field(examples=["75%", "1h before"])]


class ResponseShape(Shape):
    """One row of the table: which comments it fits, and what those count as."""

    by: Literal["agent", "requester"]
    public: bool | None = Field(default=None, description="left out: public and private comments")
    authors: list[Words] = Field(default=[], description="ids in the helpdesk; left out: everybody on that side")
    after: Literal["created", "assigned"] | None = Field(
        default=None, description="created: not the opening text; assigned: only while somebody is assigned"
    )
    counts_as: list[Id] = Field(
        description="response, customer_update, internal_update, customer_reply, or a word that a clock waits for"
    )


class StartShape(Shape):
    """The first instant at which a condition held."""

    when: When


class PauseShape(Shape):
    """When a clock stands still."""

    when: When
    at_most: Duration | None = Field(default=None, description="each pause ends after so long")
    in_all: Duration | None = Field(default=None, description="all pauses together last no longer")


class WarningShape(Shape):
    """A point before the due instant."""

    at: WarningPoint = Field(description="share of the target (75%), or time before the end (1h before)")
    tag: Tag | None = None
    note: Words | None = Field(default=None, description="template of the internal note")


class BreachShape(Shape):
    """What happens at the due instant, or so long after it."""

    after: Duration | Literal[0] = 0
    tag: Tag | None = None
    note: Words | None = Field(default=None, description="template of the internal note")
    escalate_to: Words | None = Field(default=None, description="id of a tier")


class SlaShape(Shape):
    """One service-level clock."""

    id: Id
    metric: Literal[
        "first_response", "next_response", "customer_update", "internal_update", "resolution", "tier_response"
    ]
    calendar: Words | None = None
    targets: dict[str, Duration] = Field(min_length=1, description="low, normal, high, urgent, none → time allowed")
    when: When | None = Field(default=None, description="which tickets have the clock; left out: all")
    tier: Words | None = Field(default=None, description="tier_response: the tier whose entry starts the clock")
    until: Id | None = Field(default=None, description="what a comment counts as that stops the clock")
    start: Literal["created", "assigned", "first_comment"] | StartShape = "created"
    pause: PauseShape | None = None
    on_priority_change: Literal["keep", "restart"] = "keep"
    warn: list[WarningShape] = Field(default=[], description="warnings at several points")
    breach: list[BreachShape] = Field(default=[], description="what happens once it is late, step by step")
    warn_at: WarningPoint | None = Field(default=None, description="short form of one warning: 75% or 1h before")
    warn_tag: Tag | None = None
    breach_tag: Tag | None = Field(default=None, description="short form of one breach step")
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
