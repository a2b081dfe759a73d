"""decide: what should be true of a ticket now, why, and when that could change by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from rules.clocks import read_clock
from rules.decision import ClockReading, Decision, Desired, Reason
from rules.facts import OWN_STATE, Facts, facts_of
from rules.findings import Findings, Turn, find
from rules.ladder import stand
from rules.ledger import Ledger
from rules.notes import Scene, wanted_notes
from rules.policy import Policy, Tier
from rules.remedy import wanted_remediation
from rules.reminders import ReminderReading, read_reminder
from rules.ticket import Account, AccountSummary, Priority, Ticket


def decide(  # noqa: PLR0917 - the six things that a decision depends on, in the order of the glossary
    policy: Policy,
    ticket: Ticket,
    account: Account | None,
    summary: AccountSummary | None,
    ledger: Ledger,
    now: datetime,
    *,
    linked: Sequence[Ticket] = (),
) -> Decision:
    """Decide about one ticket.

    Args:
        policy: What the admins want.
        ticket: The ticket as it is.
        account: Its customer account, where known.
        summary: What the account's open tickets add up to, where known.
        ledger: What Escalade put on the ticket so far, after `rules.ownership.observe`.
        now: The instant to decide for (UTC).
        linked: The tickets at the other ends of its links, as far as they are known.

    Returns:
        The whole answer. While nobody touches anything it stays the same until `wake_at`.
    """
    if not ticket.status.is_open:
        return _released(policy, facts_of(ticket, account, summary, ledger, now, linked, policy.responses))
    decision = _decide_open(policy, facts_of(ticket, account, summary, ledger, now, linked, policy.responses))
    # A tier that was entered just now can itself be what a rule waits for. Tiers only rise, so this ends.
    for _ in policy.tiers:
        entered = decision.escalation
        if entered is None or entered == ledger.escalation or not _asks_about_itself(policy):
            break
        ledger = msgspec.structs.replace(ledger, escalation=entered, episodes=decision.episodes)
        again = _decide_open(policy, facts_of(ticket, account, summary, ledger, now, linked, policy.responses))
        if again.escalation is None:
            break
        decision = again
    return decision


def _decide_open(policy: Policy, facts: Facts) -> Decision:
    findings = find(policy, facts)
    standing = stand(policy, facts, findings)
    reminders = tuple(read_reminder(reminder, facts) for reminder in policy.reminders)
    scene = Scene(
        policy=policy,
        facts=facts,
        findings=findings,
        escalation=standing.escalation,
        episodes=standing.episodes,
        reminders=reminders,
    )
    considered = (*findings.considered, *standing.considered, *(_reminder_reason(read) for read in reminders))
    turn = _first((*findings.turns, *standing.turns, *_reminder_turns(reminders)), facts.now)
    return Decision(
        ref=facts.ticket.ref,
        at=facts.now,
        policy=policy.hash,
        escalation=standing.escalation,
        episodes=standing.episodes,
        desired=_desired(scene),
        reasons=tuple(reason for reason in considered if reason.verdict is None or reason.verdict.holds),
        considered=considered,
        clocks=tuple(reading for _, reading in findings.clocks),
        wake_at=None if turn is None else turn.at,
        wake_because="nothing can change by itself" if turn is None else turn.because,
    )


def _asks_about_itself(policy: Policy) -> bool:
    conditions = [rule.when for rule in policy.rules]
    conditions += [target.when for target in policy.sla if target.when is not None]
    conditions += [reminder.when for reminder in policy.reminders]
    return any(condition.facts & OWN_STATE for condition in conditions)


def _released(policy: Policy, facts: Facts) -> Decision:
    """Nothing is owed to a ticket that is solved, closed or deleted: all that is ours goes, and nothing wakes it."""
    status = facts.ticket.status
    reason = Reason(source="status", text=f"the ticket is {status}: whatever Escalade put on it is taken back")
    return Decision(
        ref=facts.ticket.ref,
        at=facts.now,
        policy=policy.hash,
        escalation=None,
        episodes=facts.ledger.episodes,
        desired=Desired(),
        reasons=(reason,),
        considered=(reason,),
        clocks=_stopped_clocks(policy, facts),
        wake_at=None,
        wake_because=f"the ticket is {status}",
    )


def _stopped_clocks(policy: Policy, facts: Facts) -> tuple[ClockReading, ...]:
    applying = (target for target in policy.sla if target.when is None or target.when.evaluate(facts).holds)
    readings = (read_clock(target, facts) for target in applying)
    return tuple(reading for reading in readings if reading is not None)


def _desired(scene: Scene) -> Desired:
    escalation, helpdesk = scene.escalation, scene.facts.ticket.ref.helpdesk
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    floor, because = _floor(tier, scene.findings)
    group = None if tier is None else _owner(scene.policy, tier, scene.facts.ticket)
    return Desired(
        tags=({} if tier is None else {tier.tag: f"tier:{tier.id}"}) | dict(scene.findings.tags),
        priority_floor=floor,
        priority_because=because,
        group=group,
        group_because="" if tier is None or group is None else f"{group} owns {tier.name}",
        fields={} if tier is None else tier.fields.get(helpdesk, {}),
        notes=wanted_notes(scene),
        remediation=wanted_remediation(scene),
    )


def _owner(policy: Policy, tier: Tier, ticket: Ticket) -> str | None:
    """The tier's group, unless people already brought the ticket to the group of a higher tier: never hand it down."""
    helpdesk = ticket.ref.helpdesk
    group = tier.groups.get(helpdesk)
    higher = {other.groups.get(helpdesk) for other in policy.tiers if other.rank > tier.rank}
    return None if group is None or (ticket.group != group and ticket.group in higher - {None}) else group


def _floor(tier: Tier | None, findings: Findings) -> tuple[Priority | None, str]:
    """The higher of what the tier and the matrix ask for."""
    if tier is None or tier.priority_floor is None:
        return findings.priority, findings.priority_because
    if findings.priority is not None and findings.priority.rank > tier.priority_floor.rank:
        return findings.priority, findings.priority_because
    return tier.priority_floor, f"{tier.name} wants {tier.priority_floor} at least"


def _reminder_reason(read: ReminderReading) -> Reason:
    text = f"no word to the customer since {read.silent_since:%Y-%m-%d %H:%M} UTC"
    return Reason(source=f"reminder:{read.reminder.id}", text=text, verdict=read.verdict)


def _reminder_turns(reminders: Sequence[ReminderReading]) -> Iterable[Turn]:
    for read in reminders:
        if read.applies.flips_at is not None:
            yield Turn(read.applies.flips_at, f"reminder:{read.reminder.id} could change")
        if read.applies.holds and read.next_at is not None:
            yield Turn(read.next_at, f"reminder:{read.reminder.id} is due")


def _first(turns: Iterable[Turn], now: datetime) -> Turn | None:
    """The next instant at which any answer could change."""
    return min((turn for turn in turns if turn.at > now), key=lambda turn: turn.at, default=None)
