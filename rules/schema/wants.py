"""Shape of `set:`, which a rule wants of a ticket's own values."""

from __future__ import annotations

from pydantic import Field

from rules.schema.base import FieldValue, Level, Shape, Words


class AssignShape(Shape):
    """Somebody of a team: who is on duty, fits and has the fewest open tickets."""

    team: Words = Field(description="id of a team in the directory")
    skills: list[Words] = []
    region: Words | None = None
    level: int = Field(default=1, ge=1, le=9, description="the least experience")


class SetShape(Shape):
    """Values that a rule wants while it holds; they are put back afterwards, and a person's change wins."""

    priority: Level | None = Field(default=None, description="exactly this priority, a lower one than now included")
    priority_floor: Level | None = Field(default=None, description="at least this priority")
    groups: dict[str, Words] = Field(default={}, description="helpdesk → owning group")
    assignees: dict[str, Words] = Field(default={}, description="helpdesk → the assignee's id there, in quotes")
    statuses: dict[str, Words] = Field(default={}, description="helpdesk → status, in the helpdesk's words")
    restore_status: bool = Field(default=False, description="go back to the status before when the rule is over")
    fields: dict[str, dict[str, FieldValue]] = Field(default={}, description="helpdesk → field → value")
