"""Unattended: tickets whose visits were given up, as the part of a report that is for those who run Escalade."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from rules.reports.digest import spelled_age
from rules.reports.sheet import Section, Sheet
from rules.ticket import TicketRef

#: So many are listed; of more, how many there are says enough.
_MOST = 10


class Unattended(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter: a ticket that is not visited any more, because its visit failed too often."""

    ref: TicketRef
    #: What the last visit failed at.
    error: str
    #: Failed visits in a row.
    attempts: int
    #: When it was given up (UTC); unknown where the journal does not say.
    since: datetime | None = None


def with_unattended(sheet: Sheet, rows: Sequence[Unattended], now: datetime) -> Sheet:
    """The same sheet, ending with what is not looked after; the sheet itself where there is nothing of it."""
    if not rows:
        return sheet
    points = [f"{row.ref}: {row.error}{_ago(row, now)}" for row in rows[:_MOST]]
    points += [f"and {len(rows) - _MOST} more"] if len(rows) > _MOST else []
    told = "Visits of these tickets failed too often. Nothing is done about them until something new happens there."
    section = Section(heading=f"Given up ({len(rows)})", sentences=(told,), points=tuple(points))
    return msgspec.structs.replace(sheet, sections=(*sheet.sections, section))


def _ago(row: Unattended, now: datetime) -> str:
    return "" if row.since is None else f" ({spelled_age(now - row.since)} ago)"
