"""Late: who hears that something is overdue on a record: its owner and who is accountable, then the sponsor. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rules.decision import DesiredNote
from rules.escalation.record.record import AccountRecord
from rules.escalation.record.work import Duty

_RULE = "account_escalations"


def late_notes(record: AccountRecord) -> Iterator[DesiredNote]:
    """One note when something is overdue, another one when it still is later on; each due date has its own.

    After a break only the later one is said.
    """
    for duty in record.late:
        hears = record.programme.calendar.add(duty.due_at, record.programme.sponsor_hears_after)
        reached = hears <= record.facts.now and record.course.sponsor is not None
        yield _note(record, duty, 2 if reached else 1)


def _note(record: AccountRecord, duty: Duty, step: int) -> DesiredNote:
    desk, course = record.desk, record.course
    owner = duty.stranger or "nobody" if duty.owner is None else desk.name(duty.owner)
    eam = "nobody is accountable yet" if course.owner is None else f"accountable: {desk.name(course.owner)}"
    whose = f"It belongs to {owner}; {eam}."
    text = f"Overdue since {duty.due_on}: {duty.title}. {whose}"
    if step > 1 and course.sponsor is not None:
        sponsor = f"{desk.name(course.sponsor)}, as the sponsor, hears of it."
        text = f"Still overdue since {duty.due_on}: {duty.title}. {sponsor} {whose}"
    return DesiredNote(
        key=f"late:{duty.key}:{duty.due_on}:{step}",
        body=text,
        because=f"{duty.kind} is overdue",
        rule=_RULE,
    )
