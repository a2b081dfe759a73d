"""Notices: what channels are told about a record, each occasion once. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rules.channels import Notification
from rules.decision import DesiredNotice
from rules.escalation.record.colour import Trend
from rules.escalation.record.programme import Event
from rules.escalation.record.promising import open_promises
from rules.escalation.record.record import AccountRecord
from rules.escalation.standing import AccountState
from rules.findings import Turn
from rules.notices import closing_of, opening_of
from rules.ticket_context import ticket_context


def notices_of(record: AccountRecord) -> tuple[tuple[DesiredNotice, ...], tuple[Turn, ...]]:
    """Every notice that should have been sent by now and was not, and when one that waits may go (or may no longer)."""
    sent, notices, turns = record.facts.ledger.notified, [], list[Turn]()
    for event, occasion, because in _events(record):
        for notice in record.programme.notify:
            key = f"notify:{notice.told.channel.name}:{notice.told.template.id}:record:{occasion}"
            if event in notice.on and key not in sent:
                waits = opening_of(notice.told, record.facts.now)
                notices.append(_notice(record, notice.told, key, because))
                closes = closing_of(notice.told.channel, record.facts.now)
                turn = waits or closes
                if turn is not None:
                    turns.append(Turn(turn, f"the channel {notice.told.channel.name} opens or closes"))
    return tuple(notices), tuple(turns)


def _events(record: AccountRecord) -> Iterator[tuple[Event, str, str]]:
    """What happened that channels may be told of: event, the occasion that names it for ever, and the reason."""
    course = record.course
    proposed, declared = course.stages[0], course.entered(AccountState.DECLARED)
    if course.state is AccountState.PROPOSED:
        yield Event.PROPOSED, f"proposed:{proposed.at.isoformat()}", f"proposed: {proposed.because}"
    if declared is not None and record.state.is_running:
        stage = next(stage for stage in reversed(course.stages) if stage.state is AccountState.DECLARED)
        yield Event.DECLARED, f"declared:{declared.isoformat()}", f"declared: {stage.because}"
        step = course.colours[-1]
        if step.at > declared:
            event = Event.WORSE if record.trend is Trend.WORSE else Event.BETTER
            yield event, f"{event}:{step.at.isoformat()}", f"{step.colour.upper()}: {step.because}"
    for concern in course.concerns[-1:]:
        yield Event.CONCERN, f"concern:{concern.act}", f"concern of {concern.by}: {concern.note}"
    for duty in record.late:
        yield Event.LATE, f"late:{duty.key}:{duty.due_on}", f"{duty.title} was due {duty.due_on}"
    closed = course.entered(AccountState.AFTERCARE)
    if closed is not None and not record.state.is_running:
        yield Event.CLOSED, f"closed:{closed.isoformat()}", f"closed: {course.stages[-1].because}"


def _notice(record: AccountRecord, told: Notification, key: str, because: str) -> DesiredNotice:
    ticket, course, desk = record.facts.ticket, record.course, record.desk
    context: dict[str, object] = {
        **ticket_context(record.facts),
        "reason": because,
        "record.state": str(record.state),
        "record.colour": None if record.colour is None else str(record.colour),
        "record.trend": str(record.trend),
        "record.owner": None if course.owner is None else desk.name(course.owner),
        "record.sponsor": None if course.sponsor is None else desk.name(course.sponsor),
        "record.criteria": f"{record.met} of {len(record.progress)} met",
        "record.promises": "\n".join(f"- {one}" for one in open_promises(desk, course)),
    }
    return DesiredNotice(
        key=key,
        channel=told.channel.name,
        title=f"{ticket.key}: {ticket.subject}",
        body=told.template.render(context),
        because=because,
        rule="account_escalations",
        not_before=opening_of(told, record.facts.now),
        urgent=told.urgent,
    )
