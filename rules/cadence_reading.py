"""Reading: one cadence at one instant: the colour, by when the next update is due, and which chase step is earned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from rules.cadence import Cadence, ChaseStep, Colour
from rules.cadence_past import Cycle, colour_at, current_cycle
from rules.facts import Facts
from rules.verdict import Verdict


class Chase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The highest step that a late update has earned by now: after a break only this one is said."""

    #: 1 for the first step; repeats of the last one count on.
    number: int
    step: ChaseStep
    #: When it was earned (UTC).
    at: datetime


class CadenceReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cadence, read at the instant of the facts (UTC)."""

    cadence: Cadence
    #: None when the cadence does not run.
    colour: Colour | None
    cycle: Cycle | None
    chase: Chase | None
    #: Tiers that the earned steps ask for.
    tiers: tuple[str, ...]
    text: str
    #: The proof: holds when the update is overdue.
    verdict: Verdict


def read_cadence(cadence: Cadence, facts: Facts, after: datetime | None = None) -> CadenceReading:
    """Read one cadence.

    Args:
        cadence: The cadence.
        facts: The facts as of their own instant (`Facts.as_of`): the colours of the past are read in the same way.
        after: What was earned by this instant (UTC) is past; None = nothing is.
    """
    applies = cadence.when.evaluate(facts)
    colour = colour_at(cadence, facts) if applies.holds else None
    cycle = None if colour is None else current_cycle(cadence, facts)
    if colour is None or cycle is None:
        return _idle(cadence, facts, applies)
    late = tuple(_late(cadence, cycle))
    earned = [chase for at, chase in late if at <= facts.now and (after is None or at > after)]
    turns = [*_turns(cadence, facts, applies), cycle.due_at, *(at for at, _ in late)]
    return CadenceReading(
        cadence=cadence,
        colour=colour,
        cycle=cycle,
        chase=max(earned, key=lambda chase: chase.number, default=None),
        tiers=tuple(chase.step.escalate_to for chase in earned if chase.step.escalate_to is not None),
        text=_text(colour, cycle, facts.now),
        verdict=_verdict(applies, colour, cycle, facts.now, min((at for at in turns if at > facts.now), default=None)),
    )


def _late(cadence: Cadence, cycle: Cycle) -> Iterator[tuple[datetime, Chase]]:
    """Every step with the instant at which it is earned."""
    at, number = cycle.due_at, 0
    for step in cadence.chase:
        at, number = cadence.calendar.add(cycle.due_at, step.after), number + 1
        yield at, Chase(number=number, step=step, at=at)
    if cadence.repeat is not None and cadence.chase:
        for count in range(1, cadence.repeat.max + 1):
            again = cadence.calendar.add(at, cadence.repeat.every.times(count))
            yield again, Chase(number=number + count, step=cadence.chase[-1], at=again)


def _turns(cadence: Cadence, facts: Facts, applies: Verdict) -> Iterator[datetime]:
    """When the colour could change by itself, the end of the cadence included."""
    for verdict in (applies, *(one.when.evaluate(facts) for one in cadence.colours if one.when is not None)):
        if verdict.flips_at is not None:
            yield verdict.flips_at


def _idle(cadence: Cadence, facts: Facts, applies: Verdict) -> CadenceReading:
    if applies.holds:
        turns = [at for at in _turns(cadence, facts, applies) if at > facts.now]
        text, observed, flips = f"{cadence.id}: no colour holds", "no colour holds", min(turns, default=None)
        seen = Verdict(holds=False, subject="colour", wanted=f"one of {_names(cadence)}", observed=observed)
        verdict = _both(applies, seen, flips)
    else:
        text, verdict = f"{cadence.id} does not apply", applies
    return CadenceReading(cadence=cadence, colour=None, cycle=None, chase=None, tiers=(), text=text, verdict=verdict)


def _verdict(applies: Verdict, colour: Colour, cycle: Cycle, now: datetime, flips_at: datetime | None) -> Verdict:
    since = "the last update" if cycle.update is not None and cycle.update.at == cycle.start else "its begin"
    refused = "" if cycle.refused is None else f"; the comment of {_minute(cycle.refused.comment.at)} does not count"
    late = Verdict(
        holds=cycle.due_at <= now,
        subject=colour.name,
        wanted=f"no update by {_minute(cycle.due_at)} (every {colour.every})",
        observed=f"{since} was {_minute(cycle.start)}{refused}",
    )
    return _both(applies, late, flips_at)


def _both(applies: Verdict, late: Verdict, flips_at: datetime | None) -> Verdict:
    return Verdict(
        holds=late.holds,
        subject="all",
        wanted="all of these",
        observed=f"{1 + late.holds} of 2 hold",
        flips_at=flips_at,
        children=(applies, late),
    )


def _text(colour: Colour, cycle: Cycle, now: datetime) -> str:
    verb = "was" if cycle.due_at <= now else "is"
    return f"{colour.name}: the next update {verb} due by {_minute(cycle.due_at)}"


def _names(cadence: Cadence) -> str:
    return ", ".join(colour.name for colour in cadence.colours)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
