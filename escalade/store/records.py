"""Records: what stands around a ticket in the escalation of its account, and whom the news of one concerns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from escalade.store import members, standings, ties, visits
from escalade.store.horizon import Horizon
from rules.escalation.standing import Around, accounts_of, foremost, is_record
from rules.ticket import Ticket, TicketRef


def around_of(connection: Connection, shown: Mapping[TicketRef, Ticket]) -> dict[TicketRef, Around]:
    """What stands around these tickets; those around which there is nothing are left out."""
    owners = {ticket.account for ticket in shown.values() if ticket.account is not None}
    told = {account: foremost(found) for account, found in standings.standings_of(connection, owners).items()}
    owned = {ref: accounts_of(one) for ref, one in shown.items() if is_record(one)}
    found = {ref: Around(members=about) for ref, about in members.members_of(connection, owned).items()}
    strangers = [ref for ref, ticket in shown.items() if ticket.account is None and not is_record(ticket)]
    found |= {ref: Around(beside=beside) for ref, beside in ties.beside_of(connection, strangers).items()}
    for ref, ticket in shown.items():
        if ticket.account is not None and not is_record(ticket) and (standing := told.get(ticket.account)) is not None:
            found[ref] = Around(standing=standing)
    return found


def news(  # noqa: PLR0917 - what was seen, what is gone, who moved or spoke, what is tied, and who is being visited
    connection: Connection,
    seen: Sequence[Ticket],
    gone: Sequence[TicketRef],
    moved: Iterable[TicketRef],
    ends: Iterable[TicketRef],
    now: datetime,
    horizon: Horizon,
    but: Collection[TicketRef] = (),
) -> None:
    """Take account of a batch of news: who is a record, who belongs to one, whose record is concerned.

    Args:
        connection: A writing transaction, in which the tickets were stored.
        seen: Tickets as they are now.
        gone: Tickets that there are no more.
        moved: Those that people changed or spoke on. What we wrote ourselves is not among them: it moves no record.
        ends: Tickets at the other ends of links that are new or gone, or that begin at tickets which came, went, moved
            or belong to another account.
        now: When the visits that follow are due (UTC).
        horizon: Whether anybody looks.
        but: Tickets that are being visited already.
    """
    if horizon.records or any(is_record(ticket) for ticket in seen):
        visits.nudge_later(connection, standings.keep(connection, seen, gone, now), now)
    if horizon.records:
        members.join(connection, seen)
        members.nudge(connection, moved, now, but=but)
        ties.nudge(connection, ends, now, but=but)
