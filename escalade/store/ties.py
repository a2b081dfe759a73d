"""Ties: tickets without an account that stand beside an escalated one, because its open tickets are linked to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from escalade.store import blobs, visits
from escalade.store.joins import same
from escalade.store.schema import links, record_accounts, records, tickets
from escalade.store.statements import among, batches, of_tickets
from rules.escalation.standing import AccountState, Standing
from rules.ticket import TicketRef

_RUNNING = tuple(state.value for state in AccountState if state.is_running)
#: The open ticket that the link begins at.
_BEGINS: ColumnElement[bool] = and_(
    tickets.c.is_open, tickets.c.helpdesk == links.c.helpdesk, tickets.c.ticket == links.c.ticket
)
#: It belongs to an account of the record.
_BELONGS: ColumnElement[bool] = and_(
    record_accounts.c.account_helpdesk == tickets.c.account_helpdesk, record_accounts.c.account == tickets.c.account
)


def beside_of(connection: Connection, refs: Iterable[TicketRef]) -> dict[TicketRef, tuple[Standing, ...]]:
    """What the running records say beside which these tickets stand by a link, in the order of the records' ids.

    The link begins at an open ticket of the account or at the record itself. Which tickets were open once, no helpdesk
    tells, so it is not asked: after a loss of the database the answer is the same.

    Args:
        connection: A reading transaction.
        refs: Tickets that belong to no account.
    """
    found: defaultdict[TicketRef, dict[TicketRef, Standing]] = defaultdict(dict)
    told = select(links.c.to_helpdesk, links.c.to_ticket, records.c.standing).where(records.c.state.in_(_RUNNING))
    from_members = (
        told.select_from(links)
        .join(tickets, _BEGINS)
        .join(record_accounts, _BELONGS)
        .join(records, same(record_accounts))
    )
    from_records = told.select_from(links).join(records, same(links))
    for batch in batches(sorted(refs)):
        wanted = among(connection, links.c.to_helpdesk, links.c.to_ticket, batch)
        for query in (from_members, from_records):
            for row in connection.execute(query.where(wanted)):
                standing = blobs.to_standing(row.standing)
                found[TicketRef(row.to_helpdesk, row.to_ticket)][standing.record] = standing
    return {ref: tuple(said for _, said in sorted(some.items())) for ref, some in found.items()}


def ends_of(connection: Connection, refs: Iterable[TicketRef]) -> set[TicketRef]:
    """The other ends of all links that begin at these tickets."""
    query = select(links.c.to_helpdesk, links.c.to_ticket).distinct()
    ends: set[TicketRef] = set()
    for batch in batches(sorted(set(refs))):
        ends |= _ends(connection, query.where(of_tickets(connection, links, batch)))
    return ends


def nudge(connection: Connection, ends: Iterable[TicketRef], due: datetime, *, but: Collection[TicketRef] = ()) -> None:
    """Nudge those of these tickets that are open and belong to no account: what they stand beside may be another."""
    found: list[TicketRef] = []
    for batch in batches(sorted(set(ends) - set(but))):
        query = select(tickets.c.helpdesk, tickets.c.ticket).where(
            tickets.c.is_open, tickets.c.account.is_(None), of_tickets(connection, tickets, batch)
        )
        found += [TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query)]
    visits.nudge(connection, found, due, "linked")


def nudge_around(connection: Connection, changed: Collection[TicketRef], due: datetime) -> None:
    """Nudge every ticket that stands beside one of these records by a link, because the record says something else."""
    ends = ends_of(connection, changed)
    wanted = select(links.c.to_helpdesk, links.c.to_ticket).distinct()
    from_members = (
        wanted.select_from(record_accounts).join(tickets, and_(_BELONGS, tickets.c.is_open)).join(links, _BEGINS)
    )
    for batch in batches(sorted(changed)):
        ends |= _ends(connection, from_members.where(of_tickets(connection, record_accounts, batch)))
    nudge(connection, ends, due)


def _ends(connection: Connection, query: Select[Any]) -> set[TicketRef]:
    return {TicketRef(row.to_helpdesk, row.to_ticket) for row in connection.execute(query)}
