"""Leases: which worker is at which visit, and what becomes of the visits of a worker that died.

A worker is alive as long as its row is there and young enough by the clock of the database, and the mark that it showed
when it joined is there; a visit is held as long as its worker is alive. So a heartbeat is one row however many visits a
worker has in hand, and whoever takes a dead worker's visits over deletes that row first: should the worker only have
been slow, it finds itself fenced off.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from escalade.store.errors import LeaseLostError
from escalade.store.presence import shown
from escalade.store.schema import schedules, visits, workers
from escalade.store.statements import batches, of_tickets, upsert
from escalade.store.visits import free, visit_of
from rules.ticket import TicketRef
from sync import DueVisit

_MICROSECONDS = 1_000_000
# Made once, since making them takes longer than carrying them out, and every write asks.
_ALIVE = select(workers.c.name).where(workers.c.name == bindparam("worker")).with_for_update(read=True)
_MINE = select(visits.c.ticket).where(
    visits.c.helpdesk == bindparam("of"), visits.c.ticket == bindparam("id"), visits.c.holder == bindparam("worker")
)
_SQLITE_PRESENT = literal_column("CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", BigInteger)


def join(connection: Connection, worker: str, presence: int | None) -> None:
    """Let a worker take part from now on; `presence` is the number of the mark that it shows, if it shows one."""
    values = {"name": worker, "seen_at": _present(connection), "presence": presence}
    connection.execute(upsert(connection, workers).values(**values))


def beat(connection: Connection, worker: str) -> None:
    """Tell that the worker is alive.

    Raises:
        LeaseLostError: it was taken for dead; what it had in hand may be in other hands.
    """
    beaten = connection.execute(update(workers).where(workers.c.name == worker).values(seen_at=_present(connection)))
    if beaten.rowcount == 0:
        raise LeaseLostError(f"the worker {worker} was taken for dead")


def leave(connection: Connection, worker: str) -> None:
    """The worker ends: what it still has in hand is anybody's."""
    _free(connection, [worker])


def take_over(
    connection: Connection,
    patience: timedelta,
    unmarked: timedelta | None = None,
    is_gone: Callable[[str], bool] = lambda _: False,
) -> list[str]:
    """Free what dead workers hold; returns their names.

    Args:
        connection: In a transaction that writes.
        patience: Who was not seen for so long is dead.
        unmarked: So is, after this shorter time, whose mark is not there any more; None = marks say nothing.
        is_gone: Whether one whose mark is not there any more is known to be dead, however lately it was seen.
    """
    dead_by_now = _silent(connection, patience)
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql and unmarked is not None:
        lost = and_(workers.c.presence.is_not(None), workers.c.presence.not_in(shown()))
        gone = [name for name in connection.scalars(select(workers.c.name).where(lost)) if is_gone(name)]
        dead_by_now = or_(dead_by_now, and_(lost, or_(_silent(connection, unmarked), workers.c.name.in_(gone))))
    query = select(workers.c.name).where(dead_by_now).order_by(workers.c.name)
    if is_postgresql:
        # One that is just telling that it is alive, or at the moment before a write, is left for later.
        query = query.with_for_update(skip_locked=True)
    dead = list(connection.scalars(query))
    _free(connection, dead)
    return dead


def _silent(connection: Connection, seconds: timedelta) -> ColumnElement[bool]:
    return workers.c.seen_at < _present(connection) - literal(seconds // timedelta(microseconds=1), BigInteger)


def free_all(connection: Connection) -> None:
    """Free everything: only who has the store to itself may say that all workers are dead."""
    _free(connection, list(connection.scalars(select(workers.c.name))))
    connection.execute(update(visits).where(visits.c.holder.is_not(None)).values(holder=null()))


def names(connection: Connection) -> list[str]:
    """The workers, dead or alive."""
    return list(connection.scalars(select(workers.c.name).order_by(workers.c.name)))


def _free(connection: Connection, dead: Sequence[str]) -> None:
    if not dead:
        return
    connection.execute(delete(workers).where(workers.c.name.in_(dead)))
    for table in (visits, schedules):
        connection.execute(update(table).where(table.c.holder.in_(dead)).values(holder=null()))


def count(connection: Connection, now: datetime, most: int, but: Collection[str]) -> int:
    """How many visits are due that nobody is at, counted up to `most`; those of the helpdesks in `but` do not count."""
    some = _of_others(now, but).limit(most).subquery()
    return int(connection.scalar(select(func.count()).select_from(some)) or 0)


def claim(connection: Connection, worker: str, now: datetime, most: int, but: Collection[str]) -> list[DueVisit]:
    """Take up to `most` visits that are due, the longest overdue first; nobody else gets them.

    Args:
        connection: In a transaction that writes.
        worker: Who takes them.
        now: Visits due later are left.
        most: How many at most.
        but: Helpdesks whose visits are left.
    """
    query = _of_others(now, but).limit(most)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=visits)
    taken = [visit_of(row, worker) for row in connection.execute(query)]
    for batch in batches([visit.ref for visit in taken]):
        connection.execute(update(visits).where(of_tickets(connection, visits, batch)).values(holder=worker))
    return taken


def claim_one(connection: Connection, worker: str, ref: TicketRef) -> bool:
    """Take the visit of one ticket, due or not; False when somebody is at it. The ticket must have been nudged."""
    this = (visits.c.helpdesk == ref.helpdesk, visits.c.ticket == ref.id, visits.c.holder.is_(None))
    return connection.execute(update(visits).where(*this).values(holder=worker)).rowcount > 0


def release(connection: Connection, worker: str, refs: Sequence[TicketRef]) -> None:
    """Give visits back undone: they are as due as they were."""
    for batch in batches(sorted(refs)):
        mine = (of_tickets(connection, visits, batch), visits.c.holder == worker)
        connection.execute(update(visits).where(*mine).values(holder=null()))


def alive(connection: Connection, worker: str) -> None:
    """Make sure that the worker was not taken for dead, and is not before this transaction ends.

    Raises:
        LeaseLostError: it was.
    """
    # Whoever takes its visits over deletes this row first, and so waits for this transaction.
    if connection.execute(_ALIVE, {"worker": worker}).first() is None:
        raise LeaseLostError(f"the worker {worker} was taken for dead")


def fence(connection: Connection, worker: str, ref: TicketRef) -> None:
    """Make sure that the worker still is at the ticket, and stays so until this transaction ends.

    Raises:
        LeaseLostError: the visit was taken over, so that nothing more may be written in it.
    """
    alive(connection, worker)
    if connection.execute(_MINE, {"of": ref.helpdesk, "id": ref.id, "worker": worker}).first() is None:
        raise LeaseLostError(f"the visit of {ref} was taken over: this worker was not heard of for too long")


def take_schedule(connection: Connection, name: str, worker: str, now: datetime) -> bool:
    """Take what is done once for all workers, if it is due and nobody is at it. It is due at once when it is new."""
    fresh = upsert(connection, schedules).values(name=name, due=now)
    if connection.execute(select(schedules.c.due).where(schedules.c.name == name)).first() is None:
        connection.execute(fresh)
    free_now = (schedules.c.name == name, schedules.c.due <= now, schedules.c.holder.is_(None))
    return connection.execute(update(schedules).where(*free_now).values(holder=worker)).rowcount > 0


def is_due(connection: Connection, name: str, now: datetime) -> bool:
    """Whether `take_schedule` has a chance."""
    row = connection.execute(select(schedules.c.due, schedules.c.holder).where(schedules.c.name == name)).first()
    return row is None or (row.holder is None and row.due <= now)


def end_schedule(connection: Connection, name: str, worker: str, due: datetime) -> None:
    """It is done: next at `due`. Nothing happens when another worker has taken it over."""
    mine = (schedules.c.name == name, schedules.c.holder == worker)
    connection.execute(update(schedules).where(*mine).values(due=due, holder=null()))


def _of_others(now: datetime, but: Collection[str]) -> Select[Any]:
    query = free(now)
    return query.where(visits.c.helpdesk.not_in(sorted(but))) if but else query


def _present(connection: Connection) -> ColumnElement[int]:
    """The present by the clock of the database, in microseconds: machines differ in theirs."""
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()) * _MICROSECONDS, BigInteger)
    return _SQLITE_PRESENT
