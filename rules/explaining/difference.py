"""Difference: what sets two decisions about one ticket apart, for whoever looks at the ticket. Texts do not count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.clocks.clock import ClockReading, ClockState
from rules.decision import Decision
from rules.escalation.case import Case
from rules.policy import Policy
from rules.sla import SlaTarget
from rules.words import minute


def essence(decision: Decision) -> Any:
    """All of a decision that a person would call another answer; lengths of time in words are left out."""
    desired, case = decision.desired, decision.case
    work = desired.remediation
    return (
        decision.escalation,
        (desired.tags, desired.priority, desired.priority_floor, desired.group, desired.assignee, desired.status),
        desired.fields,
        {note.key for note in desired.notes} | {notice.key for notice in desired.notices},
        {(note.key, note.essence) for note in desired.kept},
        {item.key for item in desired.work} | {item.key for item in desired.done},
        None if work is None else frozenset(work.items),
        desired.record is not None,
        {(reading.target, reading.state, _reached(reading)) for reading in decision.clocks},
        frozenset(reason.source for reason in decision.reasons),
        None if case is None else (case.stage, case.missing, tuple(clock.state(case.at) for clock in case.clocks)),
    )


def differences(before: Decision, after: Decision, policy: Policy) -> tuple[str, ...]:
    """What changed from one decision to a later one, in sentences without their full stop; the cause comes first.

    Args:
        before: The earlier one.
        after: The later one, about the same ticket by the same policy.
        policy: That policy.
    """
    return tuple(dict.fromkeys((*_clocks(before, after, policy), *_reasons(before, after), *_standing(before, after))))


def _clocks(before: Decision, after: Decision, policy: Policy) -> Iterator[str]:
    targets = {target.id: target for target in policy.sla}
    known = {reading.target: reading for reading in before.clocks}
    for reading in after.clocks:
        was, target = known.pop(reading.target, None), targets[reading.target]
        if was is None or was.started_at != reading.started_at:
            yield f"clock {reading.target} starts, due {minute(reading.due_at)}"
        elif (was.state, _reached(was)) != (reading.state, _reached(reading)):
            yield f"clock {reading.target} {_turned(target, was, reading)}"
    yield from (f"clock {name} does not apply any more" for name in known)


def _turned(target: SlaTarget, was: ClockReading, now: ClockReading) -> str:
    """What a clock says now that it did not say before."""
    passed = [
        str(warning)
        for warning, then, point in zip(target.warnings, was.warnings, now.warnings, strict=True)
        if point.reached and not then.reached
    ]
    if now.state is ClockState.BREACHED and was.state is not ClockState.BREACHED:
        return "is due, and nobody has met it"
    if now.state is ClockState.BREACHED:
        late = [str(step) for step, point in zip(target.breaches, now.steps, strict=False) if point.reached]
        return f"is late: {late[-1]}" if late else "is late"
    if now.state is ClockState.PAUSED:
        return "stands still"
    if was.state is ClockState.PAUSED:
        return "goes on"
    return f"passes {' and '.join(passed)}" if passed else f"is {now.state}"


def _reached(reading: ClockReading) -> tuple[int, int]:
    """How many warnings and steps have come."""
    return sum(one.reached for one in reading.warnings), sum(one.reached for one in reading.steps)


def _reasons(before: Decision, after: Decision) -> Iterator[str]:
    earlier, later = _holding(before), _holding(after)
    yield from (f"{source} begins to hold: {text}" for source, text in later.items() if source not in earlier)
    yield from (f"{source} holds no more: {text}" for source, text in earlier.items() if source not in later)


def _holding(decision: Decision) -> dict[str, str]:
    """What holds, with its words; the tier, its clocks and the case are told in words of their own."""
    told = ("tier", "sla", "case")
    return {one.source: one.text for one in decision.reasons if one.source.partition(":")[0] not in told}


def _standing(before: Decision, after: Decision) -> Iterator[str]:
    was, now = before.escalation, after.escalation
    if now is not None and (was is None or (was.tier, was.entered_at) != (now.tier, now.entered_at)):
        yield f"the ticket enters {now.tier}{'' if was is None else f', after {was.tier}'} ({now.because})"
    elif was is not None and now is None:
        yield f"the ticket leaves {was.tier}"
    elif was is not None and now is not None and was.acknowledged_at != now.acknowledged_at:
        yield f"{now.tier} counts as acknowledged"
    if before.case is not None and after.case is not None:
        if before.case.stage is not after.case.stage:
            yield f"the escalation comes to the stage {after.case.stage}"
        yield from _owed(before.case, after.case)


def _owed(before: Case, after: Case) -> Iterator[str]:
    """Clocks of the escalation as people conduct it."""
    states = {clock.key: clock.state(before.at) for clock in before.clocks}
    for clock in after.clocks:
        state = clock.state(after.at)
        if states.get(clock.key) is not state:
            yield f"the clock of the escalation to {clock.what} is {state}"
