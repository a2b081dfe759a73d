"""The timelines table: the states that people put each ticket through, kept beside its snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, select

from connectors.base import Intent
from escalade.store import blobs
from escalade.store.schema import timelines
from escalade.store.statements import batches, of_tickets, upsert
from rules.ledger import Ledger
from rules.ownership import after
from rules.ticket import Ticket, TicketRef, Timeline
from rules.timeline import as_people_set


def timelines_of(
    connection: Connection, refs: Sequence[TicketRef], unreadable: set[TicketRef] | None = None
) -> dict[TicketRef, Timeline]:
    """The timelines that are there; a ticket that was closed at its first sight has none.

    Tickets whose timeline cannot be read are added to `unreadable`, where that is given.
    """
    found = {}
    for batch in batches(refs):
        for row in connection.execute(select(timelines).where(of_tickets(connection, timelines, batch))):
            ref = TicketRef(row.helpdesk, row.ticket)
            with blobs.setting_aside(ref, unreadable):
                found[ref] = blobs.to_timeline(row.timeline)
    return found


def keep(connection: Connection, grown: Mapping[TicketRef, Timeline]) -> None:
    """Write timelines, in one order for all, so that two transactions cannot wait for each other."""
    rows = [
        {"helpdesk": ref.helpdesk, "ticket": ref.id, "timeline": blobs.of_timeline(grown[ref])} for ref in sorted(grown)
    ]
    if rows:
        connection.execute(upsert(connection, timelines), rows)


def drop(connection: Connection, refs: Sequence[TicketRef]) -> None:
    """Remove the timelines of these tickets."""
    for batch in batches(refs):
        connection.execute(delete(timelines).where(of_tickets(connection, timelines, batch)))


def without_open_writes(ticket: Ticket, ledger: Ledger, intents: Sequence[Intent]) -> Ticket:
    """The ticket as if no write of unknown outcome had reached it.

    A ledger holds confirmed writes only. Between the sending of a write and its settling (a crash may lie between the
    two) the helpdesk may show its values or those of before, and neither may be taken for a person's: the ticket is
    read under the ledger that each write would leave behind, the last one first.
    """
    ledgers = []
    for intent in intents:
        changes = [change for change in intent.write.changes if change.on == ticket.ref]
        ledger = after(ledger, changes, {}, {}, intent.intended_at)
        ledgers.append(ledger)
    for later in reversed(ledgers):
        ticket = as_people_set(ticket, later)
    return ticket
