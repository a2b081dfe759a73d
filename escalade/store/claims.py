"""Claims: one record for an account, however many of its tickets ask for one at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from connectors.base import Intent, IntentState
from escalade.store import standings
from escalade.store.errors import ClaimedError
from escalade.store.schema import intents, record_claims, tickets
from escalade.store.statements import insert
from rules.change import OpenLinked
from rules.ledger import Ledger
from rules.ticket import AccountRef, TicketRef

#: How long a ticket may try before another one of its account may.
LEASE = timedelta(hours=1)


def claim(connection: Connection, begun: Sequence[Intent]) -> None:
    """Let these writes open the records that they open, and no others at the same time.

    Raises:
        ClaimedError: there is a record, or another ticket is at it.
    """
    for intent in begun:
        for change in intent.write.changes:
            if isinstance(change, OpenLinked) and change.account is not None:
                _claim(connection, intent, change, change.account)


def _claim(connection: Connection, intent: Intent, change: OpenLinked, account: AccountRef) -> None:
    for standing in standings.standings_of(connection, [account]).get(account, ()):
        if standing.state.takes_the_place:
            raise ClaimedError(f"the account has the record {standing.record}", None)
    ours = {
        "operation": intent.operation,
        "key": change.key,
        "helpdesk": change.on.helpdesk,
        "ticket": change.on.id,
        "at": intent.intended_at,
    }
    this = and_(record_claims.c.account_helpdesk == account.helpdesk, record_claims.c.account == account.id)
    row = {"account_helpdesk": account.helpdesk, "account": account.id, **ours}
    # Whoever is second waits here until the first one has committed, and reads that below.
    connection.execute(insert(connection, record_claims).on_conflict_do_nothing(), row)
    held = connection.execute(select(record_claims).where(this).with_for_update()).one()
    if held.operation == intent.operation:
        return
    holder = TicketRef(held.helpdesk, held.ticket)
    if holder != change.on and (until := _holds_until(connection, held, intent.intended_at)) is not None:
        raise ClaimedError(f"{holder} is opening the record of {account}", until)
    connection.execute(update(record_claims).where(this).values(**ours))


def _holds_until(connection: Connection, held: Row[*tuple[Any, ...]], now: datetime) -> datetime | None:
    """How long the claim of another ticket holds; None = its ticket is gone, or nothing came of it for too long."""
    there = and_(tickets.c.helpdesk == held.helpdesk, tickets.c.ticket == held.ticket)
    if connection.scalar(select(tickets.c.is_open).where(there)) is None:
        return None
    state = connection.scalar(select(intents.c.state).where(intents.c.operation == held.operation))
    until: datetime = held.at + LEASE
    if until > now:
        return until
    # A write of unknown outcome may still show up: it is looked for before anything else is sent.
    return now + LEASE if state == IntentState.INTENDED else None


def settle(connection: Connection, operation: str, ledger: Ledger) -> None:
    """Note the record that a write opened. Where nothing was opened, the claim stays with its ticket for a while."""
    held = connection.execute(select(record_claims).where(record_claims.c.operation == operation)).first()
    record = None if held is None else ledger.opened.get(held.key)
    if held is not None and record is not None:
        standings.open_record(connection, record, AccountRef(held.account_helpdesk, held.account), held.at)
