"""Programme: how an organisation escalates customers' accounts, as its policy says (`account_escalations:`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.escalation.record.colour import StatusColour
from rules.span import Span

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar
    from rules.channels import Notification
    from rules.compile.compiled import Compiled
    from rules.conditions.base import Condition
    from rules.criteria import Criterion
    from rules.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHome:
    """Where records are opened."""

    #: The helpdesk's name in the settings.
    helpdesk: str
    #: The tracker's project; empty where the helpdesk has none.
    project: str
    #: The type of the ticket: Task, problem.
    type: str
    subject: Template
    body: Template | None = None
    #: The status that work is moved to when a command on the record fulfils it; None = people close it.
    done: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One person that a record needs, and who may be it."""

    #: The role that the person has to have; None = anybody of the directory.
    role: str | None = None
    #: Needed while the colour is at least as bad as this.
    at_least: StatusColour = StatusColour.GREEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitTest:
    """One thing that has to be true before a record may be closed, as the policy offers it."""

    id: str
    title: str
    #: Facts decide; None = only the confirmation of a person counts.
    when: Condition | None = None
    #: The role that confirms it; None = facts alone decide.
    confirmed_by: str | None = None
    #: The target date lies at most so long after it was taken up.
    within: Span
    #: Every declared record has it; else people take it up by its id.
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """How many of those that are asked have to agree."""

    #: None = all of them.
    number: int | None = None
    #: Roles that are asked besides the stakeholders.
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftercare:
    """What is owed once a record is closed; None = it is not asked for."""

    summary: Span | None
    rca: Span | None
    corrective: Span | None
    review: Span | None
    #: Only records that were once at least as bad as this are reviewed.
    review_from: StatusColour
    follow_up: Span | None
    #: So long after the closure it is seen whether the pattern came back.
    recurrence: tuple[Span, ...]
    #: So many new tickets of the same kind mean that it did.
    recurring_tickets: int


class Event(StrEnum):
    """Something about a record that is told on channels."""

    PROPOSED = "proposed"
    DECLARED = "declared"
    WORSE = "worse"
    BETTER = "better"
    CONCERN = "concern"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotice:
    """What is told on a channel, and on which occasions."""

    told: Notification
    on: frozenset[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProgramme:
    """Everything that the policy says about escalations of accounts."""

    home: RecordHome
    #: Deadlines pass in it; dates are those of its zone.
    calendar: BusinessCalendar
    #: Roles that may declare, refuse and waive.
    declarers: tuple[str, ...]
    #: Each of them alone proposes.
    criteria: tuple[Criterion, ...] = ()
    #: A record that criteria proposed is declared without a person.
    declares_itself: bool = False
    #: The colour of a record that is declared without naming one.
    first_colour: StatusColour = StatusColour.RED
    #: Colour → the tag that the record and the account's tickets wear.
    tags: Mapping[StatusColour, str] = field(default_factory=dict)
    owner: Seat = Seat()
    sponsor: Seat | None = None
    #: Functions that the team has to have: support, engineering, product.
    functions: tuple[str, ...] = ()
    #: Nobody below this level of experience is given a part.
    least_level: int = 1
    #: How the chat channel of a record is called: `esc_{customer}_{topic}`; None = it has none.
    room: str | None = None
    exits: tuple[ExitTest, ...] = ()
    #: Exit criteria lie at most so far ahead.
    horizon: Span
    #: Exit criteria, communication plan and owner are wanted so soon after the declaration.
    ready_within: Span
    #: The kick-off call; None = none is asked for.
    kickoff: Span | None = None
    #: Until somebody has said what is done about a concern.
    concern: Span
    #: Roles that attend calls while the colour is at least as bad as that.
    attendees: Mapping[StatusColour, tuple[str, ...]] = field(default_factory=dict)
    plan_agreement: Quorum = Quorum()
    consent: Quorum = Quorum()
    #: A late duty is told to the sponsor, too, after so long.
    sponsor_hears_after: Span
    aftercare: Aftercare
    notify: tuple[RecordNotice, ...] = ()
    #: Kept by `rules.compile.compiled.compiled_criteria` once it is made.
    compiled: list[Compiled] = field(default_factory=list, init=False, repr=False, compare=False)

    def exit_test(self, identity: str) -> ExitTest | None:
        """The exit criterion that the policy offers under that id."""
        return next((test for test in self.exits if test.id == identity), None)
