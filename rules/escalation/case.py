"""Case: the escalation of one ticket, folded from what people did about it. A value; nobody stores it."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from rules.escalation.act import Act
from rules.escalation.answer import Answer
from rules.escalation.case_clock import CaseClock, ClockState
from rules.escalation.promise import Promise, PromiseState, kept_rate
from rules.escalation.questions import NOTHING_ASKED, Asked
from rules.escalation.stage import LEFT, Stage


class CaseStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step from stage to stage."""

    before: Stage
    to: Stage
    #: When it was taken (UTC).
    at: datetime
    because: str
    #: Who took it, by id of the directory, else as the helpdesk calls them; None = time or the ladder did.
    by: str | None = None


class Concern(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody sees no progress, or what was solved came back."""

    key: str
    at: datetime
    text: str
    by: str | None = None
    #: When somebody answered it (UTC); None = nobody did.
    answered_at: datetime | None = None


class Workaround(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A way around the problem, and when the customer first heard from us after it was known."""

    key: str
    at: datetime
    text: str
    told_at: datetime | None = None


class Feedback(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody thinks of the escalation: useful, too early, too late, wrong team; or the customer's verdict."""

    at: datetime
    text: str
    by: str | None = None
    negative: bool = False


class Lead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who leads the escalation."""

    #: A person or role of the directory.
    name: str
    because: str


class Heading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where people's acts want the ticket on the ladder."""

    tier: str
    because: str
    #: It also asks for the tier's path.
    moves: bool = False


def _is_going(stage: Stage) -> bool:
    return stage.is_waiting or stage.is_running


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the escalation of one ticket at one instant. Every instant is UTC."""

    #: The instant that it is told for.
    at: datetime
    stage: Stage = Stage.NONE
    #: Since when it is at that stage; None = there never was an escalation.
    since: datetime | None = None
    #: How it came there, oldest first.
    steps: tuple[CaseStep, ...] = ()
    #: What is said about each act, oldest first.
    answers: tuple[Answer, ...] = ()
    #: The request that is or was last decided about.
    request: Act | None = None
    #: When the escalation was taken up, accepted or led there by the ladder; None = it was not.
    begun_at: datetime | None = None
    #: How often one was taken up, this one included: keeps what is said about a second one apart.
    count: int = 0
    heading: Heading | None = None
    #: When somebody last wrote `#ack` in it; None = nobody did.
    acknowledged_at: datetime | None = None
    #: The team that has the ticket after a redirection.
    team: str | None = None
    concerns: tuple[Concern, ...] = ()
    promises: tuple[Promise, ...] = ()
    tried: tuple[str, ...] = ()
    impact: str | None = None
    cause: str | None = None
    plan: Act | None = None
    call: Act | None = None
    #: The newest word on how it stands; its option `customer` is the same for the customer.
    update: Act | None = None
    workaround: Workaround | None = None
    fix: Act | None = None
    verified: Act | None = None
    confirmed: Act | None = None
    #: Points of the checklist that are done, with the act that did them.
    checks: dict[str, Act] = {}
    review: Act | None = None
    lead: Lead | None = None
    feedback: tuple[Feedback, ...] = ()
    #: Everybody who is known to take part, by name, without repetition.
    participants: tuple[str, ...] = ()
    #: The customer wrote since it came to this stage.
    replied: bool = False
    milestone: date | None = None
    asked: Asked = NOTHING_ASKED
    clocks: tuple[CaseClock, ...] = ()
    #: What is still missing on the way on, for people.
    missing: tuple[str, ...] = ()
    #: When what is told here could change by itself, and what would.
    turns: tuple[tuple[datetime, str], ...] = ()

    @property
    def concern(self) -> Concern | None:
        """The newest concern that nobody has answered."""
        return next((one for one in reversed(self.concerns) if one.answered_at is None), None)

    @property
    def run(self) -> str:
        """Tells one escalation of the ticket apart from those before it, from its request on."""
        entries = (step for step in self.steps if _is_going(step.to) and not _is_going(step.before))
        return str(sum(1 for _ in entries))

    @property
    def is_over(self) -> bool:
        """People took it off the ladder, or solved it."""
        return self.stage in LEFT

    @property
    def misses(self) -> int:
        """Clocks that were late, broken promises included."""
        return sum(clock.is_miss(self.at) for clock in self.clocks)

    def promised(self, state: PromiseState) -> int:
        """How many promises there are of that state."""
        return sum(one.state(self.at) is state for one in self.promises)

    @property
    def kept_rate(self) -> int | None:
        """Promises kept of those that are decided, in percent, rounded down; None while none is."""
        return kept_rate(self.promises, self.at)

    @property
    def next_due(self) -> CaseClock | None:
        """The running clock that is due first."""
        waiting = (one for one in self.clocks if one.state(self.at) in {ClockState.RUNNING, ClockState.WARNING})
        return min(waiting, key=lambda clock: clock.due_at, default=None)
