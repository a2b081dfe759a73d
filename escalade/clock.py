"""Clocks: the only places where the present comes from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for the demo and for tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant that the clock stands at."""
        return self._now

    def advance(self, span: timedelta) -> datetime:
        """Move forward; returns the new instant."""
        self._now += span
        return self._now
