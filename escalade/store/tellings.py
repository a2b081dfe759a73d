"""Tellings: when channels with a limit were told something, counted for all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, text

from connectors.base import Intent
from escalade.store.errors import FullError
from escalade.store.schema import tellings
from escalade.store.statements import upsert
from rules.change import Notify
from rules.throttle import LONGEST_WINDOW, AtMost, room_again

#: The channel of what goes out in the message of another ticket.
_BESIDE = ""


def admit(connection: Connection, begun: Sequence[Intent]) -> None:
    """Count these writes against the limits of their channels. The last step of its transaction: it locks the table.

    Raises:
        FullError: a channel has no room for one that is not urgent.
    """
    for intent in begun:
        for change in intent.write.changes:
            if isinstance(change, Notify) and intent.write.at_most is not None:
                _admit(connection, intent, change, intent.write.at_most)


def _admit(connection: Connection, intent: Intent, change: Notify, at_most: AtMost) -> None:
    if connection.dialect.name == "postgresql":
        # Two workers must not both find the last place free. SQLite has one writer at a time anyway.
        connection.execute(text("LOCK TABLE tellings IN SHARE ROW EXCLUSIVE MODE"))
    now = intent.intended_at
    recent = select(tellings.c.at).where(
        tellings.c.channel == change.channel,
        tellings.c.at > now - at_most.within,
        tellings.c.operation != intent.operation,
    )
    until = at_most.opens_at(connection.scalars(recent), now)
    if until is not None and not change.urgent:
        raise FullError(room_again(change.channel), until)
    old = (tellings.c.channel.in_([change.channel, _BESIDE]), tellings.c.at < now - LONGEST_WINDOW)
    connection.execute(delete(tellings).where(*old))
    row = {"operation": intent.operation, "channel": change.channel, "at": now}
    connection.execute(upsert(connection, tellings), row)


def admit_together(connection: Connection, begun: Sequence[Intent]) -> None:
    """Count notices that go out in one message as one. The last step of its transaction: it locks the table.

    Raises:
        FullError: the channel has no room.
    """
    first, *others = sorted(begun, key=lambda intent: intent.operation)
    admit(connection, [first])
    for intent in others:
        # Told of, so that the brakes know it for a notice; it takes no place.
        row = {"operation": intent.operation, "channel": _BESIDE, "at": intent.intended_at}
        connection.execute(upsert(connection, tellings), row)


def give_back(connection: Connection, operation: str) -> None:
    """Count a write no longer: it surely never went out."""
    connection.execute(delete(tellings).where(tellings.c.operation == operation))


def told_on(connection: Connection, channel: str, since: datetime) -> tuple[datetime, ...]:
    """When a channel with a limit was told something after an instant (UTC), what may not have arrived included."""
    query = select(tellings.c.at).where(tellings.c.channel == channel, tellings.c.at > since).order_by(tellings.c.at)
    return tuple(connection.scalars(query))
