"""Since when Escalade acts on which helpdesk, and the tickets that are taken note of at its start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import json
from sqlalchemy import Connection, and_, func, select

from escalade.store import writes
from escalade.store.schema import meta, tickets
from escalade.store.statements import upsert
from rules.ledger import Ledger
from rules.start import Start
from rules.ticket import TicketRef

#: Under which name they are kept.
_STARTS = "starts"


def starts(connection: Connection) -> dict[str, Start]:
    """The start of every helpdesk that has one, by name."""
    found = connection.scalar(select(meta.c.value).where(meta.c.name == _STARTS))
    return json.decode(found or "{}", type=dict[str, Start])


def keep(connection: Connection, helpdesks: Mapping[str, Start]) -> None:
    """Keep the start of helpdesks; one that has begun before stays as it is."""
    known = starts(connection)
    row = {"name": _STARTS, "value": json.encode({**helpdesks, **known}).decode()}
    connection.execute(upsert(connection, meta), row)


def open_by_helpdesk(connection: Connection, helpdesks: Iterable[str]) -> dict[str, int]:
    """How many open tickets are known of each of these helpdesks."""
    names = sorted(helpdesks)
    query = (
        select(tickets.c.helpdesk, func.count().label("open"))
        .where(tickets.c.is_open, tickets.c.helpdesk.in_(names))
        .group_by(tickets.c.helpdesk)
    )
    return dict.fromkeys(names, 0) | {row.helpdesk: row.open for row in connection.execute(query)}


def open_refs(connection: Connection, helpdesk: str, after: str, limit: int) -> Sequence[TicketRef]:
    """Open tickets of a helpdesk whose ids come after one, in the order of their ids."""
    of = and_(tickets.c.helpdesk == helpdesk, tickets.c.is_open, tickets.c.ticket > after)
    query = select(tickets.c.ticket).where(of).order_by(tickets.c.ticket).limit(limit)
    return [TicketRef(helpdesk, identity) for identity in connection.scalars(query)]


def keep_ledgers(connection: Connection, ledgers: Iterable[Ledger]) -> None:
    """Keep ledgers of tickets that nothing was written to."""
    for ledger in ledgers:
        writes.keep_ledger(connection, ledger)
