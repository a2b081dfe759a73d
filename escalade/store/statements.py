"""The few SQL shapes that the databases spell differently: upsert, and "one of these keys"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol, TypeVar

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Table, Text, and_, func, literal, or_, select, tuple_
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


def storable(text: str) -> str:
    """The text without the one character that PostgreSQL cannot hold; helpdesks let people write it."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces that fit into one statement."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def among(
    connection: Connection, helpdesk: Column[str], identity: Column[str], pairs: Iterable[Pair]
) -> ColumnElement[bool]:
    """The row's (helpdesk, identity) is one of the pairs; there must be at least one pair."""
    return keyed_by(connection, (helpdesk, identity), [(pair.helpdesk, pair.id) for pair in pairs])


def of_tickets(connection: Connection, table: Table, refs: Iterable[Pair]) -> ColumnElement[bool]:
    """The row belongs to one of these tickets; there must be at least one."""
    return among(connection, table.c.helpdesk, table.c.ticket, refs)


def keyed_by(
    connection: Connection, columns: Sequence[Column[str]], keys: Sequence[tuple[str, ...]]
) -> ColumnElement[bool]:
    """The row's columns are one of the keys; there must be at least one key.

    The first column is the helpdesk. Of keys with more than two parts, SQLite also finds rows that combine them.
    """
    if connection.dialect.name == "postgresql":
        # One parameter a column, joined by the index: `IN` with a thousand parameters gets a prepared plan that, until
        # the table is analysed for the first time, compares each of the helpdesk's rows with each parameter.
        parts = [literal(list(part), ARRAY(Text)) for part in zip(*keys, strict=True)]
        wanted = func.unnest(*parts).table_valued(*(column.name for column in columns)).render_derived()
        return tuple_(*columns).in_(select(wanted))
    by_helpdesk: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name, *rest in keys:
        by_helpdesk[name].append(tuple(rest))
    return or_(*(_of_helpdesk(columns, name, rests) for name, rests in sorted(by_helpdesk.items())))


def _of_helpdesk(
    columns: Sequence[Column[str]], helpdesk: str, rests: Iterable[tuple[str, ...]]
) -> ColumnElement[bool]:
    values = (dict.fromkeys(part) for part in zip(*rests, strict=True))
    wanted = zip(columns[1:], map(tuple, values), strict=True)
    # One key is the usual case while a service runs, and a plain comparison takes a fraction of what `IN` takes.
    parts = (column == part[0] if len(part) == 1 else column.in_(part) for column, part in wanted)
    return and_(columns[0] == helpdesk, *parts)


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT in the connection's dialect."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same by the dialect's name, for statements that are made once."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Insert a row, or replace every column of the row that has the same primary key."""
    return _upsert_for(connection.dialect.name, table)


@cache
def _upsert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same by the dialect's name; making it anew takes longer than carrying it out."""
    statement = insert_for(dialect, table)
    keys = list(table.primary_key.columns)
    values = {column.name: statement.excluded[column.name] for column in table.columns if column not in set(keys)}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
