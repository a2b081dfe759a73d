"""Trouble: helpdesks that are left in peace for a while. The first failure and the recovery are logged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from escalade.logs import log

#: The first wait (seconds) where the helpdesk names none; doubled each time, at most the other.
FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0


@dataclass(slots=True)
class _Pause:
    until: float
    strikes: int


class Trouble:
    """Which helpdesks are paused, and until when. Safe to share between threads."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._lock = Lock()
        self._pauses: dict[str, _Pause] = {}

    def pause(self, helpdesk: str, why: str, wait: float | None) -> None:
        """Leave a helpdesk in peace: for `wait` seconds, or for longer each time where it says nothing."""
        with self._lock:
            known = self._pauses.get(helpdesk)
            strikes = 0 if known is None else known.strikes
            doubled = min(FIRST_WAIT * 2.0 ** min(strikes, 10), LONGEST_WAIT)
            until = self._ticks() + (doubled if wait is None else wait)
            # Visits that were under way together fail together: that is one failure.
            again = known is None or self._ticks() >= known.until
            longest = until if known is None else max(until, known.until)
            self._pauses[helpdesk] = _Pause(longest if not again else until, strikes + again)
        if known is None:
            log.warning("helpdesk.troubled", helpdesk=helpdesk, why=why)

    def answered(self, helpdesk: str) -> None:
        """The helpdesk does its work again."""
        with self._lock:
            known = self._pauses.pop(helpdesk, None)
        if known is not None:
            log.info("helpdesk.recovered", helpdesk=helpdesk)

    def paused(self) -> frozenset[str]:
        """The helpdesks that are to be left in peace now."""
        now = self._ticks()
        with self._lock:
            return frozenset(name for name, pause in self._pauses.items() if pause.until > now)
