"""Versions of the policy: the texts of every one that ever decided, and which of them running escalations follow."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, func, null, select, true, update

from escalade.store.schema import ledgers, policies
from escalade.store.statements import batches, insert, of_tickets
from rules.ticket import TicketRef

_TEXTS = msgspec.json.Decoder(dict[str, str])


class Version(NamedTuple):
    """One version of the policy that decided some time."""

    hash: str
    first_used_at: datetime
    #: Escalated tickets that follow it.
    in_flight: int


def keep(connection: Connection, version: str, files: Mapping[str, str], now: datetime) -> None:
    """Keep the texts of a policy, by its hash; what is kept already stays as it is."""
    row = {"hash": version, "files": zlib.compress(msgspec.json.encode(dict(files))), "first_used_at": now}
    connection.execute(insert(connection, policies).on_conflict_do_nothing(index_elements=["hash"]), row)


def is_kept(connection: Connection, version: str) -> bool:
    """Whether the texts of that policy are here."""
    return connection.execute(select(policies.c.hash).where(policies.c.hash == version)).first() is not None


def texts_of(connection: Connection, version: str) -> Mapping[str, str] | None:
    """The policy's texts by file name; None when that version never decided here."""
    blob: bytes | None = connection.scalar(select(policies.c.files).where(policies.c.hash == version))
    return None if blob is None else _TEXTS.decode(zlib.decompress(blob))


def in_flight(connection: Connection) -> dict[str, int]:
    """How many escalated tickets follow each version."""
    query = (
        select(ledgers.c.follows, func.count().label("tickets"))
        .where(ledgers.c.follows.is_not(None))
        .group_by(ledgers.c.follows)
    )
    return {row.follows: row.tickets for row in connection.execute(query)}


def versions(connection: Connection) -> list[Version]:
    """Every version whose texts are here, in the order of their first use."""
    flying = in_flight(connection)
    query = select(policies.c.hash, policies.c.first_used_at).order_by(policies.c.first_used_at, policies.c.hash)
    return [Version(row.hash, row.first_used_at, flying.get(row.hash, 0)) for row in connection.execute(query)]


def followers(
    connection: Connection, *, of: str | None = None, refs: Sequence[TicketRef] | None = None
) -> dict[TicketRef, str]:
    """The escalated tickets and the version that each follows: all, those of one version, or those among `refs`."""
    mine: ColumnElement[bool] = true() if of is None else ledgers.c.follows == of
    chosen = [true()] if refs is None else [of_tickets(connection, ledgers, batch) for batch in batches(refs)]
    found: dict[TicketRef, str] = {}
    for one in chosen:
        query = select(ledgers.c.helpdesk, ledgers.c.ticket, ledgers.c.follows).where(
            ledgers.c.follows.is_not(None), mine, one
        )
        found |= {TicketRef(row.helpdesk, row.ticket): row.follows for row in connection.execute(query)}
    return dict(sorted(found.items()))


def unfollow(connection: Connection, refs: Sequence[TicketRef]) -> None:
    """These tickets are gone: no version is kept for their sake."""
    for batch in batches(refs):
        connection.execute(update(ledgers).where(of_tickets(connection, ledgers, batch)).values(follows=null()))


def follow(connection: Connection, version: str, refs: Sequence[TicketRef]) -> None:
    """Let these tickets follow another version from now on, as far as they are escalated."""
    for batch in batches(refs):
        connection.execute(
            update(ledgers)
            .where(ledgers.c.follows.is_not(None), of_tickets(connection, ledgers, batch))
            .values(follows=version)
        )
