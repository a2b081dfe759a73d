"""Course: the case of one ticket while its events are gone through, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from rules.escalation.act import Act
from rules.escalation.answer import Answer
from rules.escalation.case import CaseStep, Concern, Feedback, Heading, Lead
from rules.escalation.process import EscalationProcess
from rules.escalation.promise import Promise
from rules.escalation.stage import LEFT, RUNNING, WAITING, Stage
from rules.facts import Facts
from rules.policy import Policy, Tier


@dataclass(slots=True, kw_only=True)
class Course:
    """What is known after the events so far. Every instant is UTC."""

    policy: Policy
    process: EscalationProcess
    facts: Facts
    #: Every act of the ticket, oldest first, those to come included.
    acts: tuple[Act, ...]
    stage: Stage = Stage.NONE
    since: datetime | None = None
    steps: list[CaseStep] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    request: Act | None = None
    begun_at: datetime | None = None
    count: int = 0
    heading: Heading | None = None
    team: str | None = None
    concerns: list[Concern] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    #: Of the running escalation, by verb: the newest act that said it.
    said: dict[str, Act] = field(default_factory=dict)
    #: Every act that counted, oldest first.
    counted: list[Act] = field(default_factory=list)
    #: When each escalation of the ticket was taken up, oldest first.
    begins: list[datetime] = field(default_factory=list)
    #: Impact and cause, as any act told them.
    words: dict[str, str] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    checks: dict[str, Act] = field(default_factory=dict)
    lead: Lead | None = None
    feedback: list[Feedback] = field(default_factory=list)
    #: The last tier that it was in or led to.
    last_tier: str | None = None

    def move(self, to: Stage, at: datetime, because: str, by: str | None = None) -> None:
        """Take a step; what the new stage begins anew is forgotten."""
        if to is self.stage:
            return
        self.steps.append(CaseStep(before=self.stage, to=to, at=at, because=because, by=by))
        if to in RUNNING and self.stage not in RUNNING:
            self._begin(at)
        if to is Stage.REQUESTED:
            self.tried, self.heading, self.team = [], None, None
        if to is Stage.NONE or (to is Stage.REQUESTED and self.count):
            # What was said in an escalation that is over says nothing about the next one.
            self.said, self.words = {}, {}
        if to not in RUNNING | {Stage.REDIRECTED}:
            self.heading = None
        if to is Stage.IN_PROGRESS and self.stage is not Stage.ACCEPTED:
            self.checks = {}
        if to in {Stage.IN_PROGRESS, Stage.FIX_PROPOSED}:
            self.said.pop("confirm", None)
            self.said.pop("verified", None)
        self.stage, self.since = to, at

    def _begin(self, at: datetime) -> None:
        self.count += 1
        self.begun_at = at
        self.begins.append(at)
        if self.stage not in WAITING | {Stage.NONE}:
            self.said, self.words = {}, {}

    def head_for(self, tier: str, because: str, *, moves: bool = False) -> None:
        """Lead the ticket into a tier."""
        self.heading = Heading(tier=tier, because=because, moves=moves)
        self.last_tier = tier

    def take_up_again(self, at: datetime, because: str, by: str | None = None) -> None:
        """Bring the case back; a ticket that was taken off the ladder goes back to the tier that it had."""
        was_over = self.stage in LEFT
        self.move(Stage.IN_PROGRESS, at, because, by)
        tier = self.last_tier if self.last_tier is not None else self.process.accept
        if was_over and tier is not None and self.policy.tier(tier) is not None:
            self.head_for(tier, because)

    def tier_at(self, at: datetime) -> Tier | None:
        """The highest tier that the ticket was in or led to before an instant, by the ladder or by people.

        Where people led it is told by their acts alone: when the ladder followed them depends on who looked when.
        """
        escalation = self.facts.ledger.escalation
        steps = () if escalation is None else escalation.steps
        names = [step.tier for step in steps if step.at < at and not step.because.startswith("case:")]
        names += [] if self.heading is None else [self.heading.tier]
        tiers = [tier for name in names if (tier := self.policy.tier(name)) is not None]
        if not tiers:
            return None
        path = tiers[-1].path
        return max((tier for tier in tiers if tier.path == path), key=lambda tier: tier.rank)

    def latest(self, verb: str) -> Act | None:
        """The newest act of that verb in the running escalation."""
        return self.said.get(verb)


def name_of(act: Act) -> str | None:
    """Whoever acted: by id of the directory, else as the helpdesk calls them."""
    return act.person or act.author
