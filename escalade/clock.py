"""Clocks: the only places where the present comes from."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is set: for the demo, which follows the emulator's virtual time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The instant that the clock stands at."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to another instant (aware, in UTC)."""
        self._now = now
