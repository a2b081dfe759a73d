"""The few SQL shapes that both databases share: upsert, and "one of these pairs"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, or_
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

#: Rows a statement. Both databases limit bound parameters (SQLite 32,766; PostgreSQL 65,535): stay far below.
BATCH = 1000


class Pair(Protocol):
    """A TicketRef or an AccountRef."""

    @property
    def helpdesk(self) -> str:
        """The helpdesk's configured name."""
        ...

    @property
    def id(self) -> str:
        """The vendor's id."""
        ...


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces that fit into one statement."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def among(helpdesk: Column[str], identity: Column[str], pairs: Iterable[Pair]) -> ColumnElement[bool]:
    """The row's (helpdesk, identity) is one of the pairs; there must be at least one pair."""
    by_helpdesk: defaultdict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        by_helpdesk[pair.helpdesk].append(pair.id)
    return or_(*(and_(helpdesk == name, identity.in_(ids)) for name, ids in sorted(by_helpdesk.items())))


def of_tickets(table: Table, refs: Iterable[Pair]) -> ColumnElement[bool]:
    """The row belongs to one of these tickets; there must be at least one."""
    return among(table.c.helpdesk, table.c.ticket, refs)


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT in the connection's dialect."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Insert a row, or replace every column of the row that has the same primary key."""
    statement = insert(connection, table)
    keys = list(table.primary_key.columns)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column not in set(keys)}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
