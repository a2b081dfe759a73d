"""Gifts: to whom tickets were given lately, by whichever worker, until their helpdesk tells it itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, select

from connectors.base import Intent
from escalade.store.schema import gifts
from escalade.store.statements import upsert
from rules.change import AssignPerson
from rules.ticket import TicketRef

#: After so long a poll has brought what we wrote ourselves.
LASTS = timedelta(minutes=10)


class Gift(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket that was given to somebody."""

    ref: TicketRef
    #: Ids in the ticket's helpdesk; empty = it was nobody's.
    person: str
    was: str = ""


def note(connection: Connection, begun: Iterable[Intent]) -> None:
    """Note to whom these writes give tickets, and forget what is old."""
    given = [
        (change, intent.intended_at)
        for intent in begun
        for change in intent.write.changes
        if isinstance(change, AssignPerson)
    ]
    for change, at in given:
        this = {"helpdesk": change.on.helpdesk, "ticket": change.on.id}
        row = this | {"person": change.person, "was": change.was or "", "at": at}
        connection.execute(upsert(connection, gifts), row)
        connection.execute(delete(gifts).where(gifts.c.helpdesk == change.on.helpdesk, gifts.c.at < at - LASTS))


def since(connection: Connection, helpdesk: str, at: datetime) -> Sequence[Gift]:
    """What was given in a helpdesk after an instant (UTC)."""
    query = select(gifts).where(gifts.c.helpdesk == helpdesk, gifts.c.at > at).order_by(gifts.c.at, gifts.c.ticket)
    return [
        Gift(ref=TicketRef(row.helpdesk, row.ticket), person=row.person, was=row.was)
        for row in connection.execute(query)
    ]
