"""Siblings: an account's open tickets one by one, for rules that count among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import structlog
from sqlalchemy import Connection, Row, func, select

from escalade.store import blobs
from escalade.store.schema import tickets
from escalade.store.statements import among, batches
from escalade.store.timelines import as_people_set
from escalade.store.writes import ledgers_of
from rules.ledger import Ledger
from rules.ticket import AccountRef, OpenTicket, TicketRef

log = structlog.get_logger(__name__)

#: Open tickets of one account that are looked at: the first ones by id.
MOST_TICKETS = 2000


def open_tickets_of(connection: Connection, owners: Iterable[AccountRef]) -> dict[AccountRef, tuple[OpenTicket, ...]]:
    """The accounts' open tickets with the values that people gave them, oldest first; at most so many an account."""
    found: defaultdict[AccountRef, list[OpenTicket]] = defaultdict(list)
    for batch in batches(sorted(owners)):
        rows = _open_rows(connection, batch)
        ledgers = ledgers_of(connection, [TicketRef(row.helpdesk, row.ticket) for row in rows])
        for row in rows:
            owner = AccountRef(row.account_helpdesk, row.account)
            found[owner].append(_sibling(row, ledgers))
            if row.place == MOST_TICKETS:
                log.warning("account.many_open_tickets", account=str(owner), most=MOST_TICKETS)
    return {
        owner: tuple(sorted(siblings, key=lambda one: (one.created_at, one.ref))) for owner, siblings in found.items()
    }


def _open_rows(connection: Connection, owners: Iterable[AccountRef]) -> list[Row[tuple[object, ...]]]:
    owner = (tickets.c.account_helpdesk, tickets.c.account)
    place = func.row_number().over(partition_by=owner, order_by=(tickets.c.helpdesk, tickets.c.ticket))
    numbered = (
        select(tickets.c.helpdesk, tickets.c.ticket, *owner, tickets.c.snapshot, place.label("place"))
        .where(tickets.c.is_open, among(connection, *owner, owners))
        .subquery()
    )
    return list(connection.execute(select(numbered).where(numbered.c.place <= MOST_TICKETS)))


def _sibling(row: Row[tuple[object, ...]], ledgers: Mapping[TicketRef, Ledger]) -> OpenTicket:
    ledger = ledgers.get(TicketRef(row.helpdesk, row.ticket))
    if ledger is None:
        return blobs.to_open_ticket(row.snapshot)
    ticket = as_people_set(blobs.to_ticket(row.snapshot), ledger)
    return OpenTicket(
        ref=ticket.ref,
        created_at=ticket.created_at,
        status=ticket.status,
        priority=ticket.priority,
        type=ticket.type,
        product=ticket.product,
        requester=ticket.requester,
        tags=ticket.tags,
        fields=ticket.fields,
    )
