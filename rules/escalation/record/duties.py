"""Duties: everything that is owed on a record, from the kick-off call to the follow-up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rules.escalation.record.aftercare import FOLLOW_UP, RCA, REVIEW, SUMMARY
from rules.escalation.record.calling import occurrence, occurrences
from rules.escalation.record.course import Course, PlanItem
from rules.escalation.record.fold import not_ready
from rules.escalation.record.promising import promise_told
from rules.escalation.record.step import Desk
from rules.escalation.record.work import Duty, DutyKind, as_it_is, end_of
from rules.escalation.standing import AccountState
from rules.facts import Facts
from rules.responses import CUSTOMER_UPDATE
from rules.span import Span

_ACTIONS = "corrective"
_RUNNING = frozenset({AccountState.DECLARED, AccountState.IN_PROGRESS})
_OVER = frozenset({AccountState.AFTERCARE, AccountState.CLOSED})


def duties_of(desk: Desk, course: Course, facts: Facts) -> tuple[Duty, ...]:
    """What is owed, as the subtasks tell it where there are any; in the order in which it came up."""
    owed = [*_while_running(desk, course, facts), *_promised(desk, course), *_afterwards(desk, course, facts)]
    return tuple(as_it_is(duty, facts, desk.directory) for duty in owed)


def _while_running(desk: Desk, course: Course, facts: Facts) -> Iterator[Duty]:
    if course.state in _RUNNING:
        yield from _beginnings(desk, course)
        for call in course.calls:
            number = len(call.notes)
            if number < occurrences(call, desk.programme.calendar.zone):
                at = occurrence(call, number, desk.programme.calendar.zone)
                day = desk.local_day(at)
                yield Duty(
                    key=f"call:{call.key}:{number}",
                    kind=DutyKind.CALL,
                    title=f"Notes of the call {call.title}",
                    owner=course.owner,
                    due_on=day,
                    due_at=end_of(day, facts),
                    is_work=False,
                )
        yield from _contact(desk, course, facts)
        yield from _concerned(desk, course)
    for item in course.items:
        corrective = item.prevents is not None
        if corrective or course.plan is not None or course.state in _RUNNING:
            yield _item(item, course, facts, is_work=corrective or course.plan is not None)


def _contact(desk: Desk, course: Course, facts: Facts) -> Iterator[Duty]:
    """The next word to the customer, by the communication plan: a public comment on any ticket, or a call's notes."""
    plan = course.comms
    if plan is None:
        return
    tickets = (facts.ticket, *facts.around.members)
    words = [word.at for one in tickets for word in facts.responses.counted(one, CUSTOMER_UPDATE)]
    words += [note.at for call in course.calls for note in call.notes]
    last = max((at for at in words if plan.at < at <= facts.now), default=plan.at)
    due = desk.programme.calendar.add(last, Span.parse(plan.frequency))
    yield Duty(
        key=f"contact:{last.isoformat()}",
        kind=DutyKind.CONTACT,
        title=f"Word to the customer ({plan.mode}, every {plan.frequency})",
        owner=course.owner,
        due_on=desk.local_day(due),
        due_at=due,
        is_work=False,
    )


def _concerned(desk: Desk, course: Course) -> Iterator[Duty]:
    """An answer to each concern that nobody has answered."""
    for one in course.unheard:
        due = desk.programme.calendar.add(one.at, desk.programme.concern)
        yield Duty(
            key=f"concern:{one.act}",
            kind=DutyKind.CONCERN,
            title=f"Answer to the concern of {one.by}: {one.note}",
            owner=course.owner,
            due_on=desk.local_day(due),
            due_at=due,
            is_work=False,
        )


def _promised(desk: Desk, course: Course) -> Iterator[Duty]:
    """What was promised and who has to keep it; nobody is chased once the escalation was turned down."""
    for one in course.promises if course.state is not AccountState.REFUSED else ():
        known = one.by in desk.directory.people
        yield Duty(
            key=f"promise:{one.key}",
            kind=DutyKind.PROMISE,
            title=f"{one.text} (promised to {one.to})",
            owner=one.by if known else None,
            stranger=None if known else one.by,
            due_on=desk.local_day(one.due_at),
            due_at=one.due_at,
            is_done=one.answered_at is not None,
            is_work=False,
        )


def _beginnings(desk: Desk, course: Course) -> Iterator[Duty]:
    declared = course.entered(AccountState.DECLARED)
    if declared is None:
        return
    run, programme = declared.isoformat(), desk.programme
    missing = not_ready(course)
    if course.state is AccountState.DECLARED:
        due = programme.calendar.add(declared, programme.ready_within)
        yield Duty(
            key=f"ready:{run}",
            kind=DutyKind.READY,
            title=f"The record needs {', '.join(missing)}",
            owner=course.owner,
            due_on=desk.local_day(due),
            due_at=due,
            is_done=not missing,
            is_work=False,
        )
    if programme.kickoff is not None:
        due = programme.calendar.add(declared, programme.kickoff)
        yield Duty(
            key=f"kickoff:{run}",
            kind=DutyKind.KICKOFF,
            title="Kick-off call",
            body="Hold the kick-off call and draft the remediation plan in it; leave its notes with #call notes.",
            owner=course.owner,
            due_on=desk.local_day(due),
            due_at=due,
            is_done=any(note.at >= declared for call in course.calls for note in call.notes),
        )


def _item(item: PlanItem, course: Course, facts: Facts, *, is_work: bool) -> Duty:
    titles = {one.id: one.title for one in course.exits}
    serves = "".join(f"\nServes: {titles.get(name, name)}" for name in item.serves)
    prevents = "" if item.prevents is None else f"\nKeeps it from coming back: {item.prevents}"
    return Duty(
        key=f"item:{item.key}",
        kind=DutyKind.ITEM if item.prevents is None else DutyKind.CORRECTIVE,
        title=item.title,
        body=f"Part of the remediation plan of this record.{serves}{prevents}",
        owner=item.owner,
        due_on=item.due,
        due_at=end_of(item.due, facts),
        is_work=is_work,
        serves=item.serves,
    )


def _afterwards(desk: Desk, course: Course, facts: Facts) -> Iterator[Duty]:
    closed = course.entered(AccountState.AFTERCARE)
    if closed is None or course.state not in _OVER:
        return
    after = desk.programme.aftercare
    worst = max((step.colour.gravity for step in course.colours), default=0)
    reviewed = worst >= after.review_from.gravity
    has_actions = any(item.prevents is not None for item in course.items)
    rows = (
        (DutyKind.SUMMARY, SUMMARY, after.summary, "Send the issue summary to the stakeholders"),
        (DutyKind.RCA, RCA, after.rca, "Find the root cause, and write the analysis down"),
        (DutyKind.ACTIONS, _ACTIONS, after.corrective, "Decide what keeps it from coming back, with #corrective"),
        (DutyKind.REVIEW, REVIEW, after.review if reviewed else None, "Review the case with the team"),
        (DutyKind.FOLLOW_UP, FOLLOW_UP, after.follow_up, "Ask the customer how it goes, and say what became of them"),
    )
    for kind, name, within, title in rows:
        if within is None:
            continue
        due = desk.local_day(desk.programme.calendar.add(closed, within))
        yield Duty(
            key=f"{name}:{closed.isoformat()}",
            kind=kind,
            title=title,
            body=_body(desk, course, kind),
            owner=course.owner,
            due_on=due,
            due_at=end_of(due, facts),
            is_done=name in course.done or (kind is DutyKind.ACTIONS and has_actions),
        )


def _body(desk: Desk, course: Course, kind: DutyKind) -> str:
    if kind is DutyKind.SUMMARY:
        return summary_of(desk, course)
    if kind is not DutyKind.REVIEW:
        return ""
    team = [desk.name(one) for one in (course.owner, course.sponsor) if one is not None]
    team += [one.name for one in course.stakeholders if one.person is not None]
    return f"Attendees: {', '.join(dict.fromkeys(team))}\nLeave the notes with #check review."


def summary_of(desk: Desk, course: Course) -> str:
    """The issue summary to begin with: what happened when, in the zone of the record."""
    lines = sorted(_happened(desk, course), key=lambda line: line[0])
    zone = desk.programme.calendar.zone
    told = [f"{at.astimezone(zone):%Y-%m-%d %H:%M} {text}" for at, text in lines]
    cause = "not named yet" if course.cause is None else course.cause.note
    return "\n".join(["What happened", *told, "", f"Cause: {cause}", f"Times are those of {zone.key}."])


def _happened(desk: Desk, course: Course) -> Iterator[tuple[datetime, str]]:
    for request in course.requests:
        yield request.at, f"asked for by {request.by} ({request.source}) {request.because}".rstrip()
    for stage in course.stages[1:]:
        yield stage.at, f"{stage.state} by {stage.by}: {stage.because}"
    for step in course.colours:
        yield step.at, f"{step.colour.upper()} by {step.by}: {step.because}"
    for seat in course.owners:
        yield seat.at, f"{desk.name(seat.person)} is accountable"
    for stamp, text in ((course.cause, "cause found"), (course.plan, "plan in force")):
        if stamp is not None:
            yield stamp.at, f"{text} by {stamp.by}{f': {stamp.note}' if stamp.note else ''}"
    yield from _said(desk, course)


def _said(desk: Desk, course: Course) -> Iterator[tuple[datetime, str]]:
    for call in course.calls:
        for note in call.notes:
            yield note.at, f"call {call.title}: {note.note}"
    for one in course.promises:
        yield one.at, f"promised: {promise_told(desk, one)}"
        if one.answered_at is not None:
            yield one.answered_at, f"promise {one.state(one.answered_at)}: {one.text}"
