"""Late: who hears of a concern, of what is overdue (its owner first, the sponsor later) and of what is gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rules.decision import DesiredNote
from rules.escalation.record.record import AccountRecord
from rules.escalation.record.work import Duty, DutyKind, gone_key

_RULE = "account_escalations"


def late_notes(record: AccountRecord) -> Iterator[DesiredNote]:
    """One note when something is overdue, another one when it still is later on; each due date has its own.

    After a break only the later one is said.
    """
    for duty in record.late:
        hears = record.programme.calendar.add(duty.due_at, record.programme.sponsor_hears_after)
        reached = hears <= record.facts.now and record.course.sponsor is not None
        yield _note(record, duty, 2 if reached else 1)


def gone_notes(record: AccountRecord) -> Iterator[DesiredNote]:
    """One note for each piece of work that somebody removed: nobody is asked for it any more."""
    for duty in record.duties:
        if duty.is_dropped:
            anew = {DutyKind.ITEM: "; add it anew with #item", DutyKind.CORRECTIVE: "; add it anew with #corrective"}
            yield DesiredNote(
                key=gone_key(duty),
                body=f"Somebody removed the work {duty.title!r}, so nobody is asked for it any more. If it is still to "
                f"be done, say so here{anew.get(duty.kind, '')}.",
                because=f"{duty.kind} was removed",
                rule=_RULE,
            )


def concern_notes(record: AccountRecord) -> Iterator[DesiredNote]:
    """One note for each concern that nobody has answered, for whoever is accountable and the sponsor."""
    desk, course = record.desk, record.course
    people = (desk.name(one) for one in (course.owner, course.sponsor) if one is not None)
    names = " and ".join(dict.fromkeys(people)) or "whoever takes this escalation on"
    asks = f"This is for {names}. Answer it: #ack and what is done about it."
    for one in course.unheard:
        yield DesiredNote(
            key=f"concern:{one.act}",
            body=f"{one.by} raises a concern: {one.note}\n{asks}",
            because=f"concern of {one.by}",
            rule=_RULE,
        )


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
