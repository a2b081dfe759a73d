"""The policy: what the YAML says, checked, resolved and frozen. Made by `rules.load`, read by `rules.decide`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from rules.directory import Directory
from rules.escalation.commanding import Commanding
from rules.responses import DEFAULT_RESPONSES, ResponseTable
from rules.wants import NOTHING, Wants

if TYPE_CHECKING:
    from datetime import date

    from rules.cadence import Cadence
    from rules.calendar import BusinessCalendar, Span
    from rules.channels import Channel, Notification
    from rules.clocks.book import ClockBook
    from rules.compile.compiled import Compiled
    from rules.conditions.base import Condition
    from rules.criteria import Criterion
    from rules.digests import Digest
    from rules.escalation.process import EscalationProcess
    from rules.escalation.record.programme import AccountProgramme
    from rules.matrix import Matrix
    from rules.paths import EscalationPath
    from rules.picking import Assignment
    from rules.proofs.prover import Prover
    from rules.sla import SlaTarget
    from rules.templates import Template
    from rules.ticket import Priority, Scalar


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where in the policy files something stands, 1-based."""

    file: str
    line: int
    column: int


class NameKind(StrEnum):
    """What a word of the policy stands for in a helpdesk."""

    HELPDESK = "helpdesk"
    GROUP = "group"
    PEOPLE_GROUP = "group of people"
    PRIORITY = "priority"
    PERSON = "person"
    STATUS = "status"
    FIELD = "field"
    FIELD_VALUE = "field value"
    PROJECT = "project"
    TICKET_TYPE = "ticket type"
    SUBTASK_TYPE = "subtask type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A word of the policy that some helpdesk has to know (checked by `rules.check` once the helpdesks were asked)."""

    kind: NameKind
    name: str
    #: The helpdesk that must know it; None = at least one of those that could have it.
    helpdesk: str | None
    #: The field that a value belongs to, or the project that a type belongs to.
    of: str | None
    #: Where in the document, for example `tiers[2].groups.zendesk`.
    path: str
    at: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class RemediationTask:
    """One subtask that a tier wants below the tracker's ticket."""

    key: str
    title: Template
    body: Template
    #: Due this long after the tier was entered, as a date in the tier's calendar zone; None = no due date.
    due: Span | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerTicket:
    """The ticket to open in the tracker where none is linked yet."""

    project: str
    type: str
    subject: Template
    body: Template
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """What a tier wants done in the tracker."""

    #: Name of the helpdesk (in the settings) that tracks engineering work.
    tracker: str
    #: None = remediate only where people linked a tracker ticket themselves.
    open: TrackerTicket | None
    tasks: tuple[RemediationTask, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A note that is said again and again while nobody acknowledges the escalation."""

    note: Template
    #: Open time until the first repeat.
    every: Span
    #: At most so many repeats in one stay in the tier.
    max: int = 3
    #: Each further distance is so many times the one before it; 1 = they are all alike.
    growing: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One rung of a ladder."""

    id: str
    name: str
    #: Level within its path, 0 for the lowest.
    rank: int
    tag: str
    at: Position
    calendar: BusinessCalendar
    #: What this level is for, for people.
    scope: str = ""
    #: Owner groups by helpdesk name, the first choice first; a helpdesk that is not named keeps its group.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The path that it belongs to; empty = all tiers are one ladder.
    path: str = ""
    #: Climb to the next tier when the ticket has been in this one for so long, whatever happens; None = stay.
    timeout: Span | None = None
    #: Climb when nobody acknowledged the escalation for so long; None = there is no need to.
    unacknowledged: Span | None = None
    #: Once it has held in this tier, the escalation is acknowledged.
    acknowledged_when: Condition | None = None
    #: An acknowledgement counts for so long; None = for good.
    acknowledgement_lasts: Span | None = None
    repeat: Repeat | None = None
    #: The path ends here: nothing but solving leads out.
    terminal: bool = False
    priority_floor: Priority | None = None
    #: The assignee's id by helpdesk name.
    assignees: Mapping[str, str] = field(default_factory=dict)
    #: Status on entry by helpdesk name, in the helpdesk's words.
    statuses: Mapping[str, str] = field(default_factory=dict)
    restore_status: bool = False
    #: Field values to set, by helpdesk name and then by the field's configured name.
    fields: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    #: Internal note posted once on entry.
    note: Template | None = None
    #: Words to the customer, posted once on entry.
    public_note: Template | None = None
    #: What is told on channels on entry.
    notify: tuple[Notification, ...] = ()
    #: The person of a team who should have it.
    assign: Assignment | None = None
    remediation: Remediation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """While `when` holds, the ticket is at least in tier `escalate_to` and wears `tags`."""

    id: str
    description: str
    at: Position
    when: Condition
    escalate_to: str | None = None
    #: While it holds, the ticket is on the path of `escalate_to`, whatever path it was on.
    move: bool = False
    tags: tuple[str, ...] = ()
    #: Values that it wants of the ticket itself.
    sets: Wants = NOTHING
    #: Internal note posted once per episode in which the rule began to hold.
    note: Template | None = None
    #: Words to the customer, posted once per episode in which the rule began to hold.
    public_note: Template | None = None
    #: What is told on channels, once per such episode.
    notify: tuple[Notification, ...] = ()
    #: The person of a team who should have it.
    assign: Assignment | None = None
    #: The last day on which it counts as reviewed; None = it is never due for a review.
    review_by: date | None = None
    #: Where it stands that the rule is in shadow: it is asked and remembered, and nothing follows. None = it is live.
    shadow_at: Position | None = None

    @property
    def in_shadow(self) -> bool:
        """Whether it is tried without any effect."""
        return self.shadow_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReminder:
    """An internal note when our side has been silent towards the customer for too long."""

    id: str
    at: Position
    calendar: BusinessCalendar
    when: Condition
    every: Span
    note: Template
    #: At most so many reminders for one silence.
    max: int = 3


class InFlight(StrEnum):
    """Which version of the policy decides on a ticket that is on the ladder."""

    #: The one that began its escalation, until that is over.
    KEEP = "keep"
    #: The newest one.
    REBASE = "rebase"


#: What workers write to within this time counts as one run.
_ONE_RUN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brakes:
    """Limits that stop a run before it does too much at once."""

    #: A run that would write to more tickets than this is refused.
    max_tickets: int = 500
    #: … or to a larger share (0..1) of all open tickets, where there are at least 20 of them.
    max_share: float = 0.5
    #: A service has no runs: what its workers write to within this time counts as one.
    within: timedelta = _ONE_RUN
    #: Comments that Escalade may post on one ticket within an hour.
    max_comments_per_hour: int = 3
    #: Public comments that Escalade may post on one ticket within 24 hours.
    max_public_comments_per_day: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that decides. Two policies with equal `hash` decide alike."""

    #: First 12 hex digits of the SHA-256 over the normalised content.
    hash: str
    tiers: tuple[Tier, ...]
    rules: tuple[Rule, ...]
    calendars: Mapping[str, BusinessCalendar]
    #: Named reasons, in the order of the files, also those that nothing names.
    criteria: tuple[Criterion, ...] = ()
    directory: Directory = field(default_factory=Directory)
    #: Ladders of their own; empty = all tiers are one ladder.
    paths: tuple[EscalationPath, ...] = ()
    matrix: Matrix | None = None
    #: What a comment counts as: for clocks and for facts alike.
    responses: ResponseTable = DEFAULT_RESPONSES
    sla: tuple[SlaTarget, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    reminders: tuple[UpdateReminder, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    #: How customers' accounts are escalated; None = they are not.
    accounts: AccountProgramme | None = None
    digests: tuple[Digest, ...] = ()
    brakes: Brakes = field(default_factory=Brakes)
    #: De-escalation: tickets leave the ladder when solved; with True also when nothing holds them any more.
    release_when_nothing_holds: bool = False
    in_flight: InFlight = InFlight.REBASE
    #: A condition reads what the account's tickets add up to, so a change of one ticket concerns its siblings.
    uses_account_summary: bool = False
    #: A condition counts among the account's open tickets, so they have to be there one by one.
    uses_account_tickets: bool = False
    #: A condition reads the tickets at the other ends of links, so a change of one concerns those that link to it.
    uses_linked: bool = False
    #: A text is written in several languages, or a condition asks for the requester's.
    uses_languages: bool = False
    #: Who may ask for what, and how.
    commanding: Commanding = field(default_factory=Commanding)
    #: How the escalation of a ticket is conducted; None = rules alone lead up the ladder.
    process: EscalationProcess | None = None
    #: Every word that a helpdesk has to know, in the order of the files.
    names: tuple[Named, ...] = ()
    #: Kept by `rules.compile.compiled.compiled_rules` once it is made.
    compiled: list[Compiled] = field(default_factory=list, init=False, repr=False, compare=False)
    #: Kept by `rules.clocks.book.facts_for` once it is made.
    books: list[ClockBook] = field(default_factory=list, init=False, repr=False, compare=False)
    #: Kept by `rules.proofs.prover.prover_of` once it is made.
    provers: list[Prover] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def uses_records(self) -> bool:
        """Whether what a record says of an account concerns the account's tickets, and the other way."""
        return self.accounts is not None

    @property
    def assigns(self) -> bool:
        """Whether anything gives tickets to people by how busy they are."""
        tiers, rules = self.tiers, self.rules
        return any(tier.assign is not None for tier in tiers) or any(rule.assign is not None for rule in rules)

    def tier(self, tier_id: str) -> Tier | None:
        """The tier of that id, or None (a tier that an older policy had)."""
        # A loop, as it is asked all the time and there are few.
        for tier in self.tiers:
            if tier.id == tier_id:
                return tier
        return None

    def above(self, tier: Tier) -> Tier | None:
        """The next tier of the same path; None for the highest one."""
        return next((other for other in self.tiers if other.path == tier.path and other.rank == tier.rank + 1), None)
