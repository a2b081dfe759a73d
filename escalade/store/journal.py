"""The append-only journal: what was decided, done, refused or noticed on a ticket, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from escalade.actions import LEVELS, Level
from escalade.logs import log
from escalade.store.schema import journal
from escalade.store.statements import storable
from rules.explain import TELLS
from rules.journal import JournalEntry
from rules.ticket import TicketRef

#: Where a connection keeps what is to be logged once its transaction is kept.
_UNTOLD = "escalade_journalled"


def append(connection: Connection, entries: Iterable[JournalEntry], *, quiet: bool = False) -> None:
    """Add the entries in their order; what they mean goes to the log when they are kept, unless `quiet`."""
    entries = list(entries)
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
    if not rows:
        return
    if quiet or not log.is_open:
        connection.execute(journal.insert(), rows)
        return
    added = connection.execute(journal.insert().returning(journal.c.id, sort_by_parameter_order=True), rows)
    untold: list[tuple[int, JournalEntry]] = connection.info.setdefault(_UNTOLD, [])
    untold += zip(added.scalars(), entries, strict=True)


def untold(connection: Connection) -> Sequence[tuple[int, JournalEntry]]:
    """What is to be logged, with its ids; it is handed out once."""
    found: list[tuple[int, JournalEntry]] = connection.info.pop(_UNTOLD, [])
    return found


def tell(added: Iterable[tuple[int, JournalEntry]]) -> None:
    """Log what was added: never the text, which may hold what people wrote."""
    for number, entry in added:
        level = LEVELS.get(entry.action, Level.INFO)
        if level is not Level.SILENT:
            facts = {"ticket": str(entry.ref), "journal": number, "operation": entry.operation, "policy": entry.policy}
            log.tell(level, entry.action, **{name: fact for name, fact in facts.items() if fact})


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
