"""The tickets and accounts tables: what was last seen of each, and whether a new sight of it is news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, delete, select

from escalade.store import blobs
from escalade.store.schema import accounts, tickets, visits
from escalade.store.statements import among, batches, of_tickets, upsert
from escalade.store.timelines import timelines_of
from rules.ledger import Ledger
from rules.ticket import Account, AccountRef, Ticket, TicketRef, Timeline


class Weight(NamedTuple):
    """What a ticket adds to its account's summary."""

    account: AccountRef | None
    is_open: bool
    base_priority: str | None


class Seen(NamedTuple):
    """What the store has of one ticket, without its snapshot."""

    content_hash: bytes
    version: str
    updated_at: datetime
    weight: Weight


def known_rows(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, Seen]:
    """Read what is known of these tickets, keeping their rows for this transaction."""
    found = {}
    for batch in batches(refs):
        query = (
            select(
                tickets.c.helpdesk,
                tickets.c.ticket,
                tickets.c.account_helpdesk,
                tickets.c.account,
                tickets.c.is_open,
                tickets.c.base_priority,
                tickets.c.content_hash,
                tickets.c.version,
                tickets.c.updated_at,
            )
            .where(of_tickets(connection, tickets, batch))
            .order_by(tickets.c.helpdesk, tickets.c.ticket)
            .with_for_update()
        )
        for row in connection.execute(query):
            account = None if row.account is None else AccountRef(row.account_helpdesk, row.account)
            weight = Weight(account, row.is_open, row.base_priority)
            found[TicketRef(row.helpdesk, row.ticket)] = Seen(row.content_hash, row.version, row.updated_at, weight)
    return found


def tickets_of(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, Ticket]:
    """The tickets with their past, without comments and links; unknown ones are left out."""
    past = timelines_of(connection, refs)
    found = {}
    for batch in batches(refs):
        for blob in connection.scalars(select(tickets.c.snapshot).where(of_tickets(connection, tickets, batch))):
            ticket = blobs.to_ticket(blob)
            found[ticket.ref] = replace(ticket, timeline=past.get(ticket.ref, Timeline()))
    return found


def weight_of(ticket: Ticket, ledger: Ledger | None) -> Weight:
    """What the ticket adds to its account's summary, our own raise looked through."""
    base = ticket.priority if ledger is None else ledger.base_priority(ticket.priority)
    return Weight(ticket.account, ticket.status.is_open, None if base is None else base.value)


def row_of(ticket: Ticket, weight: Weight, content_hash: bytes) -> dict[str, Any]:
    """The ticket's row."""
    return {
        "helpdesk": ticket.ref.helpdesk,
        "ticket": ticket.ref.id,
        "account_helpdesk": None if weight.account is None else weight.account.helpdesk,
        "account": None if weight.account is None else weight.account.id,
        "is_open": weight.is_open,
        "priority": None if ticket.priority is None else ticket.priority.value,
        "base_priority": weight.base_priority,
        "updated_at": ticket.updated_at,
        "version": ticket.version,
        "content_hash": content_hash,
        "snapshot": blobs.of_ticket(ticket),
    }


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the tickets' rows, in one order for all, so that two transactions cannot wait for each other."""
    if rows:
        ordered = sorted(rows, key=lambda row: (row["helpdesk"], row["ticket"]))
        connection.execute(upsert(connection, tickets), ordered)


def drop(connection: Connection, refs: Sequence[TicketRef]) -> None:
    """Remove the tickets' snapshots and visits."""
    for batch in batches(refs):
        connection.execute(delete(tickets).where(of_tickets(connection, tickets, batch)))
        connection.execute(delete(visits).where(of_tickets(connection, visits, batch)))


def keep_accounts(connection: Connection, seen: Iterable[Account]) -> list[AccountRef]:
    """Store accounts; returns those that are new or differ from what was known."""
    latest = {account.ref: blobs.of_account(account) for account in seen}
    known: dict[AccountRef, bytes] = {}
    for batch in batches(list(latest)):
        query = select(accounts).where(among(connection, accounts.c.helpdesk, accounts.c.account, batch))
        known |= {AccountRef(row.helpdesk, row.account): row.snapshot for row in connection.execute(query)}
    new = [ref for ref in sorted(latest) if known.get(ref) != latest[ref]]
    rows = [{"helpdesk": ref.helpdesk, "account": ref.id, "snapshot": latest[ref]} for ref in new]
    if rows:
        connection.execute(upsert(connection, accounts), rows)
    return new


def touched_accounts(before: Weight | None, after: Weight | None) -> set[AccountRef]:
    """Accounts whose summary moves when a ticket's weight does; a ticket that is not open weighs nothing."""
    if before == after:
        return set()
    return {weight.account for weight in (before, after) if weight is not None and weight.is_open and weight.account}
