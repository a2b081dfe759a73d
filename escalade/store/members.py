"""Members: the tickets that a record is about, and the records that a ticket concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, select

from escalade.logs import log
from escalade.store import snapshots, thread, visits, writes
from escalade.store.joins import same
from escalade.store.schema import links, record_members, records, tickets
from escalade.store.standings import standings_of
from escalade.store.statements import among, batches, insert, of_tickets
from rules.escalation.standing import AccountState, is_record
from rules.ticket import AccountRef, Ticket, TicketRef
from rules.timeline import as_people_set

#: Tickets that one record is told of: the open ones first, by id.
MOST_MEMBERS = 500


def join(connection: Connection, seen: Sequence[Ticket]) -> None:
    """Note to which records these tickets belong by their account, so that they stay known when they are solved."""
    owned = [ticket for ticket in seen if ticket.account is not None and not is_record(ticket)]
    of: defaultdict[AccountRef, list[TicketRef]] = defaultdict(list)
    for ticket in owned:
        if ticket.account is not None:
            of[ticket.account].append(ticket.ref)
    rows = [
        {"member_helpdesk": member.helpdesk, "member": member.id, "helpdesk": record.helpdesk, "ticket": record.id}
        for account, standings in standings_of(connection, of).items()
        for record in (standing.record for standing in standings if not standing.state.is_over)
        for member in of[account]
    ]
    if rows:
        statement = insert(connection, record_members)
        keys = list(record_members.primary_key.columns)
        rows.sort(key=lambda row: tuple(row.values()))
        connection.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)


def nudge(
    connection: Connection, members: Iterable[TicketRef], now: datetime, *, but: Collection[TicketRef] = ()
) -> None:
    """Nudge the records that are about these tickets: by account, or by a link from a ticket of the account."""
    found: set[TicketRef] = set()
    named = set(members)
    for batch in batches(sorted(named)):
        ties = among(connection, links.c.to_helpdesk, links.c.to_ticket, batch)
        rows = connection.execute(select(links.c.helpdesk, links.c.ticket).where(ties))
        named |= {TicketRef(row.helpdesk, row.ticket) for row in rows}
    for batch in batches(sorted(named)):
        query = (
            select(record_members.c.helpdesk, record_members.c.ticket)
            .join(records, same(record_members))
            .where(among(connection, record_members.c.member_helpdesk, record_members.c.member, batch))
            .where(records.c.state.not_in([state.value for state in AccountState if state.is_over]))
            .distinct()
        )
        found |= {TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query)}
    visits.nudge(connection, found - set(but), now, "member")


def members_of(
    connection: Connection, accounts: Mapping[TicketRef, Sequence[AccountRef]]
) -> dict[TicketRef, tuple[Ticket, ...]]:
    """The tickets that each record is about, as people set them, oldest first."""
    if not accounts:
        return {}
    named = _named(connection, accounts)
    everyone = sorted({member for members in named.values() for member in members})
    is_open = _is_open(connection, everyone)
    chosen = {record: _foremost(record, members, is_open) for record, members in named.items()}
    wanted = sorted({member for members in chosen.values() for member in members})
    bare = snapshots.tickets_of(connection, wanted)
    comments = thread.comments_of(connection, wanted)
    ties = thread.links_of(connection, wanted)
    ledgers = writes.ledgers_of(connection, wanted)
    whole = {
        ref: replace(
            as_people_set(ticket, ledgers[ref]) if ref in ledgers else ticket,
            comments=comments.get(ref, ()),
            links=ties.get(ref, ()),
        )
        for ref, ticket in bare.items()
        if not is_record(ticket)
    }
    ages = {ref: (ticket.created_at, ref) for ref, ticket in whole.items()}
    return {
        record: tuple(whole[ref] for ref in sorted(ages.keys() & set(members), key=ages.__getitem__))
        for record, members in chosen.items()
    }


def _named(
    connection: Connection, accounts: Mapping[TicketRef, Sequence[AccountRef]]
) -> dict[TicketRef, set[TicketRef]]:
    """By record: open tickets of its accounts, those that were its members, and what these are tied to."""
    named: dict[TicketRef, set[TicketRef]] = {record: set() for record in accounts}
    owner = (tickets.c.account_helpdesk, tickets.c.account)
    of: defaultdict[AccountRef, list[TicketRef]] = defaultdict(list)
    for record, owners in accounts.items():
        for account in owners:
            of[account].append(record)
    for batch in batches(sorted(of)):
        query = select(tickets.c.helpdesk, tickets.c.ticket, *owner)
        for row in connection.execute(query.where(tickets.c.is_open, among(connection, *owner, batch))):
            for record in of[AccountRef(row.account_helpdesk, row.account)]:
                named[record].add(TicketRef(row.helpdesk, row.ticket))
    for some in batches(sorted(accounts)):
        for row in connection.execute(select(record_members).where(of_tickets(connection, record_members, some))):
            named[TicketRef(row.helpdesk, row.ticket)].add(TicketRef(row.member_helpdesk, row.member))
    ties = thread.links_of(connection, sorted({member for members in named.values() for member in members}))
    return {
        record: (members | {link.to for member in members for link in ties.get(member, ())}) - accounts.keys()
        for record, members in named.items()
    }


def _is_open(connection: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, bool]:
    found = {}
    for batch in batches(refs):
        query = select(tickets.c.helpdesk, tickets.c.ticket, tickets.c.is_open)
        for row in connection.execute(query.where(of_tickets(connection, tickets, batch))):
            found[TicketRef(row.helpdesk, row.ticket)] = row.is_open
    return found


def _foremost(record: TicketRef, members: Iterable[TicketRef], is_open: Mapping[TicketRef, bool]) -> list[TicketRef]:
    """As many members as a record is told of."""
    known = [member for member in members if member in is_open]
    if len(known) > MOST_MEMBERS:
        log.warning("record.many_tickets", record=str(record), tickets=len(known), most=MOST_MEMBERS)
    return sorted(known, key=lambda member: (not is_open[member], member))[:MOST_MEMBERS]
