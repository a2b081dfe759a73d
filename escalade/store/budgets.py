"""The rate budgets that all processes share: one row a bucket, changed under its lock, by the database's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, literal_column, select, tuple_

from connectors import bucket as buckets
from connectors.bucket import Bucket, Given
from connectors.errors import Scope
from connectors.purse import Ask, Key, answered
from escalade.store.schema import budgets
from escalade.store.statements import insert, upsert

_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder(Bucket)
#: One transaction in so many drops the rows that say nothing any more.
_SWEEP_EVERY = 64


def now_of(connection: Connection) -> float:
    """Seconds since the epoch by the database's clock: the one clock that all machines share."""
    if connection.dialect.name == "postgresql":
        clock: ColumnElement[Any] = func.extract("epoch", func.clock_timestamp())
    else:
        clock = literal_column("(julianday('now') - 2440587.5) * 86400.0")
    return float(connection.scalar(select(clock)) or 0.0)


def take(connection: Connection, helpdesk: str, asks: Sequence[Ask], now: float | None = None) -> list[Given]:
    """Take calls out of budgets; see `connectors.purse`."""
    found = _locked(connection, helpdesk, asks)
    # The clock is read behind the locks: whoever waits for them must not count in a slot that is over.
    at = now_of(connection) if now is None else now
    given: list[Given] = []
    changed: dict[Key, Bucket] = {}
    for ask in asks:
        bucket, got = answered(found[ask.key], ask, at)
        found[ask.key] = changed[ask.key] = bucket
        given.append(got)
    _keep(connection, helpdesk, changed)
    if int(at * 1000) % _SWEEP_EVERY == 0:
        connection.execute(delete(budgets).where(budgets.c.idle_at < at, budgets.c.scope == Scope.TICKET))
    return given


def hold(connection: Connection, helpdesk: str, ask: Ask, seconds: float, now: float | None = None) -> None:
    """Let nobody take anything out of a budget for so many seconds."""
    bucket = _locked(connection, helpdesk, [ask])[ask.key]
    at = now_of(connection) if now is None else now
    _keep(connection, helpdesk, {ask.key: buckets.hold(bucket, at, seconds)})


def known(connection: Connection) -> Mapping[tuple[str, Key], Bucket]:
    """The budgets of helpdesks and endpoints; those of tickets are too many to be told."""
    query = select(budgets).where(budgets.c.scope != Scope.TICKET)
    return {
        (row.helpdesk, Key(Scope(row.scope), row.name)): _UNPACK.decode(row.bucket) for row in connection.execute(query)
    }


def _locked(connection: Connection, helpdesk: str, asks: Sequence[Ask]) -> dict[Key, Bucket]:
    """The buckets of these asks, each made where it is not there, and locked until the transaction ends."""
    # In one order for all, so that two transactions cannot wait for each other.
    ordered = sorted({ask.key: ask for ask in asks}.items())
    rows = [_row(helpdesk, key, Bucket(ask.calls, ask.per, said=ask.calls)) for key, ask in ordered]
    connection.execute(insert(connection, budgets).on_conflict_do_nothing(), rows)
    query = (
        select(budgets.c.scope, budgets.c.name, budgets.c.bucket)
        .where(budgets.c.helpdesk == helpdesk)
        .where(tuple_(budgets.c.scope, budgets.c.name).in_([(str(key.scope), key.name) for key, _ in ordered]))
        .order_by(budgets.c.scope, budgets.c.name)
        .with_for_update()
    )
    return {Key(Scope(row.scope), row.name): _UNPACK.decode(row.bucket) for row in connection.execute(query)}


def _keep(connection: Connection, helpdesk: str, changed: Mapping[Key, Bucket]) -> None:
    rows = [_row(helpdesk, key, bucket) for key, bucket in changed.items()]
    connection.execute(upsert(connection, budgets), rows)


def _row(helpdesk: str, key: Key, bucket: Bucket) -> dict[str, object]:
    return {
        "helpdesk": helpdesk,
        "scope": str(key.scope),
        "name": key.name,
        "bucket": _PACK.encode(bucket),
        "idle_at": buckets.idle_at(bucket),
    }
