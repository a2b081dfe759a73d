"""Comparing: what another policy would have done otherwise, ticket by ticket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rules.replay.backtest import Backtest, Comparison, Moved
from rules.replay.climbed import Climbed
from rules.ticket import TicketRef


def compared(before: Backtest, after: Backtest) -> Comparison:
    """Two policies on the same history. Only listed climbs are compared."""
    old, new = _first(before.climbs), _first(after.climbs)
    moved = (
        Moved(ticket=ref, before=old.get(ref), after=new.get(ref))
        for ref in sorted(old.keys() | new.keys())
        if _essence(old.get(ref)) != _essence(new.get(ref))
    )
    return Comparison(before=before, after=after, moved=tuple(moved))


def _first(climbs: Iterable[Climbed]) -> dict[TicketRef, Climbed]:
    found: dict[TicketRef, Climbed] = {}
    for climbed in climbs:
        found.setdefault(climbed.ticket, climbed)
    return found


def _essence(climbed: Climbed | None) -> tuple[datetime, str] | None:
    return None if climbed is None else (climbed.at, climbed.highest)
