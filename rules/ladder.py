"""The tier ladder: which tier a ticket should be in, given where it is and what holds now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from rules import timeouts
from rules.decision import Reason
from rules.facts import Facts
from rules.findings import Findings, Turn, Wish
from rules.ledger import Escalation, TierStep
from rules.nags import read_nag
from rules.policy import Policy, Tier


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the ticket should stand on the ladder."""

    escalation: Escalation | None
    episodes: int
    #: What keeps it there or led there, beyond what the findings say themselves.
    considered: tuple[Reason, ...]
    turns: tuple[Turn, ...]
    #: A tier was entered.
    moved: bool = False


def stand(policy: Policy, facts: Facts, findings: Findings) -> Standing:
    """Climb to the highest tier that anything asks for, and past every time-out that has run out; never down by itself.

    A ticket leaves the ladder only when it is solved, when its tier is no longer in the policy, or, where the policy
    says `release_when_nothing_holds`, when nothing asks for any tier. A terminal tier is left only by solving.
    """
    escalation = facts.ledger.escalation
    if escalation is None and not findings.wishes:
        return Standing(escalation=None, episodes=facts.ledger.episodes, considered=(), turns=())
    current = None if escalation is None else policy.tier(escalation.tier)
    if current is None:
        escalation = None
    elif not (findings.wishes or current.terminal) and policy.release_when_nothing_holds:
        gone = Reason(source=f"tier:{current.id}", text=f"nothing asks for {current.name} any more")
        return Standing(escalation=None, episodes=facts.ledger.episodes, considered=(gone,), turns=())
    climb = _Climb(policy=policy, facts=facts, escalation=escalation)
    climb.past_time_outs()
    climb.to_wish(findings)
    climb.settle()
    return climb.standing()


def spell_source(policy: Policy, source: str) -> str:
    """What led into a tier, in a sentence: for notes and journals, long after the decision."""
    kind, _, name = source.partition(":")
    tier = policy.tier(name)
    if kind == "rule":
        found = next((rule for rule in policy.rules if rule.id == name), None)
        return found.description if found is not None and found.description else f"rule {name}"
    if kind == "timeout":
        return f"not solved within {tier.timeout} in {tier.name}" if tier is not None else f"time-out of tier {name}"
    if kind == "unacknowledged":
        limit = "" if tier is None else f" within {tier.unacknowledged}"
        return f"not acknowledged{limit} in {name if tier is None else tier.name}"
    if kind == "sla":
        return f"service level {name} was breached"
    if kind in {"cadence", "case"}:
        return f"the update that {name} asks for is overdue" if kind == "cadence" else "people asked for it"
    return policy.matrix.spell(name) if kind == "matrix" and policy.matrix is not None else source


@dataclass(slots=True, kw_only=True)
class _Climb:
    """A standing in the making."""

    policy: Policy
    facts: Facts
    escalation: Escalation | None
    #: Whether a tier was entered.
    moved: bool = False
    reasons: list[Reason] = field(default_factory=list)

    def past_time_outs(self) -> None:
        """Catch up: enter every tier whose turn has come, at the instant at which it came."""
        while self.escalation is not None:
            tier = self._tier(self.escalation)
            self.escalation = timeouts.acknowledged(tier, self.escalation, self.facts)
            ran_out, above = timeouts.first_due(tier, self.escalation), self.policy.above(tier)
            if ran_out is None or above is None or ran_out.due_at is None or ran_out.due_at > self.facts.now:
                return
            if self.moved:
                self._pass_by(tier, self.escalation)
            self.reasons += timeouts.reasons(tier, self.escalation, self.facts.now)
            self._enter(above, ran_out.source, ran_out.due_at)

    def to_wish(self, findings: Findings) -> None:
        """Enter the tier that is asked for, where that leads higher, or onto another path by a rule's explicit move."""
        wish, tier = _asked_for(self.policy, findings, self.escalation)
        if wish is not None and tier is not None:
            self._enter(tier, wish.reason.source, self.facts.now)

    def settle(self) -> None:
        """Say where the ticket stands now, and why."""
        if self.escalation is None:
            lost = self.facts.ledger.escalation
            if lost is not None:
                text = f"the policy has no tier {lost.tier!r} any more"
                self.reasons.append(Reason(source=f"tier:{lost.tier}", text=text))
            return
        tier = self._tier(self.escalation)
        self.escalation = timeouts.acknowledged(tier, self.escalation, self.facts)
        because = spell_source(self.policy, self.escalation.because)
        if self.moved:
            text = f"enters {tier.name}: {because}"
        else:
            text = f"in {tier.name} since {_minute(self.escalation.entered_at)}: {because}"
            self.reasons += timeouts.reasons(tier, self.escalation, self.facts.now)
        self.reasons.insert(0, Reason(source=f"tier:{tier.id}", text=text))

    def standing(self) -> Standing:
        """What came out."""
        episodes = self.facts.ledger.episodes
        return Standing(
            escalation=self.escalation,
            episodes=episodes if self.escalation is None else max(episodes, self.escalation.episode),
            considered=tuple(self.reasons),
            moved=self.moved,
            turns=() if self.escalation is None else tuple(self._turns(self.escalation)),
        )

    def _turns(self, escalation: Escalation) -> list[Turn]:
        tier, turns = self._tier(escalation), []
        ran_out = timeouts.first_due(tier, escalation)
        if ran_out is not None and ran_out.due_at is not None and self.policy.above(tier) is not None:
            turns.append(Turn(ran_out.due_at, f"{tier.name} times out"))
        if tier.acknowledged_when is not None and escalation.acknowledged_at is None:
            asked = tier.acknowledged_when.evaluate(self.facts)
            if asked.flips_at is not None:
                turns.append(Turn(asked.flips_at, f"{tier.name} could be acknowledged"))
        nag = read_nag(tier, escalation, self.facts.now)
        if nag is not None and nag.next_at is not None:
            turns.append(Turn(nag.next_at, f"the note of {tier.name} is repeated"))
        return turns

    def _pass_by(self, tier: Tier, escalation: Escalation) -> None:
        """Tell of a tier that came and went while nobody looked: nothing is written for its sake."""
        text = f"passed {tier.name} by: entered {_minute(escalation.entered_at)}, and its time-out has run out, too"
        self.reasons.append(Reason(source=f"tier:{tier.id}", text=text))

    def _enter(self, tier: Tier, because: str, at: datetime) -> None:
        """Enter a tier; without an escalation so far a new episode begins."""
        before, ledger = self.escalation, self.facts.ledger
        steps = () if before is None else before.steps or (_step_of(before),)
        self.moved = True
        self.escalation = Escalation(
            tier=tier.id,
            path=tier.path,
            entered_at=at,
            because=because,
            since=at if before is None else before.since,
            episode=ledger.episodes + 1 if before is None else before.episode,
            policy=self.policy.hash,
            steps=(*steps, TierStep(tier.id, at, because, tier.path)),
        )

    def _tier(self, escalation: Escalation) -> Tier:
        tier = self.policy.tier(escalation.tier)
        if tier is None:
            raise ValueError(f"the policy has no tier {escalation.tier!r}")
        return tier


def _asked_for(policy: Policy, findings: Findings, escalation: Escalation | None) -> tuple[Wish | None, Tier | None]:
    """The wish that is followed: the highest level, the first of equals in the order of the policy; None = stay.

    While a rule that moves tickets holds, its path is the ticket's, and wishes for other paths are not followed; of
    several such rules the first one decides.
    """
    current = None if escalation is None else policy.tier(escalation.tier)
    if current is not None and current.terminal:
        return None, None
    wanted = [(wish, tier) for wish in findings.wishes if (tier := policy.tier(wish.tier)) is not None]
    path = next((tier.path for wish, tier in wanted if wish.moves), None)
    if path is not None:
        wanted = [(wish, tier) for wish, tier in wanted if tier.path == path]
    floor = -1 if current is None or (path is not None and current.path != path) else current.rank
    best: tuple[Wish | None, Tier | None] = (None, None)
    for wish, tier in wanted:
        if tier.rank > floor:
            best, floor = (wish, tier), tier.rank
    return best


def _step_of(escalation: Escalation) -> TierStep:
    """The entry of an escalation that was kept before entries were."""
    return TierStep(
        escalation.tier, escalation.entered_at, escalation.because, escalation.path, escalation.acknowledged_at
    )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
