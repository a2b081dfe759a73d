"""Acts: the one note that a clock has to say now. After a time of not looking, only the last of several is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import msgspec

from rules.clocks.clock import ClockReading, ClockState
from rules.clocks.words import awaited, come, step_key
from rules.sla import SlaTarget
from rules.templates import Template
from rules.words import minute

_NO_TIME = timedelta()


class Act(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A note of a clock. `key` names the occasion: one step of one cycle."""

    key: str
    template: Template
    because: str
    context: Mapping[str, object]


def act_of(target: SlaTarget, reading: ClockReading, said: Collection[str]) -> Act | None:
    """What the clock has to say: the last step that has come, or the last warning while it is not late.

    Args:
        target: The clock.
        reading: How it stands.
        said: Keys of everything that was said on the ticket.

    Returns:
        None when nothing has come, also while the clock is paused or met.
    """
    points: list[tuple[str, Template]]
    if reading.state is ClockState.BREACHED:
        points = [
            (f"breach {step}", step.note) for step in come(target.breaches, reading.steps) if step.note is not None
        ]
        because = f"service level {target.id} was breached at {minute(reading.due_at)}"
    elif reading.state is ClockState.WARNING:
        warnings = come(target.warnings, reading.warnings)
        points = [(f"warning {warning}", warning.note) for warning in warnings if warning.note is not None]
        because = f"service level {target.id}: {awaited(target)} is due by {minute(reading.due_at)}"
    else:
        return None
    if not points:
        return None
    step, template = points[-1]
    passed = sum(step_key(reading, earlier) not in said for earlier, _ in points[:-1])
    if passed:
        because += (
            f"; {passed} earlier {'notice was' if passed == 1 else 'notices were'} passed over, nobody looked then"
        )
    return Act(
        key=step_key(reading, step),
        template=template,
        because=because,
        context={
            "clock.id": target.id,
            "clock.target": str(reading.allowed),
            "clock.started_at": reading.started_at,
            "clock.due_at": reading.due_at,
            "clock.step": step,
            "clock.remaining": reading.remaining if reading.remaining > _NO_TIME else None,
            "reason": because,
        },
    )
