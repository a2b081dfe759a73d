"""Webhook deliveries: nudging what they name, knowing repeats, and keeping the odd ones for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, tuple_
from sqlalchemy.sql.dml import ReturningInsert

from escalade.store import family, visits
from escalade.store.schema import deliveries, odd_deliveries
from escalade.store.statements import insert_for, storable
from rules.ticket import TicketRef

#: How long repeats are known. Jira tries again for more than an hour; a signature may be a day old.
REMEMBERED = timedelta(hours=25)
#: The newest odd deliveries of each webhook that are kept, how long, and how much of each body (bytes).
MOST_ODD = 200
ODD_KEPT = timedelta(days=14)
MOST_BODY = 65_536
#: Rows that one transaction forgets, so that it stays short.
_FORGOTTEN = 1000
_HEADERS = msgspec.json.Decoder(dict[str, str])


class OddDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that was signed right and should have named a ticket, but does not."""

    id: int = 0
    at: datetime
    webhook: str
    event: str
    why: str
    headers: Mapping[str, str]
    #: At most the first 65,536 bytes.
    body: bytes
    #: Length of the whole body in bytes.
    size: int


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A believed delivery that is to be kept before it is acknowledged."""

    webhook: str
    #: By which repeats are known; empty = not at all.
    delivery: str
    tickets: tuple[TicketRef, ...] = ()
    #: What is kept of it where it names no ticket though it should.
    odd: OddDelivery | None = None


def arrive(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[bool]:
    """Make the tickets' visits due; says of each arrival whether it is new. A repeat does nothing."""
    fresh = _fresh(connection, arrivals, now)
    new = [arrival for arrival, first in zip(arrivals, fresh, strict=True) if first]
    told = family.looked_at(connection, (ref for arrival in new for ref in arrival.tickets))
    visits.nudge(connection, told, now, "webhook")
    strange = [arrival.odd for arrival in new if arrival.odd is not None]
    if strange:
        _keep(connection, strange, now)
    return fresh


def _fresh(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[bool]:
    keys = {(arrival.webhook, arrival.delivery) for arrival in arrivals if arrival.delivery}
    unknown: set[tuple[str, str]] = set()
    if keys:
        # In one order for all, so that two transactions cannot wait for each other.
        rows = [{"webhook": webhook, "delivery": delivery, "at": now} for webhook, delivery in sorted(keys)]
        returned = connection.execute(_taking_in(connection.dialect.name), rows)
        unknown = {(row.webhook, row.delivery) for row in returned}
    fresh = []
    for arrival in arrivals:
        key = (arrival.webhook, arrival.delivery)
        fresh.append(not arrival.delivery or key in unknown)
        unknown.discard(key)
    return fresh


@cache
def _taking_in(dialect: str) -> ReturningInsert[tuple[str, str]]:
    """The statement that keeps delivery ids and gives the new ones back."""
    statement = insert_for(dialect, deliveries).on_conflict_do_nothing()
    return statement.returning(deliveries.c.webhook, deliveries.c.delivery)


def _keep(connection: Connection, strange: Sequence[OddDelivery], now: datetime) -> None:
    rows = [
        {
            "at": one.at,
            "webhook": one.webhook,
            "event": one.event,
            "why": one.why,
            "headers": msgspec.json.encode({name: storable(value) for name, value in one.headers.items()}),
            "body": one.body[:MOST_BODY],
            "size": one.size,
        }
        for one in strange
    ]
    connection.execute(odd_deliveries.insert(), rows)
    for webhook in sorted({one.webhook for one in strange}):
        own = odd_deliveries.c.webhook == webhook
        newest = select(odd_deliveries.c.id).where(own).order_by(odd_deliveries.c.id.desc()).limit(MOST_ODD)
        connection.execute(delete(odd_deliveries).where(own, odd_deliveries.c.id.not_in(newest)))
    connection.execute(delete(odd_deliveries).where(odd_deliveries.c.at < now - ODD_KEPT))


def forget(connection: Connection, now: datetime) -> bool:
    """Forget deliveries that no repeat is expected of any more, a limited number at a time; True = there are more."""
    key = (deliveries.c.webhook, deliveries.c.delivery)
    old = select(*key).where(deliveries.c.at < now - REMEMBERED).order_by(deliveries.c.at).limit(_FORGOTTEN)
    return connection.execute(delete(deliveries).where(tuple_(*key).in_(old))).rowcount == _FORGOTTEN


def odd(connection: Connection, limit: int) -> list[OddDelivery]:
    """The newest odd deliveries, the newest first."""
    query = select(odd_deliveries).order_by(odd_deliveries.c.id.desc()).limit(limit)
    return [_odd(row) for row in connection.execute(query)]


def odd_one(connection: Connection, number: int) -> OddDelivery | None:
    """The odd delivery with this id; None = it is not kept, or not any more."""
    row = connection.execute(select(odd_deliveries).where(odd_deliveries.c.id == number)).first()
    return None if row is None else _odd(row)


def _odd(row: Row[Any]) -> OddDelivery:
    return OddDelivery(
        id=row.id,
        at=row.at,
        webhook=row.webhook,
        event=row.event,
        why=row.why,
        headers=_HEADERS.decode(row.headers),
        body=row.body,
        size=row.size,
    )
