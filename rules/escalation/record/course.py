"""Course: what people did about one account's escalation, one act after the other, as one frozen value."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from rules.escalation.promise import Promise
from rules.escalation.record.colour import ColourStep, StatusColour
from rules.escalation.standing import AccountState


class Stamp(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody did something: when (UTC), who (by name), and what they said about it."""

    at: datetime
    by: str
    note: str = ""
    #: The act that it came with, which names it for ever.
    act: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody asked for the escalation of the account."""

    at: datetime
    by: str
    #: customer_management, care_leader, csm, sales, consulting, executive, or any other word; `criteria` = the policy.
    source: str
    because: str = ""


class Stage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From `at` (UTC) on the record was in this state."""

    at: datetime
    state: AccountState
    by: str
    because: str


class Seated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From `at` (UTC) on this person of the directory is the owner, or the sponsor."""

    at: datetime
    person: str
    by: str


class Stakeholder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody whose agreement and consent count."""

    name: str
    #: The id in the directory; None = somebody outside, for whom one of us speaks.
    person: str | None = None
    #: `internal` or `customer`.
    party: str
    #: What the person stands for in the team: support, engineering.
    function: str | None = None


class ExitCriterion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that has to be true before the record is closed, as it was taken up for this record."""

    id: str
    title: str
    #: The policy has a condition for it.
    tested: bool
    #: A role, or a person, that confirms it; None = the condition alone decides.
    confirmed_by: str | None
    since: datetime
    #: By when it is to be reached: a local date.
    target: date
    confirmed: Stamp | None = None
    waived: Stamp | None = None


class CommPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the customer is kept informed."""

    at: datetime
    by: str
    #: In the words of whoever wrote it: call and e-mail.
    mode: str
    #: A length of time, as written: 1d.
    frequency: str
    attendees: tuple[str, ...]


class Call(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that was agreed, and what was noted of it."""

    key: str
    title: str
    #: The first one begins at this instant (UTC).
    at: datetime
    minutes: int
    attendees: tuple[str, ...]
    #: Days from one to the next; None = there is one.
    every: int | None = None
    #: The last local date on which there is one.
    until: date | None = None
    notes: tuple[Stamp, ...] = ()


class PlanItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of the remediation plan."""

    #: Of the act that wrote it.
    key: str
    title: str
    #: Id of a person in the directory.
    owner: str
    due: date
    #: Ids of exit criteria.
    serves: tuple[str, ...]
    #: Prevents that it comes back: `process_change`, `training` or `technical`; None = it is part of the plan.
    prevents: str | None = None


class Agreement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody agreed to the plan or to the exit criteria, or consented to the closure, or refused it."""

    at: datetime
    #: `exit`, `plan` or `closure`.
    to: str
    #: Who agrees, by name, and who said so.
    who: str
    by: str
    party: str
    given: bool = True
    how: str = ""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was done about one record, up to an instant."""

    stages: tuple[Stage, ...]
    requests: tuple[Request, ...] = ()
    #: Ids of the criteria that proposed it.
    criteria: tuple[str, ...] = ()
    #: Declared although no criterion had been met.
    on_judgement: bool = False
    colours: tuple[ColourStep, ...] = ()
    owners: tuple[Seated, ...] = ()
    sponsors: tuple[Seated, ...] = ()
    stakeholders: tuple[Stakeholder, ...] = ()
    exits: tuple[ExitCriterion, ...] = ()
    comms: CommPlan | None = None
    calls: tuple[Call, ...] = ()
    cause: Stamp | None = None
    items: tuple[PlanItem, ...] = ()
    #: When the plan was put in force.
    plan: Stamp | None = None
    agreements: tuple[Agreement, ...] = ()
    #: Aftercare that was reported done by an act: summary, rca, corrective, review, follow_up.
    done: dict[str, Stamp] = {}
    #: retained, churned or advocate.
    outcome: str | None = None
    concerns: tuple[Stamp, ...] = ()
    #: Act of a concern → what was said to be done about it.
    heard: dict[str, Stamp] = {}
    #: What the trouble means for the customer's business.
    impacts: tuple[Stamp, ...] = ()
    promises: tuple[Promise, ...] = ()

    @property
    def state(self) -> AccountState:
        """Where it stands."""
        return self.stages[-1].state

    @property
    def since(self) -> datetime:
        """Since when it stands there (UTC)."""
        return self.stages[-1].at

    @property
    def colour(self) -> StatusColour | None:
        """The last judgement."""
        return self.colours[-1].colour if self.colours else None

    @property
    def unheard(self) -> tuple[Stamp, ...]:
        """Concerns that nobody has answered, the oldest first."""
        return tuple(one for one in self.concerns if one.act not in self.heard)

    @property
    def owner(self) -> str | None:
        """The one person who is accountable, by id of the directory."""
        return self.owners[-1].person if self.owners else None

    @property
    def sponsor(self) -> str | None:
        """The executive sponsor, by id of the directory."""
        return self.sponsors[-1].person if self.sponsors else None

    def entered(self, state: AccountState) -> datetime | None:
        """When it last came into a state (UTC); None = never."""
        return next((stage.at for stage in reversed(self.stages) if stage.state is state), None)
