"""Braking: whether the brakes hold the workers on a store, and how many tickets these wrote to lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from connectors.base import IntentState
from escalade.store import journal
from escalade.store.schema import intents, meta, tellings, tickets
from escalade.store.sql import SqlStore
from escalade.store.statements import insert, storable, upsert
from rules.journal import JournalEntry
from rules.ticket import TicketRef

_NAME = "brakes"
#: Writes that took effect, or may have.
_WRITTEN = (IntentState.INTENDED, IntentState.APPLIED)


class Braking(msgspec.Struct, frozen=True, kw_only=True):
    """How the brakes stand, for all workers on a store."""

    #: Content hash of the policy that they hold; empty = they hold none.
    policy: str = ""
    #: Since when (UTC), and why.
    held_at: datetime | None = None
    why: str = ""
    #: What was written before that instant (UTC) does not count.
    counts_from: datetime | None = None

    def holds(self, policy: str) -> bool:
        """Whether nothing is to be written by that version of the policy."""
        return self.held_at is not None and self.policy == policy


_DECODER = msgspec.json.Decoder(Braking)


class BrakeBook:
    """What brakes ask of the store. Each method is one transaction; StoreError when the database is away."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def read(self) -> Braking:
        """How they stand."""
        with self._store.reading() as connection:
            return _read(connection)

    def written_since(self, since: datetime) -> int:
        """How many tickets were written to after that instant, by whichever worker."""
        with self._store.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(_written(since).subquery())) or 0)

    def closed_among_written(self, since: datetime) -> int:
        """How many of them are not open any more, or not known."""
        opened = (
            tickets.c.helpdesk == intents.c.helpdesk,
            tickets.c.ticket == intents.c.ticket,
            tickets.c.is_open,
        )
        closed = _written(since).where(~select(tickets.c.ticket).where(*opened).exists()).subquery()
        with self._store.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(closed)) or 0)

    def is_written_since(self, ref: TicketRef, since: datetime) -> bool:
        """Whether that ticket is among them."""
        this = (intents.c.helpdesk == ref.helpdesk, intents.c.ticket == ref.id)
        query = select(intents.c.operation).where(*this, intents.c.intended_at > since, intents.c.state.in_(_WRITTEN))
        with self._store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def hold(self, policy: str, why: str, entry: JournalEntry) -> bool:
        """Hold a version of the policy from now on; False when somebody was faster."""
        with self._store.writing() as connection:
            known = _locked(connection)
            if known.holds(policy):
                return False
            held = Braking(policy=policy, held_at=entry.at, why=storable(why), counts_from=known.counts_from)
            _keep(connection, held)
            journal.append(connection, [entry])
            return True

    def release(self, now: datetime) -> Braking:
        """Hold nothing any more, and count anew from now on; how they stood before."""
        with self._store.writing() as connection:
            known = _locked(connection)
            _keep(connection, Braking(counts_from=now))
            return known

    def supersede(self, policy: str, now: datetime) -> None:
        """Another policy than the held one decides now: it is released, and what the held one wrote does not count."""
        with self._store.writing() as connection:
            known = _locked(connection)
            if known.held_at is not None and known.policy != policy:
                _keep(connection, Braking(counts_from=now))

    def begin(self, now: datetime) -> None:
        """A service begins: what runs wrote before, which people watched, does not count. What is held stays."""
        with self._store.writing() as connection:
            known = _locked(connection)
            if known.held_at is None:
                _keep(connection, Braking(counts_from=now))


def _written(since: datetime) -> Select[Any]:
    # What goes to a channel with a limit is no write to a ticket, and the limit is its brake.
    told = select(tellings.c.operation).where(tellings.c.operation == intents.c.operation)
    query = select(intents.c.helpdesk, intents.c.ticket)
    return query.where(intents.c.intended_at > since, intents.c.state.in_(_WRITTEN), ~told.exists()).distinct()


def _read(connection: Connection) -> Braking:
    kept: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == _NAME))
    return Braking() if kept is None else _DECODER.decode(kept)


def _locked(connection: Connection) -> Braking:
    """The same, and nobody else changes it before this transaction ends."""
    row = {"name": _NAME, "value": msgspec.json.encode(Braking()).decode()}
    connection.execute(insert(connection, meta).on_conflict_do_nothing(), row)
    connection.execute(select(meta.c.value).where(meta.c.name == _NAME).with_for_update())
    return _read(connection)


def _keep(connection: Connection, braking: Braking) -> None:
    connection.execute(upsert(connection, meta), {"name": _NAME, "value": msgspec.json.encode(braking).decode()})
