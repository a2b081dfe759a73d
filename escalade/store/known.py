"""Put together everything that is known of tickets, in a handful of queries however many tickets there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from escalade.store import blobs, thread, writes
from escalade.store.schema import accounts, tickets
from escalade.store.statements import among, batches, of_tickets
from rules.ledger import Ledger
from rules.ticket import Account, AccountRef, AccountSummary, Priority, Ticket, TicketRef
from sync import Known


def load(connection: Connection, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Known]:
    """What is known of these tickets; unknown ones are left out."""
    wanted = sorted(set(refs))
    bare = _tickets(connection, wanted)
    comments = thread.comments_of(connection, wanted)
    links = thread.links_of(connection, wanted)
    ledgers = writes.ledgers_of(connection, wanted)
    intents = writes.open_intents(connection, wanted)
    owners = {ticket.account for ticket in bare.values() if ticket.account is not None}
    described = _accounts(connection, owners)
    summaries = _summaries(connection, owners)
    found = {}
    for ref, ticket in bare.items():
        owner = ticket.account
        found[ref] = Known(
            ticket=replace(ticket, comments=comments.get(ref, ()), links=links.get(ref, ())),
            ledger=ledgers.get(ref) or Ledger(ref=ref),
            account=None if owner is None else described.get(owner),
            summary=None if owner is None else summaries[owner],
            open_intents=intents.get(ref, ()),
        )
    return found


def open_tickets(connection: Connection) -> int:
    """How many open tickets are known."""
    return int(connection.scalar(select(func.count()).select_from(tickets).where(tickets.c.is_open)) or 0)


def _tickets(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, Ticket]:
    found = {}
    for batch in batches(refs):
        for blob in connection.scalars(select(tickets.c.snapshot).where(of_tickets(connection, tickets, batch))):
            ticket = blobs.to_ticket(blob)
            found[ticket.ref] = ticket
    return found


def _accounts(connection: Connection, refs: Iterable[AccountRef]) -> dict[AccountRef, Account]:
    found = {}
    for batch in batches(sorted(refs)):
        chosen = among(connection, accounts.c.helpdesk, accounts.c.account, batch)
        for blob in connection.scalars(select(accounts.c.snapshot).where(chosen)):
            account = blobs.to_account(blob)
            found[account.ref] = account
    return found


def _summaries(connection: Connection, refs: Iterable[AccountRef]) -> dict[AccountRef, AccountSummary]:
    """Count the accounts' open tickets by the priority that people set; tickets without one count in the total only."""
    counts: defaultdict[AccountRef, dict[Priority | None, int]] = defaultdict(dict)
    owner = (tickets.c.account_helpdesk, tickets.c.account, tickets.c.base_priority)
    for batch in batches(sorted(refs)):
        chosen = among(connection, tickets.c.account_helpdesk, tickets.c.account, batch)
        query = select(*owner, func.count().label("open")).where(tickets.c.is_open, chosen).group_by(*owner)
        for row in connection.execute(query):
            priority = None if row.base_priority is None else Priority(row.base_priority)
            counts[AccountRef(row.account_helpdesk, row.account)][priority] = row.open
    return {
        ref: AccountSummary(
            ref=ref,
            open_tickets=sum(counts[ref].values()),
            open_by_priority={priority: number for priority, number in counts[ref].items() if priority is not None},
        )
        for ref in refs
    }
