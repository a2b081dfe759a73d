"""Dead letters: the visits that were given up; read, begun anew or put away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, false, func, null, select, update

from escalade.store import visits as visiting
from escalade.store.schema import journal, visits
from escalade.store.statements import batches, of_tickets
from rules.reports.unattended import Unattended
from rules.ticket import TicketRef

#: The action under which the journal knows that a visit was given up.
GIVEN_UP = "visit.given_up"


def read(connection: Connection) -> list[Unattended]:
    """All of them, by helpdesk and id."""
    since = (
        select(func.max(journal.c.at))
        .where(
            and_(
                journal.c.helpdesk == visits.c.helpdesk,
                journal.c.ticket == visits.c.ticket,
                journal.c.action == GIVEN_UP,
            )
        )
        .scalar_subquery()
        .label("since")
    )
    query = (
        select(visits.c.helpdesk, visits.c.ticket, visits.c.last_error, visits.c.attempts, since)
        .where(visits.c.dead)
        .order_by(visits.c.helpdesk, visits.c.ticket)
    )
    return [
        Unattended(
            ref=TicketRef(row.helpdesk, row.ticket), error=row.last_error or "", attempts=row.attempts, since=row.since
        )
        for row in connection.execute(query)
    ]


def replay(connection: Connection, refs: Sequence[TicketRef], due: datetime) -> list[TicketRef]:
    """Let those of these that are dead be visited at `due`, as if they had never failed; returns them."""
    dead = _dead(connection, refs)
    visiting.nudge(connection, dead, due, "replayed")
    return dead


def drop(connection: Connection, refs: Sequence[TicketRef]) -> list[TicketRef]:
    """Put those of these that are dead away: only something new wakes them; returns them."""
    dead = _dead(connection, refs)
    for batch in batches(dead):
        chosen = of_tickets(connection, visits, batch)
        connection.execute(update(visits).where(chosen, visits.c.dead).values(dead=false(), due=null(), attempts=0))
    return dead


def _dead(connection: Connection, refs: Sequence[TicketRef]) -> list[TicketRef]:
    found = []
    for batch in batches(sorted(set(refs))):
        # Locked, so that of two who replay at once only one does.
        query = select(visits.c.helpdesk, visits.c.ticket).where(of_tickets(connection, visits, batch), visits.c.dead)
        found += [TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query.with_for_update())]
    return sorted(found)
