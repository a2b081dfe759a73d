"""Put together everything that is known of tickets, in a handful of queries however many tickets there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, and_, func, or_, select, true

from escalade.store import blobs, family, records, siblings, snapshots, thread, writes
from escalade.store.gifts import Gift
from escalade.store.horizon import Horizon
from escalade.store.schema import accounts, ledgers, tickets
from escalade.store.statements import among, batches
from rules.escalation.standing import ALONE
from rules.ledger import Ledger
from rules.ticket import Account, AccountRef, AccountSummary, Link, Priority, Ticket, TicketRef
from rules.timeline import as_people_set
from sync import Known


def load(connection: Connection, refs: Sequence[TicketRef], horizon: Horizon) -> Mapping[TicketRef, Known]:
    """What is known of these tickets, and of what they depend on as far as anybody looks; unknown ones are left out."""
    wanted = sorted(set(refs))
    bare = snapshots.tickets_of(connection, wanted)
    comments = thread.comments_of(connection, wanted)
    links = thread.links_of(connection, wanted)
    children = family.children_of(connection, wanted)
    linked = _linked(connection, links) if horizon.linked else {}
    kept = writes.kept_of(connection, wanted)
    intents = writes.open_intents(connection, wanted)
    owners = {ticket.account for ticket in bare.values() if ticket.account is not None}
    described = _accounts(connection, owners)
    summaries = _summaries(connection, owners)
    if horizon.account_tickets:
        one_by_one = siblings.open_tickets_of(connection, {ref: one.open_tickets for ref, one in summaries.items()})
        summaries = {ref: replace(summary, tickets=one_by_one.get(ref, ())) for ref, summary in summaries.items()}
    around = records.around_of(connection, bare) if horizon.records else {}
    found = {}
    for ref, ticket in bare.items():
        owner = ticket.account
        found[ref] = Known(
            ticket=replace(
                ticket,
                comments=comments.get(ref, ()),
                links=links.get(ref, ()),
                # An older version kept them with the ticket.
                children=children.get(ref, ticket.children),
            ),
            ledger=kept[ref].ledger if ref in kept else Ledger(ref=ref),
            follows=kept[ref].follows if ref in kept else None,
            account=None if owner is None else described.get(owner),
            summary=None if owner is None else summaries[owner],
            linked=tuple(linked[other] for other in _others(links.get(ref, ())) if other in linked),
            open_intents=intents.get(ref, ()),
            around=around.get(ref, ALONE),
        )
    return found


def open_tickets(connection: Connection) -> int:
    """How many open tickets are known."""
    return int(connection.scalar(select(func.count()).select_from(tickets).where(tickets.c.is_open)) or 0)


def by_key(connection: Connection, helpdesk: str, key: str) -> TicketRef | None:
    """The ticket that people know by a key; keys may move, so nothing is indexed by them and every ticket is read."""
    rows = connection.execute(select(tickets.c.ticket, tickets.c.snapshot).where(tickets.c.helpdesk == helpdesk))
    found = (row.ticket for row in rows if blobs.to_keyed(row.snapshot).key == key)
    ticket = next(found, None)
    return None if ticket is None else TicketRef(helpdesk, ticket)


def refs_after(connection: Connection, after: TicketRef | None, limit: int) -> list[TicketRef]:
    """The first tickets in the order of their keys that come after one; None = from the beginning."""
    query = select(tickets.c.helpdesk, tickets.c.ticket).order_by(tickets.c.helpdesk, tickets.c.ticket).limit(limit)
    if after is not None:
        later = and_(tickets.c.helpdesk == after.helpdesk, tickets.c.ticket > after.id)
        query = query.where(or_(tickets.c.helpdesk > after.helpdesk, later))
    return [TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query)]


def touched(connection: Connection, *, solved: bool) -> list[TicketRef]:
    """Open tickets that Escalade ever put something on or said something on, in the order of their keys.

    With `solved` those that are not open any more as well.
    """
    query = (
        select(ledgers.c.helpdesk, ledgers.c.ticket)
        .join(tickets, and_(tickets.c.helpdesk == ledgers.c.helpdesk, tickets.c.ticket == ledgers.c.ticket))
        .where(true() if solved else tickets.c.is_open)
        .order_by(ledgers.c.helpdesk, ledgers.c.ticket)
    )
    return [TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query)]


def _linked(connection: Connection, links: Mapping[TicketRef, Sequence[Link]]) -> dict[TicketRef, Ticket]:
    """The tickets at the other ends as far as they were taken in, without comments.

    They are as people set them: what Escalade writes on one must not feed a rule about its neighbour.
    """
    bare = snapshots.tickets_of(connection, sorted({other for ties in links.values() for other in _others(ties)}))
    ledgers = writes.ledgers_of(connection, list(bare))
    children = family.children_of(connection, list(bare))
    whole = {ref: replace(ticket, children=children.get(ref, ticket.children)) for ref, ticket in bare.items()}
    return {ref: as_people_set(ticket, ledgers[ref]) if ref in ledgers else ticket for ref, ticket in whole.items()}


def _others(links: Sequence[Link]) -> Sequence[TicketRef]:
    """The other ends, each once although two links may lead there."""
    return list(dict.fromkeys(link.to for link in links))


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


def load_of(connection: Connection, helpdesk: str, given: Sequence[Gift]) -> Counter[str]:
    """Open tickets by assignee; those of nobody are left out. What was given lately counts as given."""
    columns = select(tickets.c.ticket, tickets.c.snapshot).where(tickets.c.helpdesk == helpdesk, tickets.c.is_open)
    to = {gift.ref.id: gift.person for gift in given}
    found = (to.get(ticket) or blobs.to_assigned(snapshot).assignee for ticket, snapshot in connection.execute(columns))
    return Counter(assignee for assignee in found if assignee is not None)
