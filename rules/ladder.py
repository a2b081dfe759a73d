"""The tier ladder: which tier a ticket should be in, given where it is and what holds now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.decision import Reason
from rules.facts import Facts
from rules.findings import Findings, Turn
from rules.ledger import Escalation, TierStep
from rules.policy import Policy, Tier
from rules.verdict import Verdict


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the ticket should stand on the ladder."""

    escalation: Escalation | None
    episodes: int
    #: What keeps it there or led there, beyond what the findings say themselves.
    considered: tuple[Reason, ...]
    turns: tuple[Turn, ...]


def stand(policy: Policy, facts: Facts, findings: Findings) -> Standing:
    """Climb to the highest tier that anything asks for; one step for a time-out; never down by itself.

    A ticket leaves the ladder only when it is solved, when its tier is no longer in the policy, or, where the policy
    says `release_when_nothing_holds`, when nothing asks for any tier.
    """
    escalation = facts.ledger.escalation
    current = None if escalation is None else policy.tier(escalation.tier)
    waited = None if current is None or escalation is None else _time_out(policy, current, escalation, facts.now)
    target, because = _highest(policy, findings, current, waited)
    if escalation is not None and current is not None and not findings.wishes and policy.release_when_nothing_holds:
        gone = Reason(source=f"tier:{current.id}", text=f"nothing asks for {current.name} any more")
        return Standing(escalation=None, episodes=facts.ledger.episodes, considered=(gone,), turns=())
    if target is None:
        return Standing(escalation=None, episodes=facts.ledger.episodes, considered=_lost(escalation), turns=())
    if escalation is None or current is None or target.rank > current.rank:
        escalation = _entered(policy, target, because, facts, keep=current is not None)
        text = f"enters {target.name}: {spell_source(policy, because)}"
    else:
        target = current
        since = f"{escalation.entered_at:%Y-%m-%d %H:%M} UTC"
        text = f"in {current.name} since {since}: {spell_source(policy, escalation.because)}"
    return Standing(
        escalation=escalation,
        episodes=max(facts.ledger.episodes, escalation.episode),
        considered=(Reason(source=f"tier:{target.id}", text=text), *((waited,) if waited else ())),
        turns=_next_time_out(policy, target, escalation),
    )


def spell_source(policy: Policy, source: str) -> str:
    """What led into a tier, in a sentence: for notes and journals, long after the decision."""
    kind, _, name = source.partition(":")
    if kind == "rule":
        found = next((rule for rule in policy.rules if rule.id == name), None)
        return found.description if found is not None and found.description else f"rule {name}"
    if kind == "timeout":
        tier = policy.tier(name)
        return f"not solved within {tier.timeout} in {tier.name}" if tier is not None else f"time-out of tier {name}"
    if kind == "sla":
        return f"service level {name} was breached"
    if kind == "cadence":
        return f"the update that {name} asks for is overdue"
    return policy.matrix.spell(name) if kind == "matrix" and policy.matrix is not None else source


def _time_out(policy: Policy, tier: Tier, escalation: Escalation, now: datetime) -> Reason | None:
    """The tier's time-out with its proof; None when it has none or is the last tier."""
    if tier.timeout is None or _above(policy, tier) is None:
        return None
    due = tier.calendar.add(escalation.entered_at, tier.timeout)
    spent = tier.calendar.spell(tier.calendar.elapsed(escalation.entered_at, now))
    verdict = Verdict(
        holds=due <= now,
        subject="in_tier",
        wanted=f"at least {tier.timeout} (calendar {tier.calendar.name})",
        observed=spent,
        flips_at=due if due > now else None,
    )
    return Reason(source=f"timeout:{tier.id}", text=f"{spent} in {tier.name}", verdict=verdict)


def _highest(
    policy: Policy, findings: Findings, current: Tier | None, waited: Reason | None
) -> tuple[Tier | None, str]:
    """The highest tier asked for and the source that asks; the first of equals, in the order of the policy."""
    target, because = current, ""
    if current is not None and waited is not None and waited.verdict is not None and waited.verdict.holds:
        target, because = _above(policy, current), waited.source
    for wish in findings.wishes:
        wanted = policy.tier(wish.tier)
        if wanted is not None and (target is None or wanted.rank > target.rank):
            target, because = wanted, wish.reason.source
    return target, because


def _entered(policy: Policy, tier: Tier, because: str, facts: Facts, *, keep: bool) -> Escalation:
    """Entry into a tier now; `keep` continues the climb that the ledger knows, else a new episode begins."""
    before = facts.ledger.escalation if keep else None
    steps = () if before is None else before.steps
    return Escalation(
        tier=tier.id,
        entered_at=facts.now,
        because=because,
        since=facts.now if before is None else before.since,
        episode=facts.ledger.episodes + 1 if before is None else before.episode,
        policy=policy.hash,
        steps=(*steps, TierStep(tier.id, facts.now, because)),
    )


def _next_time_out(policy: Policy, tier: Tier, escalation: Escalation) -> tuple[Turn, ...]:
    if tier.timeout is None or _above(policy, tier) is None:
        return ()
    return (Turn(tier.calendar.add(escalation.entered_at, tier.timeout), f"{tier.name} times out"),)


def _lost(escalation: Escalation | None) -> tuple[Reason, ...]:
    if escalation is None:
        return ()
    return (Reason(source=f"tier:{escalation.tier}", text=f"the policy has no tier {escalation.tier!r} any more"),)


def _above(policy: Policy, tier: Tier) -> Tier | None:
    return next((other for other in policy.tiers if other.rank == tier.rank + 1), None)
