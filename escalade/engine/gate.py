"""The gate: what would write to too many tickets at once does not begin; people look at it first."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from escalade.app import App
from escalade.engine.judging import Judged, judge
from escalade.logs import log
from escalade.metrics import metrics
from escalade.store.crew import Crew
from rules.brakes import UnsafePlanError, raise_if_unsafe, safe_number

#: How long to wait until what was refused is judged anew (seconds).
PATIENCE = 60.0
#: How long a count of the open tickets is good enough (seconds).
_LASTS = 60.0
_PAGE = 100


class Gate:
    """Says how many visits a worker may take. A service that runs on has no run to stop: it judges each pile-up."""

    def __init__(self, crew: Crew, *, force: bool = False, ticks: Callable[[], float] = time.monotonic) -> None:
        self._crew, self._force, self._ticks = crew, force, ticks
        self._open = (0, float("-inf"))
        #: Visits that were judged harmless together and did not begin yet.
        self._passed = 0
        self._held_until = float("-inf")
        #: Why nothing is begun; None = the gate is open.
        self.held: str | None = None

    def allows(self, app: App, worker: str, room: int, but: Collection[str]) -> int:
        """How many visits to take now, at most `room`; those of the helpdesks in `but` are left out of account."""
        now = app.clock.now()
        if self._force:
            return min(room, self._crew.waiting(now, room, but))
        if (why := self._brake_of(app)) is not None:
            self._hold(why)
            return 0
        limit = max(1, safe_number(app.policy.brakes, self._open_tickets(app)))
        waiting = self._crew.waiting(now, limit + 1, but)
        if waiting <= limit:
            self._release()
            return min(room, waiting)
        if self._passed <= 0 and not self._judge(app, worker, but):
            return 0
        self._passed -= room
        return room

    def _judge(self, app: App, worker: str, but: Collection[str]) -> bool:
        """Judge everything that is due, held meanwhile so that nobody begins with it."""
        if self._ticks() < self._held_until:
            return False
        judged = Judged()
        try:
            while page := self._crew.claim(worker, app.clock.now(), _PAGE, but):
                judge(app, page, judged)
            raise_if_unsafe(judged.tickets, app.policy.brakes, app.store.open_tickets())
        except UnsafePlanError as error:
            self._held_until = self._ticks() + PATIENCE
            self._hold(str(error))
            return False
        finally:
            self._crew.release(worker, [visit.ref for visit in judged.calling])
        self._release()
        self._passed = len(judged.calling)
        return self._passed > 0

    def _brake_of(self, app: App) -> str | None:
        """Why nobody writes anything any more; None = somebody may."""
        brake = app.visitor.brake
        return brake.held(app.policy) if brake is not None else None

    def _hold(self, why: str) -> None:
        if self.held is None:
            log.error("brakes.held", why=why)
        self.held = why
        metrics.braked(held=True)

    def _release(self) -> None:
        if self.held is not None:
            log.info("brakes.released")
        self.held = None
        metrics.braked(held=False)

    def _open_tickets(self, app: App) -> int:
        count, at = self._open
        if self._ticks() - at > _LASTS:
            count = app.store.open_tickets()
            self._open = (count, self._ticks())
        return count
