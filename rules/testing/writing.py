"""Writing: a plan carried out on the desk of a rule test, as helpdesks that refuse nothing would do it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CompleteWork,
    CreateRemediation,
    KeepNote,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.ownership import after
from rules.plan import Plan
from rules.testing.desk import Desk
from rules.ticket import StatusCategory, Ticket, TicketRef


def carry_out(desk: Desk, todo: Plan, at: datetime) -> None:
    """Write everything that a plan changes, at an instant (UTC), and keep what became ours."""
    created: dict[str, TicketRef] = {}
    values = [change for change in todo.changes if change.on == todo.ref]
    # Before the ticket shows them, they are ours: what we write is no change by people.
    ledger = after(todo.ledger, values, {}, {}, at)
    desk.ledgers[todo.ref] = ledger
    for change in todo.changes:
        if isinstance(change, CompleteWork):
            desk.work(todo.ref, change.title, at, status=StatusCategory.SOLVED)
        else:
            _write(desk, change, at, created)
    editable = _editable(todo.changes)
    if created or editable or len(values) < len(todo.changes):
        desk.ledgers[todo.ref] = after(todo.ledger, todo.changes, created, {}, at, editable=editable)


def _editable(changes: Sequence[Change]) -> dict[str, str]:
    return {change.key: change.key for change in changes if isinstance(change, KeepNote)}


def _write(desk: Desk, change: Change, at: datetime, created: dict[str, TicketRef]) -> None:
    ticket = desk.tickets[change.on]
    match change:
        case AddTags():
            desk.write(change.on, at, tags=ticket.tags | set(change.tags))
        case RemoveTags():
            desk.write(change.on, at, tags=ticket.tags - set(change.tags))
        case SetPriority():
            desk.write(change.on, at, priority=change.priority)
        case Assign():
            desk.write(change.on, at, group=change.group)
        case AssignPerson():
            desk.write(change.on, at, assignee=change.person)
        case SetField():
            desk.write(change.on, at, fields={**ticket.fields, change.field: change.value})
        case Transition():
            status = desk.statuses.get(change.status.casefold(), ticket.status)
            desk.write(change.on, at, status=status, status_name=change.status)
        case _:
            _say_or_make(desk, change, at, created)


def _say_or_make(desk: Desk, change: Change, at: datetime, created: dict[str, TicketRef]) -> None:
    match change:
        case PostComment():
            desk.post(change.on, at, change.body, public=change.public)
        case KeepNote():
            if change.comment is None:
                desk.post(change.on, at, change.body, public=False)
            desk.kept[change.on, change.key] = change.body
        case LinkTicket():
            desk.link(change.on, change.to, at)
        case OpenLinked():
            created[change.key] = _open(desk, change, at)
        case CreateRemediation():
            for item in change.items:
                created[item.key] = desk.put_below(change.on, at, item.title, item.assignee, item.due_on)
        case _:
            # A notice leaves nothing on the desk.
            return


def _open(desk: Desk, change: OpenLinked, at: datetime) -> TicketRef:
    ref = TicketRef(change.helpdesk, f"{change.project}-{desk.next_number(change.helpdesk)}")
    ticket = Ticket(
        ref=ref,
        key=ref.id,
        url=f"https://{change.helpdesk}.example/{ref.id}",
        subject=change.subject,
        status=StatusCategory.NEW,
        status_name="new",
        priority=change.priority,
        created_at=at,
        updated_at=at,
        version="1",
        type=change.type,
        tags=frozenset(change.tags),
        comments_complete=True,
        children_complete=True,
    )
    desk.add(ticket, _free_name(desk, "tracker" if change.account is None else "record"))
    return ref


def _free_name(desk: Desk, name: str) -> str:
    """The first name that is free: `record`, then `record-2`."""
    number = 1
    while (chosen := name if number == 1 else f"{name}-{number}") in desk.names:
        number += 1
    return chosen
