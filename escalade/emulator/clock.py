"""The virtual clock of a world: time stands still until somebody moves it, or it is told to run."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

#: Seconds between two moves of a clock that runs.
_TICK = 0.25


class Agenda(Protocol):
    """Things that will happen by themselves at known instants."""

    def next_at(self) -> datetime | None:
        """Return the instant (UTC) of the next thing, or None when nothing is left."""

    def run_next(self) -> None:
        """Let the next thing happen; the clock already shows its instant."""


class VirtualClock:
    """A clock that moves only when told to; safe to share between threads.

    Args:
        start: The first instant it shows; must carry a time zone.
    """

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)
        self._lock = threading.RLock()
        self.agenda: Agenda | None = None

    def now(self) -> datetime:
        """Return the current virtual instant in UTC."""
        return self._now

    def timestamp(self) -> int:
        """Return the current virtual instant in whole seconds since 1970."""
        return int(self._now.timestamp())

    def advance(self, seconds: float) -> None:
        """Move forward by a number of seconds, letting the agenda happen on the way.

        Raises:
            ValueError: The number of seconds is negative.
        """
        self.set(self._now + timedelta(seconds=seconds))

    def set(self, at: datetime) -> None:
        """Move forward to an instant, letting the agenda happen on the way.

        Raises:
            ValueError: The instant has no time zone or lies in the past.
        """
        target = _utc(at)
        with self._lock:
            if target < self._now:
                raise ValueError(f"the virtual clock shows {self._now.isoformat()} and cannot go back to {at}")
            self._run_agenda(target)
            self._now = target

    def _run_agenda(self, target: datetime) -> None:
        agenda = self.agenda
        while agenda is not None and (at := agenda.next_at()) is not None and at <= target:
            self._now = max(self._now, at)
            agenda.run_next()


def let_run(clock: VirtualClock, lock: threading.RLock) -> threading.Thread:
    """Let a clock run as fast as time does, from where it stands, until the process ends.

    Args:
        clock: The clock; whoever moves it forward besides is not put back.
        lock: Held while it moves, as it is by everybody who looks at the world.
    """

    def run() -> None:
        last = time.monotonic()
        while True:
            time.sleep(_TICK)
            now = time.monotonic()
            with lock:
                clock.advance(now - last)
            last = now

    thread = threading.Thread(target=run, name="clock", daemon=True)
    thread.start()
    return thread


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; give an aware datetime")
    return at.astimezone(UTC)
