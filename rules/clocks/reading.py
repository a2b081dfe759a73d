"""Reading: one service-level clock at the instant of the facts. Pure and exact as far as the past was seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.calendar import BusinessCalendar
from rules.clocks.clock import ClockReading, ClockState, Point
from rules.clocks.cycles import run_of
from rules.clocks.judging import Judgement, can_apply, judge
from rules.clocks.pauses import Pauses, pauses_of
from rules.facts import Facts
from rules.sla import EarlyWarning, SlaTarget, StartBasis


def read_clock(target: SlaTarget, facts: Facts) -> ClockReading | None:
    """Read one clock at the instant of the facts, whatever the target's `when` says.

    The answer tells of the clock's current cycle, or of its last one, and in how many cycles it was ever late.

    Returns:
        The reading with instants in UTC; None when the clock has not started, or when the target names no time for
        the ticket's priority.
    """
    if not can_apply(target, facts):
        return None
    run = run_of(target, facts)
    if run is None:
        return None
    cycles = run.cycles
    pauses = pauses_of(target, facts, cycles[0].start, run.solved)
    judged = judge(target, cycles[-1], pauses.stops, facts)
    if judged is None:
        return None
    misses = int(judged.late)
    if len(cycles) > 1:
        earlier = (judge(target, cycle, pauses.stops, facts) for cycle in cycles[:-1])
        misses += sum(each is not None and each.late for each in earlier)
    return _reading(target, facts, judged, pauses, misses)


def _reading(target: SlaTarget, facts: Facts, judged: Judgement, pauses: Pauses, misses: int) -> ClockReading:
    warnings = tuple([_warned_at(target.calendar, warning, judged) for warning in target.warnings])
    state = _state(judged, warnings)
    steps = _steps(target, judged, state)
    paused = judged.paused
    used = judged.open - paused
    return ClockReading(
        target=target.id,
        metric=target.metric,
        state=state,
        started_at=judged.origin,
        due_at=judged.due.at,
        stopped_at=judged.cycle.stop,
        allowed=judged.allowed,
        elapsed=used,
        remaining=judged.open_time - used,
        paused=paused,
        stops=judged.stops,
        exhausted=pauses.exhausted and judged.cycle.stop is None,
        warnings=warnings,
        steps=steps,
        misses=misses,
        pieces=judged.pieces if len(judged.pieces) > 1 else (),
        assumed_until=_assumed_until(target, facts, judged.cycle.start),
        next_at=_next(facts.now, judged, pauses, (*warnings, judged.due, *steps)),
    )


def _state(judged: Judgement, warnings: tuple[Point, ...]) -> ClockState:
    if judged.cycle.stop is not None:
        return ClockState.MISSED if judged.late else ClockState.MET
    if judged.breached:
        return ClockState.BREACHED
    if judged.standing:
        return ClockState.PAUSED
    for warning in warnings:
        if warning.reached:
            return ClockState.WARNING
    return ClockState.RUNNING


def _steps(target: SlaTarget, judged: Judgement, state: ClockState) -> tuple[Point, ...]:
    """The points of the breach ladder, for a clock that is or was late."""
    if state not in {ClockState.BREACHED, ClockState.MISSED}:
        return ()
    points = [judged.after_due(step.after) for step in target.breaches]
    # Late under a target that applied before: the due instant of today may lie ahead all the same.
    return tuple(
        Point(point.at, True) if step.after is None else point
        for step, point in zip(target.breaches, points, strict=True)
    )


def _next(now: datetime, judged: Judgement, pauses: Pauses, points: Iterable[Point]) -> datetime | None:
    """When the reading changes next if nobody does anything; None when it has stopped or said all."""
    if judged.cycle.stop is not None:
        return None
    ahead = [] if judged.standing else [point.at for point in points if point.at > now]
    if pauses.turns_at is not None and pauses.turns_at > now:
        ahead.append(pauses.turns_at)
    return min(ahead, default=None)


def _warned_at(calendar: BusinessCalendar, warning: EarlyWarning, judged: Judgement) -> Point:
    """The instant of a warning, to the second; not before the start."""
    if warning.before is not None:
        base = calendar.subtract(judged.base, warning.before)
    else:
        used = int(judged.open_time.total_seconds() * (warning.share or 0))
        base = calendar.advance(judged.origin, timedelta(seconds=used))
    return judged.moved(max(base, judged.origin))


def _assumed_until(target: SlaTarget, facts: Facts, start: datetime) -> datetime | None:
    """Until when the reading rests on what the ticket was like at first sight; None when all of it was seen."""
    known = facts.ticket.timeline.assumed_until
    if known is None or start >= known:
        return None
    reads_past = (
        target.pause is not None
        or len(set(target.targets.values())) > 1
        or target.start.basis in {StartBasis.ASSIGNED, StartBasis.CONDITION}
    )
    return known if reads_past else None
