"""Cycles: from when to when a service-level clock runs. Most run once; some run anew after each answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum

import msgspec

from rules.clocks.clock import Stop
from rules.clocks.past import first_assigned_at, solved_stops
from rules.facts import Facts
from rules.history import stretches
from rules.responses import CUSTOMER_REPLY, OPENING, RESPONSE
from rules.sla import Metric, SlaTarget, StartBasis
from rules.ticket import Side


class _Turn(IntEnum):
    """What happens to a clock that repeats, in the order of things that happen at one instant."""

    SOLVED = 0
    ASKED = 1
    ANSWERED = 2
    REOPENED = 3


class Cycle(msgspec.Struct, frozen=True, gc=False):
    """One run of a clock (UTC); `stop` None = it runs."""

    start: datetime
    stop: datetime | None


class Run(msgspec.Struct, frozen=True, gc=False):
    """All runs of one clock on one ticket, oldest first, and the times in between in which the ticket was solved."""

    cycles: tuple[Cycle, ...]
    solved: tuple[Stop, ...]


def run_of(target: SlaTarget, facts: Facts) -> Run | None:
    """The cycles of a clock up to the instant of the facts; None when it has not started.

    Time while the ticket is solved never counts: it stops a clock that waits for the solution or for an answer, a
    reopened ticket's clock goes on where it stood, and a clock that repeats begins anew. What the customer says on a
    solved ticket starts nothing before somebody reopens it.
    """
    solved = solved_stops(facts)
    match target.metric:
        case Metric.NEXT_RESPONSE:
            cycles = tuple(_next_responses(target, facts, solved))
        case Metric.CUSTOMER_UPDATE | Metric.INTERNAL_UPDATE:
            cycles = tuple(_updates(target, facts, solved))
        case _:
            cycle = _once(target, facts, solved)
            cycles = () if cycle is None else (cycle,)
    return Run(cycles, () if target.metric.repeats else solved) if cycles else None


def began_at(target: SlaTarget, facts: Facts) -> datetime | None:
    """The instant from which the clock may run; None when it has not come."""
    match target.start.basis:
        case StartBasis.ASSIGNED:
            return first_assigned_at(facts)
        case StartBasis.FIRST_COMMENT:
            return next(
                (each.at for each in facts.ticket.comments if not each.ours and each.side is not Side.SYSTEM), None
            )
        case StartBasis.CONDITION if target.start.when is not None:
            past = stretches(target.start.when, facts, facts.ticket.created_at, facts.now)
            held = next((stretch.start for stretch in past if stretch.holds), None)
            return facts.now if held is None and target.start.when.evaluate(facts).holds else held
    return facts.ticket.created_at


def _once(target: SlaTarget, facts: Facts, solved: tuple[Stop, ...]) -> Cycle | None:
    """The one cycle of a clock that does not repeat."""
    closed = solved[-1].start if solved and solved[-1].end is None else None
    if target.metric is Metric.TIER_RESPONSE:
        begin = _entered_at(target, facts)
        stop = None if begin is None else _first_after(target, facts, begin)
    else:
        begin = began_at(target, facts)
        stop = _first_response(target, facts) if target.metric is Metric.FIRST_RESPONSE else None
    stop = closed if stop is None else stop
    if begin is None:
        # Answered before it could start: nothing was ever late.
        return None if stop is None or target.metric is Metric.TIER_RESPONSE else Cycle(stop, stop)
    return Cycle(begin if stop is None else min(begin, stop), stop)


def _first_response(target: SlaTarget, facts: Facts) -> datetime | None:
    if target.until == RESPONSE:
        return facts.silences.first_reply_at
    return _first_after(target, facts, facts.ticket.created_at + OPENING)


def _first_after(target: SlaTarget, facts: Facts, after: datetime) -> datetime | None:
    return next((each.at for each in facts.responses.counted(facts.ticket, target.until) if each.at > after), None)


def _entered_at(target: SlaTarget, facts: Facts) -> datetime | None:
    """When the ticket entered the target's tier in this episode. Climbing on does not take the debt away."""
    escalation = facts.ledger.escalation
    if escalation is None:
        return None
    step = next((step.at for step in escalation.steps if step.tier == target.tier), None)
    return escalation.entered_at if step is None and escalation.tier == target.tier else step


def _next_responses(target: SlaTarget, facts: Facts, solved: tuple[Stop, ...]) -> Iterator[Cycle]:
    ticket = facts.ticket
    opened = ticket.created_at + OPENING
    answers = [each.at for each in facts.responses.counted(ticket, target.until) if each.at > opened]
    events = [(at, _Turn.ANSWERED) for at in answers] + [(stop.start, _Turn.SOLVED) for stop in solved]
    for reply in facts.responses.counted(ticket, CUSTOMER_REPLY):
        heard = _heard_at(reply.at, solved)
        if heard is not None and not any(reply.at < at <= heard for at in answers):
            events.append((heard, _Turn.ASKED))
    waiting: datetime | None = None
    answered = False
    for at, turn in sorted(events):
        if turn is _Turn.ASKED:
            waiting = (waiting or at) if answered else None
            continue
        if waiting is not None:
            yield Cycle(waiting, at)
        waiting = None
        answered = answered or turn is _Turn.ANSWERED
    if waiting is not None:
        yield Cycle(waiting, None)


def _heard_at(at: datetime, solved: tuple[Stop, ...]) -> datetime | None:
    """When somebody owes an answer to a reply: at once, or when the solved ticket is reopened; None = not yet."""
    within = next((stop for stop in solved if stop.start <= at and (stop.end is None or at < stop.end)), None)
    return at if within is None else within.end


def _updates(target: SlaTarget, facts: Facts, solved: tuple[Stop, ...]) -> Iterator[Cycle]:
    begin = began_at(target, facts)
    if begin is None:
        return
    events = [(each.at, _Turn.ANSWERED) for each in facts.responses.counted(facts.ticket, target.until)]
    events += [(stop.start, _Turn.SOLVED) for stop in solved]
    events += [(stop.end, _Turn.REOPENED) for stop in solved if stop.end is not None]
    since: datetime | None = None if any(_covers(stop, begin) for stop in solved) else begin
    for at, turn in sorted(event for event in events if event[0] > begin):
        if since is not None and turn is not _Turn.REOPENED:
            yield Cycle(since, at)
        since = at if turn is _Turn.REOPENED or (turn is _Turn.ANSWERED and since is not None) else None
    if since is not None:
        yield Cycle(since, None)


def _covers(stop: Stop, at: datetime) -> bool:
    return stop.start <= at and (stop.end is None or at < stop.end)
