"""decide: what should be true of a ticket now, why, and when that could change by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec

from rules.clocks.book import facts_for
from rules.clocks.clock import ClockReading
from rules.compile.compiled import compiled_rules
from rules.conflicts import Settled
from rules.decision import NOTHING_DESIRED, Decision, Desired, DesiredNotice, Reason
from rules.escalation.case import Case
from rules.escalation.case_reading import case_so_far as case_of
from rules.escalation.case_wishes import heard, left_behind
from rules.escalation.conduct import with_case
from rules.escalation.record.desire import with_account
from rules.escalation.standing import ALONE, Around
from rules.facts import OWN_STATE, Facts
from rules.findings import Findings, Turn, find
from rules.ladder import Standing, stand
from rules.ledger import Baseline, Ledger
from rules.notes import Scene, wanted_notes
from rules.notices import notice_turns, wanted_notices
from rules.parts import ASSIGNEE, PRIORITY, STATUS
from rules.picking import Picked, picking_turns, picks
from rules.policy import Policy
from rules.remedy import wanted_remediation
from rules.reminders import ReminderReading, read_reminder
from rules.sla import Metric
from rules.ticket import Account, AccountSummary, Priority, Ticket
from rules.timeline import speaks_next
from rules.wishes import fields_of, group_of, settled_wishes, word_of
from rules.words import minute

_NO_LOAD: Mapping[str, int] = MappingProxyType({})


def decide(  # noqa: PLR0917 - the six things that a decision depends on, in the order of the glossary
    policy: Policy,
    ticket: Ticket,
    account: Account | None,
    summary: AccountSummary | None,
    ledger: Ledger,
    now: datetime,
    *,
    linked: Sequence[Ticket] = (),
    around: Around = ALONE,
    load: Mapping[str, int] = _NO_LOAD,
    proof: bool = True,
    whole: bool = True,
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
        around: The escalation of its account, and what its record is about.
        load: Open tickets by the assignee's id in the ticket's helpdesk, for a policy that `assigns`.
        proof: With False rules and account criteria that do not hold, and clocks that ask for nothing, are not proved
            and missing in `considered`; the answer is the same.
        whole: With False only where the ticket stands is told: its tier, its case and its clocks. What is desired and
            considered, what its account asks for, and `wake_at` are left out; a list costs two thirds of the time.

    Returns:
        The whole answer. While nobody touches anything it stays the same until `wake_at`.
    """
    facts = facts_for(policy, ticket, account, summary, ledger, now, linked, around)
    if (left := left_behind(case_of(facts), ledger, now)) is not None:
        ledger = left
        facts = facts_for(policy, ticket, account, summary, ledger, now, linked, around)
    if not ticket.status.is_open:
        released = _released(policy, facts)
        if not whole:
            return msgspec.structs.replace(released, case=case_of(facts))
        return with_account(with_case(released, case_of(facts), policy, facts, None), policy, facts)
    decision, climb = _decide_open(policy, facts, (), load, proof=proof, whole=whole)
    # A tier that was entered or acknowledged just now can itself be what a rule waits for. Tiers rise, so this ends.
    for _ in range(2 * len(policy.tiers) + 1):
        entered = decision.escalation
        if entered is None or entered == ledger.escalation or not _asks_about_itself(policy):
            break
        ledger = msgspec.structs.replace(ledger, escalation=entered, episodes=decision.episodes)
        facts = facts_for(policy, ticket, account, summary, ledger, now, linked, around)
        again, climb = _decide_open(policy, facts, climb, load, proof=proof, whole=whole)
        if again.escalation is None:
            break
        decision = again
    return _until_spoken(with_account(decision, policy, facts, proof=proof), ticket) if whole else decision


def _until_spoken(decision: Decision, ticket: Ticket) -> Decision:
    """A comment dated ahead counts from its own instant on, so that is one at which the decision could change."""
    speaks = speaks_next(ticket, decision.at)
    if speaks is None or (decision.wake_at is not None and decision.wake_at <= speaks):
        return decision
    return msgspec.structs.replace(decision, wake_at=speaks, wake_because="a comment dated ahead begins to count")


def _decide_open(
    policy: Policy, facts: Facts, climb: tuple[Reason, ...], load: Mapping[str, int], *, proof: bool, whole: bool
) -> tuple[Decision, tuple[Reason, ...]]:
    """One pass, and what led up the ladder in this pass and in those before it (`climb`)."""
    case = case_of(facts)
    findings = heard(find(policy, facts, proof=proof), case, policy, facts)
    standing = stand(policy, facts, findings)
    if not whole:
        return _standing_alone(policy, facts, findings, standing, case), climb
    climb = (*climb, *standing.considered) if standing.moved else climb
    scene = _scene(policy, facts, findings, standing)
    reminders = scene.reminders
    picked = picks(policy, standing.escalation, findings, facts, load, scene.episode)
    settled = settled_wishes(policy, standing.escalation, findings, facts, picked)
    moves = climb or standing.considered
    considered = (*findings.considered, *moves, *(_reminder_reason(read) for read in reminders))
    notices = wanted_notices(scene)
    waits = (*_reminder_turns(reminders), *notice_turns(scene, notices), *picking_turns(picked))
    turn = _first((*findings.turns, *standing.turns, *waits), facts.now)
    decision = Decision(
        ref=facts.ticket.ref,
        at=facts.now,
        policy=policy.hash,
        escalation=standing.escalation,
        episodes=standing.episodes,
        desired=_desired(scene, settled, notices, picked),
        reasons=tuple(reason for reason in considered if reason.verdict is None or reason.verdict.holds),
        considered=considered,
        clocks=tuple(reading for _, reading in findings.clocks),
        wake_at=None if turn is None else turn.at,
        wake_because="nothing can change by itself" if turn is None else turn.because,
        overruled=settled.overruled,
    )
    return with_case(_unheard(decision, facts.ledger, findings), case, policy, facts, scene), climb


def _scene(policy: Policy, facts: Facts, findings: Findings, standing: Standing) -> Scene:
    return Scene(
        policy=policy,
        facts=facts,
        findings=findings,
        escalation=standing.escalation,
        episodes=standing.episodes,
        reminders=tuple(read_reminder(reminder, facts) for reminder in policy.reminders),
    )


def _standing_alone(
    policy: Policy, facts: Facts, findings: Findings, standing: Standing, case: Case | None
) -> Decision:
    """Where the ticket stands, and nothing else."""
    return Decision(
        ref=facts.ticket.ref,
        at=facts.now,
        policy=policy.hash,
        escalation=standing.escalation,
        episodes=standing.episodes,
        desired=NOTHING_DESIRED,
        reasons=(),
        considered=(),
        clocks=tuple(reading for _, reading in findings.clocks),
        wake_at=None,
        wake_because="only where the ticket stands was asked",
        case=case,
    )


def _unheard(decision: Decision, ledger: Ledger, findings: Findings) -> Decision:
    """The decision with what holds and nothing follows from: what is past, and what is in shadow."""
    if ledger.baseline is None and not findings.in_shadow:
        return decision
    still = _still(ledger.baseline, findings.past)
    return msgspec.structs.replace(decision, baseline=still, in_shadow=findings.in_shadow)


def _asks_about_itself(policy: Policy) -> bool:
    if policy.process is not None:
        return True
    conditions = [condition for target in policy.sla for condition in target.conditions]
    conditions += [reminder.when for reminder in policy.reminders]
    conditions += [condition for cadence in policy.cadences for condition in cadence.conditions]
    in_matrix = policy.matrix is not None and bool(policy.matrix.facts & OWN_STATE)
    on_entry = any(target.metric is Metric.TIER_RESPONSE for target in policy.sla)
    in_rules = bool(compiled_rules(policy).facts & OWN_STATE)
    return in_rules or in_matrix or on_entry or any(condition.facts & OWN_STATE for condition in conditions)


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
        desired=NOTHING_DESIRED,
        reasons=(reason,),
        considered=(reason,),
        clocks=_stopped_clocks(policy, facts),
        wake_at=None,
        wake_because=f"the ticket is {status}",
        baseline=_still(facts.ledger.baseline, frozenset()),
    )


def _still(baseline: Baseline | None, past: frozenset[str]) -> Baseline | None:
    """What is left of the baseline: a source that stopped holding is heard when it holds anew."""
    return None if baseline is None else Baseline(at=baseline.at, holding=past)


def _stopped_clocks(policy: Policy, facts: Facts) -> tuple[ClockReading, ...]:
    readings = (facts.clock(target.id) for target in policy.sla)
    return tuple(reading for reading in readings if reading is not None)


def _desired(scene: Scene, settled: Settled, notices: tuple[DesiredNotice, ...], picked: tuple[Picked, ...]) -> Desired:
    escalation, findings = scene.escalation, scene.findings
    if escalation is None and not (settled.won or settled.floor or picked or findings.tags):
        notes = wanted_notes(scene)
        return Desired(notes=notes, notices=notices) if notes or notices else NOTHING_DESIRED
    tier = None if escalation is None else scene.policy.tier(escalation.tier)
    exact, floor = settled.won.get(PRIORITY), settled.floor
    ranked = exact or floor
    group = group_of(settled, scene.policy, tier, scene.facts.ticket)
    return Desired(
        tags=({} if tier is None else {tier.tag: f"tier:{tier.id}"}) | dict(scene.findings.tags),
        priority=None if exact is None else Priority(str(exact.asked.value)),
        priority_floor=None if floor is None else Priority(str(floor.asked.value)),
        priority_because="" if ranked is None else ranked.because,
        group=None if group is None else str(group.asked.value),
        group_because="" if group is None else group.because,
        assignee=word_of(settled, ASSIGNEE),
        assignee_because=settled.won[ASSIGNEE].because if ASSIGNEE in settled.won else "",
        chosen={one.key: one.person for one in picked if one.person is not None},
        status=word_of(settled, STATUS),
        restore_status=STATUS in settled.won and settled.won[STATUS].asked.restore,
        fields=fields_of(settled),
        sources={part: want.by for part, want in settled.won.items()} | ({PRIORITY: ranked.by} if ranked else {}),
        notes=wanted_notes(scene),
        notices=notices,
        remediation=wanted_remediation(scene),
    )


def _reminder_reason(read: ReminderReading) -> Reason:
    text = f"no word to the customer since {minute(read.silent_since)}"
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
