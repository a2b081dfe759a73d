"""Siblings: an account's open tickets one by one, for rules that count among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from escalade.logs import log
from escalade.store import blobs
from escalade.store.schema import tickets
from escalade.store.statements import among, batches
from escalade.store.writes import ledgers_of
from rules.ledger import Ledger
from rules.ticket import AccountRef, OpenTicket, TicketRef
from rules.timeline import as_people_set

#: Open tickets of one account that are looked at: the first ones by id.
MOST_TICKETS = 2000


def open_tickets_of(
    connection: Connection, counts: Mapping[AccountRef, int]
) -> dict[AccountRef, tuple[OpenTicket, ...]]:
    """The accounts' open tickets with the values that people gave them, oldest first; at most so many an account.

    Args:
        connection: A reading transaction.
        counts: The accounts, and how many open tickets each has.
    """
    found: defaultdict[AccountRef, list[OpenTicket]] = defaultdict(list)
    for rows in _open_rows(connection, counts):
        ledgers = ledgers_of(connection, [TicketRef(row.helpdesk, row.ticket) for row in rows])
        for row in rows:
            found[AccountRef(row.account_helpdesk, row.account)].append(_sibling(row, ledgers))
    return {
        owner: tuple(sorted(siblings, key=lambda one: (one.created_at, one.ref))) for owner, siblings in found.items()
    }


def _open_rows(connection: Connection, counts: Mapping[AccountRef, int]) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The rows of all accounts of usual size together, then of each huge one as many as are looked at."""
    owner = (tickets.c.account_helpdesk, tickets.c.account)
    query = select(tickets.c.helpdesk, tickets.c.ticket, *owner, tickets.c.snapshot).where(tickets.c.is_open)
    usual = sorted(ref for ref, count in counts.items() if 0 < count <= MOST_TICKETS)
    for batch in batches(usual):
        yield connection.execute(query.where(among(connection, *owner, batch))).all()
    for ref in sorted(ref for ref, count in counts.items() if count > MOST_TICKETS):
        log.warning("account.many_open_tickets", account=str(ref), open=counts[ref], most=MOST_TICKETS)
        first = query.where(among(connection, *owner, [ref])).order_by(tickets.c.helpdesk, tickets.c.ticket)
        yield connection.execute(first.limit(MOST_TICKETS)).all()


def _sibling(row: Row[*tuple[Any, ...]], ledgers: Mapping[TicketRef, Ledger]) -> OpenTicket:
    ledger = ledgers.get(TicketRef(row.helpdesk, row.ticket))
    if ledger is None:
        return blobs.to_open_ticket(row.snapshot)
    return OpenTicket.of(as_people_set(blobs.to_ticket(row.snapshot), ledger))
