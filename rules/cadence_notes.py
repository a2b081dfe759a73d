"""What a cadence says: that an update is late, to whom it matters by now; and that an update cannot be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from rules.cadence_past import Cycle
from rules.cadence_reading import CadenceReading
from rules.occasion import Occasion


def cadence_occasions(reading: CadenceReading) -> Iterator[Occasion]:
    """Every note that one cadence has earned: of the chase only the highest step, of wrong updates only the newest."""
    cadence, cycle, chase = reading.cadence, reading.cycle, reading.chase
    if cycle is None:
        return
    context = _context(reading, cycle)
    source = f"cadence:{cadence.id}"
    if chase is not None and chase.step.note is not None:
        yield Occasion(
            key=f"{source}:{cycle.due_at.isoformat()}:{chase.number}",
            template=chase.step.note,
            because=f"{reading.text}: for the {chase.step.to}",
            rule=source,
            context={**context, "chase.to": chase.step.to, "reason": reading.text},
        )
    if cycle.refused is not None and cadence.invalid_note is not None:
        comment, problem = cycle.refused.comment, cycle.refused.problem
        yield Occasion(
            key=f"{source}:refused:{comment.id}",
            template=cadence.invalid_note,
            because=f"the update of {comment.at:%Y-%m-%d %H:%M} UTC does not count: {problem}",
            rule=source,
            context={**context, "update.at": comment.at, "update.problem": problem, "reason": problem},
        )


def _context(reading: CadenceReading, cycle: Cycle) -> dict[str, object]:
    return {
        "cadence.id": reading.cadence.id,
        "cadence.colour": None if reading.colour is None else reading.colour.name,
        "cadence.due_at": cycle.due_at,
        "cadence.last_update_at": None if cycle.update is None else cycle.update.at,
    }
