"""Shapes of `tiers:` and the remediation work below them."""

from __future__ import annotations

from pydantic import Field

from rules.schema.base import Duration, FieldValue, Id, Level, Line, Shape, Tag, Words


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


class TierShape(Shape):
    """One rung of the ladder; the file lists them from the lowest to the highest."""

    id: Id
    name: Line
    tag: Tag
    calendar: Words | None = Field(default=None, description="name of a calendar, or always; else default_calendar")
    timeout: Duration | None = Field(default=None, description="climb to the next tier after so long in this one")
    groups: dict[str, Words] = Field(default={}, description="helpdesk → owning group")
    priority_floor: Level | None = None
    assignees: dict[str, Words] = Field(default={}, description="helpdesk → the assignee's id there, in quotes")
    statuses: dict[str, Words] = Field(default={}, description="helpdesk → status, in the helpdesk's words")
    restore_status: bool = Field(default=False, description="go back to the status before when the tier is left")
    fields: dict[str, dict[str, FieldValue]] = Field(default={}, description="helpdesk → field → value")
    note: Words | None = Field(default=None, description="template of the internal note on entry")
    public_note: Words | None = Field(default=None, description="template of words to the customer on entry")
    remediation: RemediationShape | None = None
