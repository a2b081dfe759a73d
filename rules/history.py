"""History: for which stretches of a ticket's past a condition held. Pure; exact as far as the past was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from rules.conditions.base import Condition
from rules.facts import Facts

#: A condition that turns more often than this between two moments of the ticket is read at its first turns only.
_MOST_TURNS = 10_000


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """From `start` (included) to `end` (excluded), UTC, the condition did or did not hold."""

    start: datetime
    end: datetime
    holds: bool


def stretches(condition: Condition, facts: Facts, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """When a condition held between two instants, as stretches that touch and alternate.

    The condition is asked again at every instant at which its answer could have changed: where the ticket's state, its
    comments or its tier changed, and where time alone turned it.

    Args:
        condition: What is asked.
        facts: The facts of now; the past is read from the ticket's timeline.
        start: Begin of the look back (UTC).
        end: Its end (UTC), not after the instant of the facts.

    Returns:
        Nothing when `end` is not after `start`.
    """
    found: list[Stretch] = []
    for begin, stop, holds in _pieces(condition, facts, start, end):
        if found and found[-1].holds is holds:
            found[-1] = Stretch(found[-1].start, stop, holds)
        else:
            found.append(Stretch(begin, stop, holds))
    return tuple(found)


def held_since(condition: Condition, facts: Facts) -> datetime | None:
    """Since when the condition has held without a break, up to the instant of the facts; None when it does not hold.

    A condition that holds at the ticket's creation holds since then.
    """
    if not condition.evaluate(facts).holds:
        return None
    since = facts.now
    # Backwards, so that a long past is read only as far as the condition has held.
    for begin, stop in reversed(_calm(facts, facts.ticket.created_at, facts.now)):
        for start, _, holds in reversed(list(_between(condition, facts, begin, stop))):
            if not holds:
                return since
            since = start
    return since


def _pieces(
    condition: Condition, facts: Facts, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool]]:
    for begin, stop in _calm(facts, start, end):
        yield from _between(condition, facts, begin, stop)


def _calm(facts: Facts, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The times between two changes of the ticket."""
    turns = [at for at in _turns(facts) if start < at < end]
    return list(zip([start, *turns], [*turns, end], strict=True))


def _between(
    condition: Condition, facts: Facts, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool]]:
    """Pieces of a time in which the ticket did not change: time alone turns the answer."""
    at = start
    for _ in range(_MOST_TURNS):
        if at >= end:
            break
        verdict = condition.evaluate(facts.as_of(at))
        until = end if verdict.flips_at is None else min(max(verdict.flips_at, at), end)
        until = end if until <= at else until
        yield at, until, verdict.holds
        at = until


def _turns(facts: Facts) -> list[datetime]:
    """Every instant at which the ticket itself changed, in order, each once."""
    ticket, escalation = facts.ticket, facts.ledger.escalation
    turns = {moment.at for moment in ticket.timeline.moments}
    turns |= {comment.at for comment in ticket.comments}
    for step in () if escalation is None else escalation.steps:
        turns |= {step.at} if step.acknowledged_at is None else {step.at, step.acknowledged_at}
    for linked in facts.linked:
        turns |= {linked.created_at, *(moment.at for moment in linked.timeline.moments)}
    return sorted(turns)
