"""History: for which stretches of a ticket's past a condition held. Pure; exact as far as the past was seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import msgspec

from rules.conditions.base import Condition
from rules.conditions.of_state import Test, of_state
from rules.facts import Facts, Provenance, spec_of
from rules.ticket import Moment

#: A condition that turns more often than this between two moments of the ticket is read at its first turns only.
_MOST_TURNS = 10_000
#: What depends on anything.
_ANYTHING = frozenset({Provenance.CLOCK, Provenance.CASE})
#: Places whose facts change with the states that people put the ticket through.
_STATES = frozenset({Provenance.TICKET, Provenance.TIMELINE})


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """From `start` (included) to `end` (excluded), UTC, the condition did or did not hold."""

    start: datetime
    end: datetime
    holds: bool


def stretches(condition: Condition, facts: Facts, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """When a condition held between two instants, as stretches that touch and alternate.

    The condition is asked again at every instant at which its answer could have changed: where what it reads changed
    (the ticket's state, its comments, its tier, linked tickets), and where time alone turned it.

    Args:
        condition: What is asked.
        facts: The facts of now; the past is read from the ticket's timeline.
        start: Begin of the look back (UTC).
        end: Its end (UTC), not after the instant of the facts.

    Returns:
        Nothing when `end` is not after `start`.
    """
    found: list[Stretch] = []
    moments, test = facts.ticket.timeline.moments, of_state(condition)
    if moments and test is not None:
        pieces = _past_states(moments, test, start, end)
    else:
        pieces = _pieces(condition, facts, start, end)
    for begin, stop, holds in pieces:
        if found and found[-1].holds is holds:
            found[-1] = Stretch(found[-1].start, stop, holds)
        else:
            found.append(Stretch(begin, stop, holds))
    return tuple(found)


def held_since(condition: Condition, facts: Facts, not_before: datetime | None = None) -> datetime | None:
    """Since when the condition has held without a break, up to the instant of the facts; None when it does not hold.

    Args:
        condition: What is asked.
        facts: The facts of now.
        not_before: What was before this instant (UTC) does not matter: one that has held since then is the answer for
            all that held longer. None, and whatever is before it, means the ticket's creation.
    """
    if not condition.evaluate(facts).holds:
        return None
    created, since = facts.ticket.created_at, facts.now
    first = created if not_before is None else max(created, not_before)
    # Backwards, so that a long past is read only as far as the condition has held.
    for begin, stop in reversed(_calm(condition, facts, first, facts.now)):
        for start, _, holds in reversed(list(_between(condition, facts, begin, stop))):
            if not holds:
                return since
            since = start
    return since


def _pieces(
    condition: Condition, facts: Facts, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool]]:
    for begin, stop in _calm(condition, facts, start, end):
        yield from _between(condition, facts, begin, stop)


def _past_states(
    moments: tuple[Moment, ...], test: Test, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool]]:
    """Whether a condition on the state alone held, from moment to moment."""
    begin, state = start, moments[0].state
    for moment in moments:
        at = moment.at
        if at >= end:
            break
        if at > begin:
            yield begin, at, test(state)
            begin = at
        state = moment.state
    if begin < end:
        yield begin, end, test(state)


def _calm(condition: Condition, facts: Facts, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The times between two changes of what the condition reads."""
    turns = sorted(at for at in _turns(_sources(condition.facts), facts) if start < at < end)
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


@lru_cache(maxsize=4096)
def _sources(names: frozenset[str]) -> frozenset[Provenance]:
    """Where the facts of a condition come from; all places where that is not certain."""
    found: set[Provenance] = set()
    for name in names - {"now"}:
        spec = spec_of(name)
        # What a clock shows, or a person did about an escalation, may depend on anything.
        if spec is None or spec.provenance in _ANYTHING:
            return frozenset(Provenance)
        found.add(spec.provenance)
    return frozenset(found) if names else frozenset(Provenance)


def _promised(facts: Facts) -> set[datetime]:
    """When what was promised on a record is due: from then on it is broken."""
    from rules.escalation.record.reading import read_course  # noqa: PLC0415 - the fold asks conditions itself

    fold = read_course(facts)
    return set() if fold is None else {promise.due_at for promise in fold.course.promises}


def _turns(sources: frozenset[Provenance], facts: Facts) -> set[datetime]:
    """Every instant at which something changed in these places."""
    ticket, escalation = facts.ticket, facts.ledger.escalation
    turns: set[datetime] = set()
    if not sources.isdisjoint(_STATES):
        turns |= {moment.at for moment in ticket.timeline.moments}
    if Provenance.COMMENTS in sources:
        turns |= {comment.at for comment in ticket.comments}
    if Provenance.LEDGER in sources and escalation is not None:
        turns |= {at for step in escalation.steps for at in (step.at, step.acknowledged_at) if at is not None}
    if Provenance.RECORD in sources:
        for one in (ticket, *facts.around.members):
            turns |= {one.created_at, *(moment.at for moment in one.timeline.moments)}
            turns |= {comment.at for comment in one.comments if comment.commands}
        turns |= _promised(facts)
    if Provenance.LINKS in sources:
        for linked in facts.linked:
            turns |= {linked.created_at, *(moment.at for moment in linked.timeline.moments)}
    return turns
