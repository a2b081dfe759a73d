"""Rosters: who is and was in groups of helpdesks, as they were read; together in one row, for there are few."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from escalade.store.schema import meta
from escalade.store.statements import storable, upsert
from rules.roster import GroupRef, Roster

_ROSTERS = "rosters"
_MANY = msgspec.json.Decoder(list[Roster])


def rosters_of(connection: Connection) -> dict[GroupRef, Roster]:
    """Every group that was ever read."""
    kept: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == _ROSTERS))
    return {} if kept is None else {roster.group: roster for roster in _MANY.decode(kept)}


def keep(connection: Connection, roster: Roster) -> None:
    """Keep the newest reading of a group; one that came meanwhile and is newer stays."""
    known = rosters_of(connection)
    before = known.get(roster.group)
    if before is None or before.read_at < roster.read_at:
        known[roster.group] = roster
        text = msgspec.json.encode([known[group] for group in sorted(known)]).decode()
        connection.execute(upsert(connection, meta), {"name": _ROSTERS, "value": storable(text)})
