"""Figures: how the store stands, for those who watch over it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, func, select

from connectors.purse import standing
from escalade.store import budgets
from escalade.store.schema import checkpoints, visits


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How the store stands at one instant; keys are helpdesks' names."""

    #: Visits that are due.
    due: dict[str, int]
    #: For how long the longest overdue visit has been due.
    overdue: dict[str, timedelta]
    #: Visits that were given up.
    dead: dict[str, int]
    #: (helpdesk, stream) → how long ago its last page was taken in.
    lag: dict[tuple[str, str], timedelta]
    #: (helpdesk, endpoint; empty = the whole account) → calls left in the period, and allowed in it.
    budgets: dict[tuple[str, str], tuple[int, int]] = {}


def read(connection: Connection, now: datetime) -> Figures:
    """Count; costs what is due and dead, however much sleeps."""
    waiting = (
        select(visits.c.helpdesk, func.count(), func.min(visits.c.due))
        .where(visits.c.due <= now)
        .group_by(visits.c.helpdesk)
    )
    due = {row[0]: (row[1], row[2]) for row in connection.execute(waiting)}
    given_up = select(visits.c.helpdesk, func.count()).where(visits.c.dead).group_by(visits.c.helpdesk)
    dead = {row[0]: row[1] for row in connection.execute(given_up)}
    taken = select(checkpoints.c.helpdesk, checkpoints.c.stream, checkpoints.c.at).where(checkpoints.c.at.is_not(None))
    streams = {(row.helpdesk, row.stream): row.at for row in connection.execute(taken)}
    # A helpdesk without any is told as none: an alert on a figure that vanished would never end.
    names = {*due, *dead, *(name for name, _ in streams)}
    return Figures(
        due={name: due[name][0] if name in due else 0 for name in names},
        overdue={name: now - due[name][1] if name in due else timedelta() for name in names},
        dead={name: dead.get(name, 0) for name in names},
        lag={key: max(now - at, timedelta()) for key, at in streams.items()},
        budgets=standing(budgets.known(connection), budgets.now_of(connection)),
    )
