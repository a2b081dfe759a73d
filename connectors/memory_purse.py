"""A purse in memory: the budgets of an installation that has one process only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from connectors import bucket as buckets
from connectors.bucket import Bucket, Given
from connectors.errors import Scope
from connectors.purse import Ask, Key, answered, standing

#: Budgets of tickets kept before those that say no more than a new one are dropped.
_MOST_KEPT = 5000


class MemoryPurse:
    """Keeps budgets as the database does for several processes: the same ranks, and nothing to commit. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with nothing spent; `clock` tells seconds and never runs backwards."""
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Key], Bucket] = {}

    def take(self, helpdesk: str, asks: Sequence[Ask]) -> Sequence[Given]:
        """Take calls out of budgets, for each ask as far as there are any; asks for nothing only tell."""
        given: list[Given] = []
        with self._lock:
            now = self._clock()
            self._drop_idle(now)
            for ask in asks:
                of = (helpdesk, ask.key)
                self._kept[of], got = answered(self._kept.get(of), ask, now)
                given.append(got)
        return given

    def hold(self, helpdesk: str, ask: Ask, seconds: float) -> None:
        """Let nobody take anything out of a budget for so many seconds."""
        with self._lock:
            now, of = self._clock(), (helpdesk, ask.key)
            known, _ = answered(self._kept.get(of), ask, now)
            self._kept[of] = buckets.hold(known, now, seconds)

    def known(self, helpdesk: str, key: Key) -> Bucket | None:
        """One budget as it is; None = nobody has asked it for anything."""
        with self._lock:
            return self._kept.get((helpdesk, key))

    def standing(self) -> dict[tuple[str, str], tuple[int, int]]:
        """What is left of each budget, and its size; see `connectors.purse.standing`."""
        with self._lock:
            return standing(self._kept, self._clock())

    def _drop_idle(self, now: float) -> None:
        if len(self._kept) < _MOST_KEPT:
            return
        idle = [of for of, one in self._kept.items() if of[1].scope is Scope.TICKET and buckets.idle_at(one) < now]
        for of in idle:
            del self._kept[of]
