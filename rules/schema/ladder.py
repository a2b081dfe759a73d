"""Shapes of `tiers:` with the remediation work below them, and of `paths:`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rules.schema.base import Duration, FieldValue, Id, Level, Line, Shape, Tag, When, Words
from rules.schema.channels import NotifyShape
from rules.schema.wants import AssignShape


class OpeningShape(Shape):
    """The tracker's ticket to open where none is linked yet."""

    project: Words
    type: Words
    subject: Line = Field(description="one line of template text")
    body: Words = Field(description="name of a template")
    tags: list[Tag] = []


class TaskShape(Shape):
    """One subtask below the tracker's ticket."""

    key: Id
    title: Line = Field(description="one line of template text")
    body: Words = Field(description="name of a template")
    due: Duration | None = Field(default=None, description="due so long after the tier was entered")
    tags: list[Tag] = []


class RemediationShape(Shape):
    """Work that a tier wants done in the tracker."""

    tracker: Words = Field(description="name of a helpdesk in the settings")
    open: OpeningShape | None = Field(default=None, description="leave out to use only tickets that people linked")
    tasks: list[TaskShape] = Field(min_length=1)


class TimeoutShape(Shape):
    """When the ticket climbs to the next tier by itself."""

    unresolved: Duration | None = Field(default=None, description="climb after so long in this tier, in any case")
    unacknowledged: Duration | None = Field(default=None, description="climb after so long without acknowledgement")


class RepeatShape(Shape):
    """A note that is said again and again until somebody acknowledges the escalation."""

    note: Words = Field(description="name of a template")
    every: Duration = Field(description="time until the first repeat")
    max: int = Field(default=3, ge=1, le=100, description="at most so many repeats")
    growing: int = Field(default=1, ge=1, le=10, description="each distance is so many times the one before it")


def _unresolved(value: Any) -> Any:
    return {"unresolved": value} if isinstance(value, str | int | float) else value


def _single(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


#: A plain length of time is short for `unresolved`.
Timeout = Annotated[TimeoutShape, BeforeValidator(_unresolved, json_schema_input_type=Duration | TimeoutShape)]
#: A plain name is short for a list of one.
Groups = Annotated[
    list[Words], Field(min_length=1), BeforeValidator(_single, json_schema_input_type=Words | list[Words])
]


class TierShape(Shape):
    """One rung of a ladder; the file lists them from the lowest to the highest, unless paths say otherwise."""

    id: Id
    name: Line
    scope: Line | None = Field(default=None, description="what this level is for, in the words of the handbook")
    tag: Tag
    calendar: Words | None = Field(default=None, description="name of a calendar, or always; else default_calendar")
    timeout: Timeout | None = Field(default=None, description="climb to the next tier after so long in this one")
    acknowledged_when: When | None = Field(default=None, description="what counts as an acknowledgement")
    acknowledgement_lasts: Duration | None = Field(default=None, description="after so long, it counts no more")
    repeat: RepeatShape | None = None
    terminal: bool = Field(default=False, description="the path ends here: nothing but solving leads out")
    groups: dict[str, Groups] = Field(default={}, description="helpdesk → owning group, or a list: alternates follow")
    priority_floor: Level | None = None
    assignees: dict[str, Words] = Field(default={}, description="helpdesk → the assignee's id there, in quotes")
    statuses: dict[str, Words] = Field(default={}, description="helpdesk → status, in the helpdesk's words")
    restore_status: bool = Field(default=False, description="go back to the status before when the tier is left")
    fields: dict[str, dict[str, FieldValue]] = Field(default={}, description="helpdesk → field → value")
    note: Words | None = Field(default=None, description="template of the internal note on entry")
    public_note: Words | None = Field(default=None, description="template of words to the customer on entry")
    assign: AssignShape | None = Field(default=None, description="give it to somebody of a team")
    notify: list[NotifyShape] = Field(default=[], description="what is told on channels")
    remediation: RemediationShape | None = None


class PathShape(Shape):
    """A ladder of its own."""

    id: Id
    name: Line
    kind: Literal["hierarchical", "functional"] = "hierarchical"
    reach: Literal["internal", "external"] = "internal"
    tiers: list[Words] = Field(min_length=1, description="ids of tiers, lowest first")
