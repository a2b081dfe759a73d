"""Ledgers and intents: what is ours on a ticket, and which writes are under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, func, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connectors.base import Intent, IntentState, Write
from escalade.store import blobs
from escalade.store.errors import StoreError
from escalade.store.schema import comments, intents, ledgers, tickets
from escalade.store.statements import batches, insert, insert_for, of_tickets
from rules.change import PostComment
from rules.ledger import Ledger
from rules.ticket import Priority, TicketRef

_TICKET = and_(tickets.c.helpdesk == bindparam("of"), tickets.c.ticket == bindparam("id"))
_LEDGER = and_(ledgers.c.helpdesk == bindparam("of"), ledgers.c.ticket == bindparam("id"))
#: What is kept of a ticket and its ledger so far, in one row, whichever of the two is there.
_SO_FAR = select(
    select(tickets.c.priority).where(_TICKET).scalar_subquery().label("priority"),
    select(tickets.c.base_priority).where(_TICKET).scalar_subquery().label("base_priority"),
    select(ledgers.c.ledger).where(_LEDGER).scalar_subquery().label("ledger"),
)


def keep_ledger(connection: Connection, ledger: Ledger) -> None:
    """Keep the ledger, and count the ticket under the priority that people set according to it."""
    row = connection.execute(_SO_FAR, {"of": ledger.ref.helpdesk, "id": ledger.ref.id}).one()
    _keep_blob(connection, ledger, row.ledger)
    base = ledger.base_priority(None if row.priority is None else Priority(row.priority))
    if base != row.base_priority:
        this = and_(tickets.c.helpdesk == ledger.ref.helpdesk, tickets.c.ticket == ledger.ref.id)
        connection.execute(update(tickets).where(this).values(base_priority=base))


def _keep_blob(connection: Connection, ledger: Ledger, before: bytes | None) -> None:
    """Keep the ledger itself, in place of the one before.

    An escalation follows the version that began it, unless it was told to follow another.
    """
    escalation = ledger.escalation
    row = {
        "helpdesk": ledger.ref.helpdesk,
        "ticket": ledger.ref.id,
        "ledger": blobs.of_ledger(ledger, before),
        "follows": None if escalation is None else escalation.policy or None,
    }
    connection.execute(_keeping(connection.dialect.name), row)


@cache
def _keeping(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement of `_keep_blob`; making it anew takes longer than carrying it out."""
    statement = insert_for(dialect, ledgers)
    new = statement.excluded
    follows = case((new.follows.is_(None), null()), else_=func.coalesce(ledgers.c.follows, new.follows))
    keys = list(ledgers.primary_key.columns)
    return statement.on_conflict_do_update(index_elements=keys, set_={"ledger": new.ledger, "follows": follows})


class Kept(NamedTuple):
    """What is kept of one ticket: the ledger, and the version of the policy that its escalation follows."""

    ledger: Ledger
    follows: str | None


def ledgers_of(
    connection: Connection, refs: Sequence[TicketRef], unreadable: set[TicketRef] | None = None
) -> dict[TicketRef, Ledger]:
    """The ledgers that are there; a ticket that we never touched has none. `unreadable` is as for `kept_of`."""
    return {ref: kept.ledger for ref, kept in kept_of(connection, refs, unreadable).items()}


def kept_of(
    connection: Connection, refs: Sequence[TicketRef], unreadable: set[TicketRef] | None = None
) -> dict[TicketRef, Kept]:
    """The ledgers that are there, each with the version that its escalation follows.

    Args:
        connection: In a transaction.
        refs: The tickets.
        unreadable: Where given, tickets whose ledger cannot be read are added to it and left out; else they raise.
    """
    found = {}
    for batch in batches(refs):
        for row in connection.execute(select(ledgers).where(of_tickets(connection, ledgers, batch))):
            ref = TicketRef(row.helpdesk, row.ticket)
            with blobs.setting_aside(ref, unreadable):
                found[ref] = Kept(blobs.to_ledger(row.ledger), row.follows)
    return found


def any_ledger(connection: Connection) -> bool:
    """Whether there is a ledger at all."""
    return connection.execute(select(ledgers.c.ticket).limit(1)).first() is not None


def intend(connection: Connection, intended: Iterable[Intent]) -> None:
    """Journal writes before they are sent. An operation of known outcome is never begun again.

    Raises:
        StoreError: the operation was applied or refused before.
    """
    for intent in sorted(intended, key=lambda intent: intent.operation):
        statement = insert(connection, intents)
        again = {name: statement.excluded[name] for name in ("state", "comments", "write", "intended_at")}
        repeatable = intents.c.state.in_([IntentState.INTENDED, IntentState.LOST])
        guarded = statement.on_conflict_do_update(index_elements=["operation"], set_=again, where=repeatable)
        stored = connection.execute(guarded.returning(intents.c.operation), _row(intent)).first()
        if stored is None:
            raise StoreError(
                f"operation {intent.operation} on {intent.write.ticket} was sent before and its outcome is known; "
                "sending it again would do it twice"
            )


def _row(intent: Intent) -> dict[str, object]:
    return {
        "operation": intent.operation,
        "helpdesk": intent.write.ticket.helpdesk,
        "ticket": intent.write.ticket.id,
        "state": intent.state,
        "comments": sum(isinstance(change, PostComment) for change in intent.write.changes),
        "write": blobs.of(intent.write),
        "intended_at": intent.intended_at,
    }


def conclude(connection: Connection, operation: str, state: IntentState) -> None:
    """Keep the outcome of a write.

    Raises:
        StoreError: the operation was never begun.
    """
    values: dict[str, object] = {"state": state}
    if state is not IntentState.INTENDED:
        values["write"] = None
    changed = connection.execute(update(intents).where(intents.c.operation == operation).values(values))
    if changed.rowcount == 0:
        raise StoreError(f"operation {operation} was never begun, so its outcome {state} cannot be kept")


def open_intents(
    connection: Connection, refs: Sequence[TicketRef], unreadable: set[TicketRef] | None = None
) -> dict[TicketRef, tuple[Intent, ...]]:
    """Writes of unknown outcome, the oldest first. `unreadable` is as for `kept_of`."""
    found: defaultdict[TicketRef, tuple[Intent, ...]] = defaultdict(tuple)
    for batch in batches(refs):
        query = (
            select(intents)
            .where(of_tickets(connection, intents, batch), intents.c.state == IntentState.INTENDED)
            .order_by(intents.c.intended_at, intents.c.operation)
        )
        for row in connection.execute(query):
            with blobs.setting_aside(TicketRef(row.helpdesk, row.ticket), unreadable):
                write: Write = blobs.to_write(row.write)
                found[write.ticket] += (Intent(operation=row.operation, write=write, intended_at=row.intended_at),)
    return dict(found)


def comments_since(connection: Connection, ref: TicketRef, since: datetime) -> int:
    """Comments of ours, by our own account of it or by the helpdesk's, whichever is more.

    The brakes must also hold when one of the two is behind: writes of unknown outcome count as posted, and so do
    comments that the helpdesk shows under our user although this database has no record of them.
    """
    sent = select(func.coalesce(func.sum(intents.c.comments), 0)).where(
        intents.c.helpdesk == ref.helpdesk,
        intents.c.ticket == ref.id,
        intents.c.intended_at >= since,
        intents.c.state.in_([IntentState.INTENDED, IntentState.APPLIED]),
    )
    seen = select(func.count()).where(
        comments.c.helpdesk == ref.helpdesk, comments.c.ticket == ref.id, comments.c.at >= since, comments.c.ours
    )
    return max(int(connection.scalar(sent) or 0), int(connection.scalar(seen) or 0))
