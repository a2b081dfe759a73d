"""The append-only journal: what was decided, done, refused or noticed on a ticket, and why."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from escalade.store.schema import journal
from escalade.store.statements import storable
from rules.journal import JournalEntry
from rules.ticket import TicketRef


def append(connection: Connection, entries: Iterable[JournalEntry]) -> None:
    """Add the entries in their order."""
    rows = [
        {
            "at": entry.at,
            "helpdesk": entry.ref.helpdesk,
            "ticket": entry.ref.id,
            "action": entry.action,
            "text": storable(entry.text),
            "operation": entry.operation,
            "policy": entry.policy,
        }
        for entry in entries
    ]
    if rows:
        connection.execute(journal.insert(), rows)


def read(connection: Connection, ref: TicketRef) -> tuple[JournalEntry, ...]:
    """The ticket's entries, oldest first."""
    query = select(journal).where(journal.c.helpdesk == ref.helpdesk, journal.c.ticket == ref.id).order_by(journal.c.id)
    return tuple(
        JournalEntry(at=row.at, ref=ref, action=row.action, text=row.text, operation=row.operation, policy=row.policy)
        for row in connection.execute(query)
    )
