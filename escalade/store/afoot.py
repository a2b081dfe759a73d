"""Afoot: the tickets on which an escalation may run, found without deciding on them.

A decision stays what it is until its visit is due. So of a ticket whose visit rests, what is kept of it tells whether
an escalation can run there: it is on the ladder or was there once, it is a record, or somebody asked for something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, or_, select

from escalade.store import blobs
from escalade.store.schema import account_nudges, comments, ledgers, records, tickets, timelines, visits
from rules.ticket import Scalar, TicketRef


class Traces(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody leaves on a ticket who asks for an escalation without a comment."""

    #: The policies conduct escalations of tickets: what people ask for matters.
    conducts: bool = False
    tags: frozenset[str] = frozenset()
    #: Name of a field → the values that ask for something, as text.
    fields: dict[str, frozenset[str]] = {}


class _Worn(msgspec.Struct, frozen=True, gc=False):
    """What a ticket wears, read from the same bytes as the ticket or a state of its past."""

    tags: frozenset[str] = frozenset()
    fields: dict[str, Scalar] = {}


class _Moment(msgspec.Struct, frozen=True, gc=False):
    state: _Worn


class _Past(msgspec.Struct, frozen=True, gc=False):
    moments: tuple[_Moment, ...] = ()


class _Climbs(msgspec.Struct, frozen=True, gc=False):
    climbs: tuple[msgspec.Raw, ...] = ()


_WORN = msgspec.msgpack.Decoder(_Worn)
_PAST = msgspec.msgpack.Decoder(_Past)
_CLIMBS = msgspec.msgpack.Decoder(_Climbs)


def afoot(connection: Connection, now: datetime, traces: Traces) -> list[TicketRef]:
    """Open tickets of ours on which an escalation may run at an instant (UTC); those of one account stand together.

    All on which one runs are among them, as long as the visits rest on decisions by the rules in force.
    """
    asked = _asked(connection) if traces.conducts else frozenset()
    return [ref for *_, ref in sorted(_found(connection.execute(_query(now, traces)), asked, traces))]


def _found(
    rows: Iterable[Row[*tuple[Any, ...]]], asked: frozenset[TicketRef], traces: Traces
) -> Iterator[tuple[str, str, TicketRef]]:
    """The tickets, each behind its account."""
    # Most of what Escalade ever touched rests, so a row is looked into only as far as it takes to pass it over.
    for helpdesk, ticket, account_helpdesk, account, stirs, *kept in rows:
        if stirs or (asked and TicketRef(helpdesk, ticket) in asked) or (traces.conducts and _shows(traces, *kept)):
            yield account_helpdesk or "", account or "", TicketRef(helpdesk, ticket)


def _query(now: datetime, traces: Traces) -> Select[Any]:
    """Every open ticket of ours: whether something stirs there, and where traces may be found on it."""
    key = (ledgers.c.helpdesk, ledgers.c.ticket, tickets.c.account_helpdesk, tickets.c.account)
    noted = and_(account_nudges.c.helpdesk == tickets.c.account_helpdesk, account_nudges.c.account == tickets.c.account)
    stirs = or_(
        ledgers.c.follows.is_not(None),
        _of(records).exists(),
        _of(visits).where(_unsettled(now)).exists(),
        select(account_nudges.c.due).where(noted).exists(),
    )
    looks = traces.conducts and (traces.tags or traces.fields)
    columns = (ledgers.c.ledger, tickets.c.snapshot, timelines.c.timeline) if looks else (ledgers.c.ledger,)
    mine = and_(tickets.c.helpdesk == ledgers.c.helpdesk, tickets.c.ticket == ledgers.c.ticket)
    past = and_(timelines.c.helpdesk == ledgers.c.helpdesk, timelines.c.ticket == ledgers.c.ticket)
    found = ledgers.join(tickets, mine).outerjoin(timelines, past)
    return select(*key, stirs.label("stirs"), *columns).select_from(found).where(tickets.c.is_open)


def _of(table: Table) -> Select[Any]:
    """The rows of a table that belong to the ticket of a ledger."""
    return select(table.c.ticket).where(table.c.helpdesk == ledgers.c.helpdesk, table.c.ticket == ledgers.c.ticket)


def _unsettled(now: datetime) -> ColumnElement[bool]:
    """The last decision may be another one by now, or was never carried out."""
    failed = or_(visits.c.dead, visits.c.attempts > 0)
    return or_(visits.c.due <= now, failed, visits.c.holder.is_not(None), visits.c.look)


def _asked(connection: Connection) -> frozenset[TicketRef]:
    """The tickets on which a comment asks for something."""
    query = select(comments.c.helpdesk, comments.c.ticket).where(comments.c.commands.is_not(None)).distinct()
    return frozenset(TicketRef(row.helpdesk, row.ticket) for row in connection.execute(query))


def _shows(traces: Traces, ledger: bytes, snapshot: bytes = b"", timeline: bytes | None = None) -> bool:
    """Whether the ticket was on the ladder before, or wears or wore what a macro sets."""
    if _CLIMBS.decode(ledger).climbs:
        return True
    if not traces.tags and not traces.fields:
        return False
    if _wears(_WORN.decode(snapshot), traces):
        return True
    past = _PAST.decode(blobs.unpacked(timeline)) if timeline is not None else _Past()
    return any(_wears(moment.state, traces) for moment in past.moments)


def _wears(worn: _Worn, traces: Traces) -> bool:
    if not traces.tags.isdisjoint(worn.tags):
        return True
    fields = worn.fields
    return any(name in fields and str(fields[name]) in values for name, values in traces.fields.items())
