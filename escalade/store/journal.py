"""The append-only journal: what was decided, done, refused or noticed on a ticket, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from escalade.store.schema import journal
from escalade.store.statements import storable
from rules.explain import TELLS
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


def last_told(connection: Connection, channel: str) -> datetime | None:
    """When a notice or a digest last went out on a channel; None = never. Reads the whole journal."""
    notice = and_(
        journal.c.action == "write.applied", journal.c.text.startswith(TELLS.format(channel), autoescape=True)
    )
    digest = and_(journal.c.action == "digest.sent", journal.c.text == f"sent to {channel}")
    found: datetime | None = connection.scalar(select(func.max(journal.c.at)).where(or_(notice, digest)))
    return found


def read(connection: Connection, ref: TicketRef) -> tuple[JournalEntry, ...]:
    """The ticket's entries, oldest first."""
    query = select(journal).where(journal.c.helpdesk == ref.helpdesk, journal.c.ticket == ref.id).order_by(journal.c.id)
    return tuple(
        JournalEntry(at=row.at, ref=ref, action=row.action, text=row.text, operation=row.operation, policy=row.policy)
        for row in connection.execute(query)
    )
