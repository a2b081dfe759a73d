"""Telling: a record in words: the one note that is kept current on it, and what its account's tickets are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rules.directory import Directory
from rules.escalation.record.calling import attendees_of, occurrence, occurrences
from rules.escalation.record.promising import ledger
from rules.escalation.record.record import AccountRecord, Progress
from rules.escalation.record.recurrence import Recurrence
from rules.escalation.record.work import Duty, DutyKind
from rules.escalation.standing import AccountState, Standing

#: How the note begins.
HEADING = "ACCOUNT ESCALATION"
#: Deadlines that the note lists.
_NEXT = 8


def told(record: AccountRecord) -> str:
    """The record on one page. It says nothing that changes with the time that passes, so it is edited seldom."""
    return "\n".join(_lines(record)).strip()


def told_on_member(standing: Standing, directory: Directory, *, its: bool) -> str:
    """What a ticket is told at the declaration: of its account, or of one whose tickets are linked to it."""
    colour = "" if standing.colour is None else f" {standing.colour.upper()}"
    owner = None if standing.owner is None else directory.people.get(standing.owner)
    whose = "" if owner is None else f"\nAccountable: {owner.name}"
    what = "The account of this ticket" if its else "An account with tickets that are linked to this one"
    return f"{what} is escalated{colour}: {standing.key} {standing.url}{whose}"


def _lines(record: AccountRecord) -> Iterator[str]:
    course, desk = record.course, record.desk
    yield f"{HEADING} {_state(record)}"
    yield from _asked(record)
    yield f"Owner: {desk.name(course.owner) if course.owner else 'nobody yet'}"
    if record.room:
        yield f"Room: #{record.room}"
    if record.programme.sponsor is not None or course.sponsor:
        yield f"Sponsor: {desk.name(course.sponsor) if course.sponsor else 'nobody yet'}"
    if course.stakeholders:
        parts = (f"{one.name} ({one.function or one.party})" for one in course.stakeholders)
        yield f"Stakeholders: {', '.join(parts)}"
    if course.comms is not None:
        attendees = ", ".join(course.comms.attendees)
        yield f"Communication: {course.comms.mode}, every {course.comms.frequency}, with {attendees}"
    yield from _calls(record)
    if course.impacts:
        yield f"Impact: {course.impacts[-1].note} ({course.impacts[-1].by})"
    for concern in course.unheard:
        yield f"Concern: {concern.note} ({concern.by})"
    if record.progress:
        yield ""
        yield f"Exit criteria: {record.met} of {len(record.progress)} met"
        yield from (f"- {_criterion(one)}" for one in record.progress)
    yield from _plan(record)
    yield from _promises(record)
    if record.state.is_running:
        yield ""
        yield f"Consent to the closure: {record.consent_poll.told}"
    yield from _owed(record)
    yield from _missing(record)
    yield from (_recurrence(one) for one in record.recurrences if one.again is not None)
    if record.state is AccountState.CLOSED and all(one.again is not None for one in record.recurrences):
        yield "Nothing is owed any more; this ticket may be closed."


def _state(record: AccountRecord) -> str:
    colour = record.colour
    if colour is None:
        return str(record.state).upper()
    return f"{colour.upper()} ({record.trend}), {record.state}"


def _asked(record: AccountRecord) -> Iterator[str]:
    course = record.course
    for request in course.requests:
        because = f": {request.because}" if request.because else ""
        yield f"Asked for by {request.by} ({request.source}){because}"
    stage = course.stages[-1]
    if stage.state is not AccountState.PROPOSED:
        yield f"{str(record.state).capitalize()} since {_local(record, record.since)}: {stage.because}"
    if course.colours:
        step = course.colours[-1]
        yield f"Colour by {step.by}: {step.because}"
    if len(course.colours) > 1:
        days = (f"{one.colour.upper()} {record.desk.local_day(one.at)}" for one in course.colours)
        yield f"Colours so far: {', '.join(days)}"


def _calls(record: AccountRecord) -> Iterator[str]:
    zone = record.programme.calendar.zone
    for call in record.course.calls:
        number = len(call.notes)
        if number < occurrences(call, zone):
            who = ", ".join(attendees_of(record.desk, call, record.course.colour))
            yield f"Call: {call.title}, {_local(record, occurrence(call, number, zone))}, with {who}"


def _criterion(one: Progress) -> str:
    criterion = one.criterion
    if criterion.waived is not None:
        how = f"waived by {criterion.waived.by}: {criterion.waived.note}"
    elif one.is_met:
        how = "met" if criterion.confirmed is None else f"met, confirmed by {criterion.confirmed.by}"
    else:
        how = f"{'LATE, ' if one.is_late else ''}by {criterion.target}"
        if criterion.confirmed_by is not None and criterion.confirmed is None:
            how += f", {criterion.confirmed_by} confirms it"
    return f"{criterion.id}: {criterion.title} — {how}"


def _plan(record: AccountRecord) -> Iterator[str]:
    course, items = record.course, record.items
    if not (items or course.cause):
        return
    yield ""
    done = sum(item.is_done for item in items)
    if course.plan is None:
        yield f"Remediation plan: draft, agreement {record.plan_poll.told}"
    else:
        yield f"Remediation plan: agreed, {done} of {len(items)} done"
    yield f"Cause: {course.cause.note if course.cause is not None else 'not known yet'}"
    for item in items:
        serves = f", serves {', '.join(item.serves)}" if item.serves else ""
        yield f"- {_what(record, item)}{serves}"


def _promises(record: AccountRecord) -> Iterator[str]:
    if record.course.promises:
        yield ""
        yield from ledger(record.desk, record.course, record.facts.now)


def _owed(record: AccountRecord) -> Iterator[str]:
    elsewhere = {DutyKind.ITEM, DutyKind.PROMISE}
    now = record.facts.now
    # When the next word to the customer is due changes with every word, so only a late one is told.
    open_duties = [
        one
        for one in record.duties
        if not (one.is_done or one.is_dropped or one.kind in elsewhere)
        and (one.kind is not DutyKind.CONTACT or one.is_late(now))
    ]
    if not open_duties:
        return
    yield ""
    yield "Owed next"
    for duty in sorted(open_duties, key=lambda one: (one.due_at, one.key))[:_NEXT]:
        yield f"- {_what(record, duty)}"


def _what(record: AccountRecord, duty: Duty) -> str:
    state = "done" if duty.is_done else "removed" if duty.is_dropped else f"by {duty.due_on}"
    if duty.is_late(record.facts.now):
        state = f"LATE, was due {duty.due_on}"
    owner = duty.stranger or "nobody" if duty.owner is None else record.desk.name(duty.owner)
    return f"{duty.title} — {owner}, {state}"


def _missing(record: AccountRecord) -> Iterator[str]:
    if record.gaps:
        yield ""
        yield "Missing"
        yield from (f"- {gap.text}" for gap in record.gaps)


def _recurrence(one: Recurrence) -> str:
    verdict = "it came back" if one.came_back else "it did not come back"
    count = len(one.again or ())
    return f"{one.after} after the closure: {verdict} ({count} new tickets of the same kind, {one.limit} would be)"


def _local(record: AccountRecord, at: datetime) -> str:
    zone = record.programme.calendar.zone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
