"""Service-level targets: what is promised, when its clock starts, pauses, warns, and what a breach does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar, Span
    from rules.conditions.base import Condition
    from rules.policy import Position
    from rules.templates import Template
    from rules.ticket import Priority


class Metric(StrEnum):
    """What a service-level clock measures."""

    #: Until the first response.
    FIRST_RESPONSE = "first_response"
    #: After the first response: from the customer's oldest unanswered reply until the next response.
    NEXT_RESPONSE = "next_response"
    #: From one word to the customer to the next, for as long as the ticket is open.
    CUSTOMER_UPDATE = "customer_update"
    #: The same for words to the colleagues.
    INTERNAL_UPDATE = "internal_update"
    #: Until the ticket is solved.
    RESOLUTION = "resolution"
    #: From the entry into a tier until a response.
    TIER_RESPONSE = "tier_response"

    @property
    def repeats(self) -> bool:
        """Runs anew after it was met."""
        return self in {Metric.NEXT_RESPONSE, Metric.CUSTOMER_UPDATE, Metric.INTERNAL_UPDATE}


class StartBasis(StrEnum):
    """From when on a clock may run."""

    CREATED = "created"
    #: The first assignment to a person.
    ASSIGNED = "assigned"
    #: The first comment by a person.
    FIRST_COMMENT = "first_comment"
    #: The first instant at which a condition held.
    CONDITION = "condition"


class OnPriorityChange(StrEnum):
    """What a change of the priority does to a running clock."""

    #: The time that was used up and paused counts on, against the new target.
    KEEP = "keep"
    #: The clock begins anew, with the new target.
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStart:
    """From when on a clock may run."""

    basis: StartBasis = StartBasis.CREATED
    #: Only for the basis CONDITION.
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRule:
    """When a clock stands still. Both limits pass in the clock's calendar; None = no limit."""

    when: Condition
    #: Each pause ends after so long, so that no ticket can be forgotten.
    at_most: Span | None = None
    #: All pauses of one clock of a ticket together last no longer.
    in_all: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarning:
    """A point before the due instant: a share of the target, or so much open time before the end."""

    share: float | None = None
    before: Span | None = None
    #: Worn from here on until the clock is met.
    tag: str | None = None
    #: Internal note posted once a cycle.
    note: Template | None = None

    def __str__(self) -> str:
        return f"{(self.share or 0) * 100:.4g}%" if self.before is None else f"{self.before} before"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachStep:
    """What happens so long after the due instant; several make a ladder."""

    #: Open time since the due instant; None = at once.
    after: Span | None = None
    tag: str | None = None
    note: Template | None = None
    #: The ticket is at least in this tier.
    escalate_to: str | None = None

    def __str__(self) -> str:
        return "at once" if self.after is None else f"after {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaTarget:
    """One service-level clock with its targets by priority."""

    id: str
    metric: Metric
    at: Position
    calendar: BusinessCalendar
    #: By the priority that people set; `None` is the target for tickets without one. A priority not named has no clock.
    targets: Mapping[Priority | None, Span]
    when: Condition | None = None
    start: ClockStart = field(default_factory=ClockStart)
    pause: PauseRule | None = None
    on_priority_change: OnPriorityChange = OnPriorityChange.KEEP
    #: What a comment has to count as to stop the clock; nothing for resolution.
    until: str = ""
    #: Only for tier_response.
    tier: str | None = None
    #: In the order of the file.
    warnings: tuple[EarlyWarning, ...] = ()
    #: From the first to the last.
    breaches: tuple[BreachStep, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Everything that it asks of a ticket."""
        asked = (self.when, self.start.when, None if self.pause is None else self.pause.when)
        return tuple(condition for condition in asked if condition is not None)
