"""The visits table: one row a ticket is its coalescing, its timer, its retry and its dead letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from escalade.store import bell
from escalade.store.schema import account_nudges, links, tickets, visits
from escalade.store.statements import Pair, among, batches, insert, insert_for, of_tickets, storable, upsert
from rules.ticket import AccountRef, TicketRef
from sync import DueVisit

#: Nudges for these reasons tell of something that is not known yet: the ticket has to be read.
LOOKS = frozenset({"webhook", "commanded", "replayed"})

#: What visits that are due are ordered by.
KEY = (visits.c.due, visits.c.helpdesk, visits.c.ticket)

#: A visit that is over, when to wake again (None = when something happens), and why then.
Rest = tuple[DueVisit, datetime | None, str]


def nudge(connection: Connection, refs: Iterable[TicketRef], due: datetime, reason: str) -> None:
    """Move the tickets' visits to `due` unless they are due earlier, revive dead letters, count the nudge."""
    looks = {"look": reason in LOOKS}
    rows = [
        {"helpdesk": ref.helpdesk, "ticket": ref.id, "due": due, "reason": reason, "attempts": 0, "nudges": 1} | looks
        # In one order for all, so that two transactions cannot wait for each other.
        for ref in sorted(set(refs))
    ]
    if rows:
        connection.execute(_nudging(connection.dialect.name), rows)
        bell.ring(connection)


@cache
def _nudging(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement of `nudge`; making it anew takes longer than carrying it out."""
    return _or_sooner(insert_for(dialect, visits).values(dead=False))


def nudge_later(connection: Connection, refs: Iterable[AccountRef], due: datetime) -> None:
    """Note that every open ticket of these accounts is to be nudged, at a cost that does not depend on how many.

    A first sync touches each account in page after page: nudging its tickets each time would cost the square of them.
    """
    rows = [{"helpdesk": ref.helpdesk, "account": ref.id, "due": due} for ref in sorted(set(refs))]
    if rows:
        # A note that is there already is taken hold of: spread before this transaction ends, it would be gone, and its
        # tickets be visited while they cannot see yet what is new.
        connection.execute(upsert(connection, account_nudges), rows)
        bell.ring(connection)


def has_later(connection: Connection) -> bool:
    """Accounts are noted whose tickets are still to be nudged."""
    return connection.execute(select(account_nudges.c.due).limit(1)).first() is not None


def spread_later(connection: Connection) -> None:
    """Nudge the open tickets of the accounts that were noted."""
    # Held in the order in which they are noted; a transaction that is just noting one is waited for.
    query = select(account_nudges).order_by(account_nudges.c.helpdesk, account_nudges.c.account).with_for_update()
    noted = [(AccountRef(row.helpdesk, row.account), row.due) for row in connection.execute(query)]
    refs = [ref for ref, _ in noted]
    for batch in batches(refs):
        connection.execute(
            delete(account_nudges).where(among(connection, account_nudges.c.helpdesk, account_nudges.c.account, batch))
        )
    if noted:
        nudge_siblings(connection, refs, min(due for _, due in noted), "sibling")


def nudge_siblings(
    connection: Connection,
    refs: Iterable[AccountRef],
    due: datetime,
    reason: str,
    *,
    but: Sequence[TicketRef] = (),
) -> None:
    """Nudge every open ticket of these accounts, except those named."""
    for batch in batches(sorted(set(refs))):
        siblings = among(connection, tickets.c.account_helpdesk, tickets.c.account, batch)
        if but:
            siblings = and_(siblings, ~of_tickets(connection, tickets, but))
        _nudge_open(connection, siblings, due, reason)


def nudge_linking(
    connection: Connection, refs: Sequence[TicketRef], due: datetime, *, but: Sequence[TicketRef] = ()
) -> None:
    """Nudge every open ticket that has a link to one of these, except those named."""
    for batch in batches(sorted(refs)):
        ties = select(links.c.helpdesk, links.c.ticket).where(
            among(connection, links.c.to_helpdesk, links.c.to_ticket, batch)
        )
        linking: ColumnElement[bool] = tuple_(tickets.c.helpdesk, tickets.c.ticket).in_(ties)
        if but:
            linking = and_(linking, ~of_tickets(connection, tickets, but))
        _nudge_open(connection, linking, due, "linked")


def nudge_all(connection: Connection, due: datetime, reason: str) -> None:
    """Nudge every open ticket."""
    _nudge_open(connection, true(), due, reason)


def _nudge_open(connection: Connection, chosen: ColumnElement[bool], due: datetime, reason: str) -> None:
    names = ["helpdesk", "ticket", "due", "reason", "attempts", "nudges", "dead", "look"]
    rows = select(
        tickets.c.helpdesk,
        tickets.c.ticket,
        literal(due, visits.c.due.type),
        literal(reason),
        literal(0),
        literal(1, visits.c.nudges.type),
        false(),
        literal(reason in LOOKS, visits.c.look.type),
    )
    ordered = rows.where(tickets.c.is_open, chosen).order_by(tickets.c.helpdesk, tickets.c.ticket)
    connection.execute(_or_sooner(insert(connection, visits).from_select(names, ordered)))
    bell.ring(connection)


def _or_sooner(statement: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """Insert the visit, or pull the known one forward."""
    new = statement.excluded
    sooner = visits.c.due.is_(None) | (new.due < visits.c.due)
    return statement.on_conflict_do_update(
        index_elements=[visits.c.helpdesk, visits.c.ticket],
        set_={
            "due": case((sooner, new.due), else_=visits.c.due),
            "reason": case((sooner, new.reason), else_=visits.c.reason),
            "attempts": case((visits.c.dead, 0), else_=visits.c.attempts),
            "nudges": visits.c.nudges + 1,
            "dead": false(),
            "look": or_(visits.c.look, new.look),
        },
    )


def due(connection: Connection, now: datetime, limit: int, after: DueVisit | None) -> list[DueVisit]:
    """The visits that are due and nobody is at, by (due, helpdesk, ticket), starting behind `after`."""
    query = free(now).limit(limit)
    if after is not None:
        last = (literal(after.due, visits.c.due.type), literal(after.ref.helpdesk), literal(after.ref.id))
        query = query.where(tuple_(*KEY) > tuple_(*last))
    return [visit_of(row) for row in connection.execute(query)]


def free(now: datetime) -> Select[Any]:
    """The rows of visits that are due and nobody is at, in their order."""
    columns = (*KEY, visits.c.reason, visits.c.attempts, visits.c.nudges, visits.c.look)
    return select(*columns).where(visits.c.due <= now, visits.c.holder.is_(None)).order_by(*KEY)


def visit_of(row: Row[Any], holder: str | None = None) -> DueVisit:
    """A row of `free`, as the visit that this worker holds."""
    return DueVisit(
        ref=TicketRef(row.helpdesk, row.ticket),
        due=row.due,
        reason=row.reason,
        attempts=row.attempts,
        nudges=row.nudges,
        look=row.look,
        holder=holder,
    )


def _finishing() -> Update:
    """The statement of `finish`; making it anew takes longer than carrying it out."""
    alone = visits.c.nudges == bindparam("seen")
    held = func.coalesce(visits.c.holder, "") == bindparam("held")
    return (
        update(visits)
        .where(visits.c.helpdesk == bindparam("of"), visits.c.ticket == bindparam("id"), held)
        .values(
            due=case((alone, bindparam("wake_at", type_=visits.c.due.type)), else_=visits.c.due),
            reason=case((alone, bindparam("why")), else_=visits.c.reason),
            attempts=0,
            dead=False,
            last_error=null(),
            holder=null(),
            look=case((alone, false()), else_=visits.c.look),
        )
    )


_FINISHING = _finishing()


def finish(connection: Connection, rests: Iterable[Rest]) -> None:
    """Let visits sleep until they wake; those that were nudged meanwhile stay due.

    Nothing happens to a visit that another worker has taken over.
    """
    rows = [
        {"of": visit.ref.helpdesk, "id": visit.ref.id, "seen": visit.nudges, "wake_at": wake_at, "why": why}
        | {"held": visit.holder or ""}
        for visit, wake_at, why in sorted(rests, key=lambda rest: rest[0].ref)
    ]
    if rows:
        connection.execute(_FINISHING, rows)


def park(connection: Connection, visit: DueVisit, until: datetime, error: str) -> bool:
    """Try again at `until`; a visit that was nudged meanwhile stays due. Counts the attempt in either case.

    Returns False when another worker has taken the visit over; nothing happens to it then.
    """
    alone = visits.c.nudges == visit.nudges
    parked = connection.execute(
        update(visits)
        .where(_is(visit.ref), _held(visit))
        .values(
            due=case((alone, literal(until, visits.c.due.type)), else_=visits.c.due),
            reason=case((alone, "retry"), else_=visits.c.reason),
            attempts=visit.attempts + 1,
            last_error=storable(error),
            holder=null(),
        )
    )
    return parked.rowcount > 0


def put_off(connection: Connection, visit: DueVisit, until: datetime) -> None:
    """Give a visit back undone, to be taken at `until`; one that was nudged meanwhile stays due, and nothing failed.

    Nothing happens to a visit that another worker has taken over.
    """
    alone = visits.c.nudges == visit.nudges
    later = case((alone, literal(until, visits.c.due.type)), else_=visits.c.due)
    connection.execute(update(visits).where(_is(visit.ref), _held(visit)).values(due=later, holder=null()))


def bury(connection: Connection, visit: DueVisit, error: str) -> bool:
    """Make the visit a dead letter; one that was nudged meanwhile gets its fresh start at once instead.

    Returns False when another worker has taken the visit over; nothing happens to it then.
    """
    alone = visits.c.nudges == visit.nudges
    buried = connection.execute(
        update(visits)
        .where(_is(visit.ref), _held(visit))
        .values(
            due=case((alone, null()), else_=visits.c.due),
            dead=case((alone, true()), else_=false()),
            attempts=case((alone, visit.attempts + 1), else_=0),
            last_error=storable(error),
            holder=null(),
        )
    )
    return buried.rowcount > 0


def dead_letters(connection: Connection) -> dict[TicketRef, str]:
    """Tickets whose visit was given up, with the last error."""
    query = (
        select(visits.c.helpdesk, visits.c.ticket, func.coalesce(visits.c.last_error, "").label("error"))
        .where(visits.c.dead)
        .order_by(visits.c.helpdesk, visits.c.ticket)
    )
    return {TicketRef(row.helpdesk, row.ticket): row.error for row in connection.execute(query)}


def _held(visit: DueVisit) -> ColumnElement[bool]:
    return func.coalesce(visits.c.holder, "") == (visit.holder or "")


def _is(ref: Pair) -> ColumnElement[bool]:
    return and_(visits.c.helpdesk == ref.helpdesk, visits.c.ticket == ref.id)
