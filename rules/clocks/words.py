"""What a clock says, in sentences: for explanations, journals and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from rules.clocks.clock import ClockReading, ClockState, Point
from rules.clocks.pauses import stood_still
from rules.sla import BreachStep, EarlyWarning, Metric, SlaTarget
from rules.words import minute

Step = TypeVar("Step", BreachStep, EarlyWarning)

_AWAITED = {
    Metric.FIRST_RESPONSE: "an agent's first public answer",
    Metric.NEXT_RESPONSE: "the answer to the customer's reply",
    Metric.CUSTOMER_UPDATE: "the next word to the customer",
    Metric.INTERNAL_UPDATE: "the next internal update",
    Metric.RESOLUTION: "the solution",
}


def awaited(target: SlaTarget) -> str:
    """What stops the clock, in words."""
    return _AWAITED.get(target.metric) or f"a response after the entry into {target.tier}"


def clock_text(target: SlaTarget, reading: ClockReading) -> str:
    """The reading in one line; the same line for as long as nothing but time passes."""
    return "; ".join([f"{target.id}: {_standing(target, reading)}", *_more(target, reading)])


def step_key(reading: ClockReading, step: str) -> str:
    """The key under which one step of one cycle is said once."""
    return f"sla:{reading.target}:{reading.started_at.isoformat()}:{step.replace(' ', '-')}"


def _standing(target: SlaTarget, reading: ClockReading) -> str:
    what = awaited(target)
    match reading.state:
        case ClockState.PAUSED:
            left = target.calendar.spell(reading.remaining)
            return f"paused since {minute(reading.stops[-1].start)}, with {left} left for {what}"
        case ClockState.MET | ClockState.MISSED | ClockState.BREACHED:
            return f"{what} was due by {minute(reading.due_at)}"
    return f"{what} is due by {minute(reading.due_at)}"


def _more(target: SlaTarget, reading: ClockReading) -> Iterator[str]:
    for before, after in zip(reading.pieces, reading.pieces[1:], strict=False):
        if before.allowed != after.allowed:
            calendar = target.calendar
            used = calendar.elapsed(reading.started_at, after.start)
            used -= stood_still(calendar, reading.stops, reading.started_at, after.start)
            kept = f": {calendar.spell(used)} were used up" if reading.started_at < after.start else ", counted anew"
            yield f"the target was {before.allowed} until {minute(after.start)}, then {after.allowed}{kept}"
    if reading.exhausted:
        yield "it would be paused, but the limit of its pauses is used up"
    earlier = reading.misses - (reading.state in {ClockState.BREACHED, ClockState.MISSED})
    if earlier:
        yield f"late {earlier} {'time' if earlier == 1 else 'times'} before"
    if reading.assumed_until is not None:
        yield f"what was before {minute(reading.assumed_until)} is not known and taken as it was found then"


def come(steps: tuple[Step, ...], points: tuple[Point, ...]) -> list[Step]:
    """Those of a clock's warnings or breach steps that have come, in the order of their instants."""
    pairs = [(point.at, index) for index, point in enumerate(points) if point.reached]
    if len(pairs) > 1:
        pairs.sort()
    return [steps[index] for _, index in pairs]
