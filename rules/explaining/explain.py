"""Explain: a ticket as it is known, and an instant → the explanation. Pure; asks and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.decision import Decision, Reason
from rules.escalation.case_json import case_json
from rules.explain import describe
from rules.explaining.ahead import Moment, ahead, decided, planned
from rules.explaining.clock_story import ClockStory, story_of
from rules.explaining.difference import differences, essence
from rules.explaining.explanation import Asked, Explanation, Happened, Kept, Lost, Next, Stands, Tense, Written
from rules.explaining.proof import missed, proof_of
from rules.ladder import spell_source
from rules.plan import Plan
from rules.policy import Policy
from rules.testing.surroundings import Surroundings
from rules.words import minute, words

#: So many instants are looked at for the next change; a ticket with more idle ones is a policy that never rests.
MOST_LOOKS = 300


def explain(policy: Policy, known: Surroundings, now: datetime, at: datetime | None = None) -> Explanation:
    """Explain a ticket.

    Args:
        policy: What decides on it.
        known: The ticket and what is around it, as they are now.
        now: The present (UTC).
        at: The instant to explain (UTC): a past one as far as the past is known, a future one assuming that nobody
            acts. None = now.

    Raises:
        ValueError: the ticket was not there yet at that instant.
    """
    instant = now if at is None else at
    if instant < known.ticket.created_at:
        raise ValueError(f"there was no {known.ticket.ref} yet: it was created at {minute(known.ticket.created_at)}")
    if instant > now:
        return _future(policy, known, now, instant)
    past = instant < now
    known = _as_of(policy, known, now, instant) if past else known
    decision = decided(policy, known, instant, proof=True)
    todo = planned(policy, known, decision)
    return _explanation(
        policy, known, decision, todo, Tense.PAST if past else Tense.PRESENT, unknown=_unknown(known, now, instant)
    )


def _future(policy: Policy, known: Surroundings, now: datetime, instant: datetime) -> Explanation:
    """Let time pass up to the instant, with everything written that follows."""
    moments: list[Moment] = []
    for moment in ahead(policy, known, now):
        if moment.at > instant:
            break
        moments.append(moment)
    happened = [_happened(before, after, policy) for before, after in pairwise(moments) if _changes(before, after)]
    first = [Happened(at=now, because=(), writes=_writes(moments[0].plans))] if _writes(moments[0].plans) else []
    known = moments[-1].known
    decision = decided(policy, known, instant, proof=True)
    return _explanation(
        policy,
        known,
        decision,
        planned(policy, known, decision),
        Tense.FUTURE,
        until_then=(*first, *happened),
        unknown=("what people and helpdesks will do until then: this is what follows if nobody acts",),
    )


def _explanation(
    policy: Policy,
    known: Surroundings,
    decision: Decision,
    todo: Plan,
    tense: Tense,
    *,
    until_then: tuple[Happened, ...] = (),
    unknown: tuple[str, ...] = (),
) -> Explanation:
    ticket = known.ticket
    wants = {rule.id: rule.escalate_to for rule in policy.rules}
    asked = [_asked(reason, wants) for reason in decision.considered]
    return Explanation(
        ticket=str(ticket.ref),
        key=ticket.key,
        url=ticket.url,
        subject=ticket.subject,
        status=str(ticket.status),
        priority=None if ticket.priority is None else str(ticket.priority),
        at=decision.at,
        tense=tense,
        policy=decision.policy,
        stands=_stands(policy, decision),
        writes=() if tense is Tense.PAST else _writes([todo]),
        kept_back=() if tense is Tense.PAST else tuple(Kept(what=one.what, why=one.why) for one in todo.skipped),
        holds=tuple(one for one in asked if one.holds),
        not_held=tuple(one for one in asked if not one.holds),
        clocks=_clocks(policy, decision),
        lost=tuple(
            Lost(what=one.what, wanted=words(one.wanted), by=one.by, winner=one.winner, because=one.because)
            for one in decision.overruled
        ),
        case=None if decision.case is None else case_json(decision.case),
        until_then=until_then,
        next=next_change(policy, known, decision.at),
        unknown=unknown,
    )


def next_change(policy: Policy, known: Surroundings, now: datetime) -> Next:
    """The next change if nobody acts and what is due now is written: instants at which nothing changes are passed over.

    Args:
        policy: What decides on the ticket.
        known: How things stand.
        now: From when on (UTC).
    """
    moments = ahead(policy, known, now)
    first = last = next(moments)
    looks = 0
    for moment in moments:
        if _changes(first, moment):
            happened = _happened(first, moment, policy)
            return Next(at=moment.at, because=happened.because, writes=happened.writes, looked_at=looks)
        looks += 1
        if looks >= MOST_LOOKS:
            because = (f"nothing changes until {minute(moment.at)}, and no further ahead was looked",)
            return Next(at=moment.at, because=because, looked_at=looks, certain=False)
        last = moment
    return Next(at=None, because=(last.rests.wake_because,), looked_at=looks)


def _changes(before: Moment, after: Moment) -> bool:
    return any(todo.changes for todo in after.plans) or essence(before.decision) != essence(after.decision)


def _happened(before: Moment, after: Moment, policy: Policy) -> Happened:
    told = differences(before.decision, after.decision, policy)
    because = told or (before.rests.wake_because,)
    return Happened(at=after.at, because=because, writes=_writes(after.plans))


def _writes(plans: Iterable[Plan]) -> tuple[Written, ...]:
    return tuple(Written(what=describe(change), because=change.because) for todo in plans for change in todo.changes)


def _asked(reason: Reason, wants: dict[str, str | None]) -> Asked:
    verdict, kind, name = reason.verdict, *reason.source.partition(":")[::2]
    return Asked(
        source=reason.source,
        text=reason.text,
        holds=verdict is None or verdict.holds,
        wants_tier=wants.get(name) if kind == "rule" else None,
        failed=None if verdict is None else missed(verdict),
        proof=None if verdict is None else proof_of(verdict),
    )


def _stands(policy: Policy, decision: Decision) -> Stands | None:
    escalation = decision.escalation
    if escalation is None:
        return None
    tier = policy.tier(escalation.tier)
    return Stands(
        tier=escalation.tier,
        name=escalation.tier if tier is None else tier.name,
        path=escalation.path,
        entered_at=escalation.entered_at,
        because=escalation.because,
        told=spell_source(policy, escalation.because),
        acknowledged_at=escalation.acknowledged_at,
    )


def _clocks(policy: Policy, decision: Decision) -> tuple[ClockStory, ...]:
    targets = {target.id: target for target in policy.sla}
    return tuple(story_of(targets[reading.target], reading, decision.at) for reading in decision.clocks)


def _as_of(policy: Policy, known: Surroundings, now: datetime, instant: datetime) -> Surroundings:
    """The ticket, its links and its record as they were; the rest is as it is now."""
    present = facts_for(
        policy, known.ticket, known.account, known.summary, known.ledger, now, known.linked, known.around
    )
    then = present.as_of(instant)
    return replace(known, ticket=then.ticket, ledger=then.ledger, linked=tuple(then.linked), around=then.around)


def _unknown(known: Surroundings, now: datetime, instant: datetime) -> tuple[str, ...]:
    """What is not known of an instant."""
    found: list[str] = []
    timeline = known.ticket.timeline
    if timeline.assumed_until is not None and instant < timeline.assumed_until:
        found.append(
            f"what people changed before {minute(timeline.assumed_until)}: the ticket is taken as it was found then"
        )
    if not known.ticket.comments_complete:
        found.append("comments that were written before the oldest one that is kept")
    if instant < now:
        found += _as_today(known)
    return tuple(found)


def _as_today(known: Surroundings) -> Sequence[str]:
    """What has no past here."""
    found = ["the rules of then: the policy that decides now is asked"]
    if known.account is not None or known.summary is not None:
        found.append("the account of then: its fields and its other tickets are taken as they are now")
    if known.ticket.links or known.ticket.children:
        found.append("links and work below the ticket of then: they are taken as they are now")
    return found
