"""Process: how a ticket is escalated, from the request to the closing of the case, as the policy says. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.calendar import BusinessCalendar, Span
    from rules.channels import Notification
    from rules.conditions.base import Condition
    from rules.escalation.case import Case
    from rules.escalation.deadline import Deadline
    from rules.escalation.questions import Question
    from rules.escalation.stage import Stage
    from rules.facts import Facts
    from rules.policy import Position
    from rules.templates import Template
    from rules.ticket import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Kickoff:
    """The first call: it is held, and the action plan is drafted, by its due instant."""

    deadline: Deadline
    #: Who attends, in the policy's words.
    attendees: tuple[str, ...] = ()
    #: A piece of work below the ticket, besides the note.
    task: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The first word to the customer that we are on it."""

    deadline: Deadline
    #: What Escalade says itself, at once; None = a person has to.
    public_note: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """The customer's critical date."""

    #: The custom field, or the option of a command, that has it.
    field: str | None = None
    option: str | None = None
    #: A note warns so much open time before the end of that day.
    warn_before: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernPath:
    """What happens at once when somebody sees no progress."""

    #: Until somebody answers the concern by `#ack`.
    deadline: Deadline | None = None
    #: Told at once, also while nobody reads the channel.
    notify: tuple[Notification, ...] = ()
    #: Worn while the concern is not answered.
    tag: str | None = None
    #: Set while it is not answered: the field of requested resources, for example; by helpdesk.
    fields: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    #: A call of the management is called for, as a piece of work below the ticket.
    call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What brings a case back by itself."""

    #: A solved ticket that is opened again, before the customer was asked to.
    reopened: bool = False
    #: A customer's reply after the fix was verified, or after the de-escalation.
    replied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Asking the customer some time after the solution whether all is well."""

    #: Open time after the solution.
    after: Span
    #: A second try so long after the first; None = there is none.
    again: Span | None
    #: The case is closed so long after the last try without an answer.
    close: Span
    calendar: BusinessCalendar
    #: What the customer is asked; None = a note reminds a person to.
    public_note: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Going through the case with the team, mandatory where it is severe enough."""

    when: Condition
    deadline: Deadline
    attendees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationProcess:
    """The section `escalation:`."""

    at: Position
    #: Reads the case of a ticket out of its facts, with this process.
    read: Callable[[Facts], Case | None] = field(repr=False, compare=False)
    #: Business time of all that has no calendar of its own, and the zone of dates that people write.
    calendar: BusinessCalendar
    #: The tier that `#accept` leads to when it names none; None = the lowest one.
    accept: str | None = None
    #: From the request to its outcome.
    evaluate: Deadline | None = None
    kickoff: Kickoff | None = None
    #: Told once when an escalation is taken up.
    declared: tuple[Notification, ...] = ()
    acknowledge: Acknowledgement | None = None
    questions: tuple[Question, ...] = ()
    #: How missing answers are asked for; None = Escalade's own words, as an internal note.
    ask: Template | None = None
    #: The same to the customer.
    ask_public: Template | None = None
    #: Entering these tiers by command needs `#tried` notes.
    tried_for: frozenset[str] = frozenset()
    milestone: Milestone | None = None
    #: A brief is posted when a tier is entered.
    handover: bool = False
    #: Its words; None = Escalade's own.
    handover_note: Template | None = None
    #: Tier → the role that leads there.
    leads: Mapping[str, str] = field(default_factory=dict)
    #: Until the customer has heard of a workaround.
    workaround: Deadline | None = None
    workaround_note: Template | None = None
    #: What the customer is told of a verified fix.
    fix_note: Template | None = None
    #: What the customer is told of an update that has words for them; None = updates stay among us.
    update_note: Template | None = None
    concern: ConcernPath = field(default_factory=ConcernPath)
    regression: Regression = field(default_factory=Regression)
    follow_up: FollowUp | None = None
    feedback_note: Template | None = None
    review: Review | None = None
    #: What happens when a promise was not kept.
    promises: Deadline | None = None
    #: Stage → the tag that shows it.
    tags: Mapping[Stage, str] = field(default_factory=dict)
