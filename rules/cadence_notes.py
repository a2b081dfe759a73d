"""What a cadence says: that an update is late, to whom it matters by now; and that an update cannot be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from rules.cadence_past import Cycle
from rules.cadence_reading import CadenceReading, Chase
from rules.directory import Directory
from rules.escalation.people import who
from rules.facts import Facts
from rules.occasion import Occasion
from rules.policy import Policy

#: Words of `chase: to:` that are no role of the directory → the fact that names the person.
_SEATS = {"owner": "record.owner", "sponsor": "record.sponsor", "lead": "escalation.lead"}


def cadence_occasions(reading: CadenceReading, policy: Policy, facts: Facts) -> Iterator[Occasion]:
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
            context={
                **context,
                "chase.to": chase.step.to,
                "chase.person": _chased(chase, policy.directory, facts),
                "reason": reading.text,
            },
        )
    baseline, refused = facts.ledger.baseline, cycle.refused
    if baseline is not None and refused is not None and refused.comment.at <= baseline.at:
        refused = None
    if refused is not None and cadence.invalid_note is not None:
        comment, problem = refused.comment, refused.problem
        yield Occasion(
            key=f"{source}:refused:{comment.id}",
            template=cadence.invalid_note,
            because=f"the update of {comment.at:%Y-%m-%d %H:%M} UTC does not count: {problem}",
            rule=source,
            context={**context, "update.at": comment.at, "update.problem": problem, "reason": problem},
        )


def _chased(chase: Chase, directory: Directory, facts: Facts) -> str | None:
    """The name of the person whom a step means: who has the role when it was earned, or the escalation's owner."""
    name = chase.step.to
    if name not in directory.names and name in _SEATS:
        name = str(facts.value(_SEATS[name]))
    if name not in directory.names:
        return None
    person = who(directory, (name,), chase.at, facts.ticket.ref.helpdesk).person
    if person is None and name in directory.people:
        person = directory.people[name]
    return None if person is None else person.name


def _context(reading: CadenceReading, cycle: Cycle) -> dict[str, object]:
    return {
        "cadence.id": reading.cadence.id,
        "cadence.colour": None if reading.colour is None else reading.colour.name,
        "cadence.due_at": cycle.due_at,
        "cadence.last_update_at": None if cycle.update is None else cycle.update.at,
    }
