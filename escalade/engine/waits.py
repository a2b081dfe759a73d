"""Waits: for what there is no rate budget now, and when the visits that wait for it come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock

from connectors.errors import Later, Scope
from connectors.rank import Rank

#: Visits come back so many seconds apart, not all at the instant at which there is room for some of them.
SPACING = 0.1
#: Nobody comes back sooner (seconds), however short the wait: looking costs something, too.
_SOONEST = 0.25


@dataclass(slots=True)
class _Wait:
    """All by the clock of this process."""

    #: Until then there is no room.
    until: float = 0.0
    #: When the one that was put off last comes back.
    last: float = 0.0


class Waits:
    """Which calls a helpdesk has no budget for, by rank. Safe to share between threads.

    A worker that knows it gives visits back at once: its threads are free for other helpdesks and for what goes first.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._lock = Lock()
        self._waits: dict[tuple[str, Rank], _Wait] = {}

    def note(self, later: Later) -> float:
        """One visit met a budget without room; seconds after which it is to come back.

        The budget of one ticket says nothing about the others.
        """
        if later.scope is Scope.TICKET:
            return max(_SOONEST, later.seconds)
        with self._lock:
            wait = self._waits.setdefault((later.helpdesk, later.rank), _Wait())
            wait.until = self._ticks() + later.seconds
            return self._back(wait)

    def back_in(self, helpdesks: Collection[str], rank: Rank) -> float | None:
        """Seconds after which a visit that needs these helpdesks is to come back; None = it may be begun."""
        with self._lock:
            now = self._ticks()
            found = (self._waits.get((helpdesk, rank)) for helpdesk in helpdesks)
            closed = [wait for wait in found if wait is not None and wait.until > now]
            return max((self._back(wait) for wait in closed), default=None)

    def _back(self, wait: _Wait) -> float:
        now = self._ticks()
        wait.last = max(wait.until, wait.last + SPACING, now + _SOONEST)
        return wait.last - now
