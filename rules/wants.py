"""Wants: what a rule asks of a ticket's own values, apart from tiers and tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from rules.parts import ASSIGNEE, GROUP, PRIORITY, STATUS, field_part, same_status
from rules.ticket import Priority, Scalar


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One value that is asked for. A floor asks for a priority that is at least as high."""

    #: `priority`, `group`, `assignee`, `status`, `field:NAME`: the same names as in `Ledger.overrides`.
    part: str
    value: Scalar
    floor: bool = False
    #: A status only: go back when nothing asks for it any more.
    restore: bool = False

    def contradicts(self, other: Asked) -> bool:
        """Whether no ticket can fulfil both."""
        if self.part != other.part or (self.floor and other.floor):
            return False
        if self.floor or other.floor:
            floor, exact = (self, other) if self.floor else (other, self)
            return Priority(str(exact.value)).rank < Priority(str(floor.value)).rank
        if self.part == STATUS:
            return not same_status(str(self.value), str(other.value))
        return self.value != other.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """Values that a rule wants while it holds. A person's later change wins; what was there before is put back."""

    #: Exactly this priority, lower than what people set included.
    priority: Priority | None = None
    #: At least this priority.
    priority_floor: Priority | None = None
    #: Owner group by helpdesk name.
    groups: Mapping[str, str] = field(default_factory=dict)
    #: The assignee's id by helpdesk name.
    assignees: Mapping[str, str] = field(default_factory=dict)
    #: Status by helpdesk name, in the helpdesk's words.
    statuses: Mapping[str, str] = field(default_factory=dict)
    #: Move the ticket back to the status that it had.
    restore_status: bool = False
    #: Field values by helpdesk name and then by the field's configured name.
    fields: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)

    @property
    def helpdesks(self) -> tuple[str, ...]:
        """The helpdesks that something is asked of by name, in the order of their first mention."""
        return tuple(dict.fromkeys((*self.groups, *self.assignees, *self.statuses, *self.fields)))

    def asked(self, helpdesk: str) -> Iterator[Asked]:
        """What is asked of a ticket of that helpdesk."""
        if self.priority is not None:
            yield Asked(PRIORITY, self.priority.value)
        if self.priority_floor is not None:
            yield Asked(PRIORITY, self.priority_floor.value, floor=True)
        if helpdesk in self.groups:
            yield Asked(GROUP, self.groups[helpdesk])
        if helpdesk in self.assignees:
            yield Asked(ASSIGNEE, self.assignees[helpdesk])
        if helpdesk in self.statuses:
            yield Asked(STATUS, self.statuses[helpdesk], restore=self.restore_status)
        for name, value in self.fields.get(helpdesk, {}).items():
            yield Asked(field_part(name), value)

    def contradictions(self, other: Wants) -> tuple[tuple[Asked, Asked], ...]:
        """What the two ask for and no ticket can have, in whatever helpdesk: pairs of (ours, the other's)."""
        found: dict[tuple[Asked, Asked], None] = {}
        for helpdesk in dict.fromkeys((*self.helpdesks, *other.helpdesks, "")):
            theirs = tuple(other.asked(helpdesk))
            found |= {(ours, that): None for ours in self.asked(helpdesk) for that in theirs if ours.contradicts(that)}
        return tuple(found)


NOTHING = Wants()
