"""Refusals: how many unsigned deliveries each webhook had lately."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Unsigned deliveries of one webhook that are answered as such in one window; further ones are told to come later.
_MOST = 60
_WINDOW = timedelta(minutes=1)


class Refusals:
    """Counts in fixed windows of a minute, which is enough to tell a wrong secret from a flood."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[datetime, int]] = {}

    def note(self, webhook: str, now: datetime) -> bool:
        """Count one; True when it is the first of its window, and so worth a line in the log."""
        began, count = self._window(webhook, now)
        self._windows[webhook] = (began, count + 1)
        return count == 0

    def are_too_many(self, webhook: str, now: datetime) -> bool:
        """Whether this webhook had its share in this window."""
        return self._window(webhook, now)[1] >= _MOST

    def _window(self, webhook: str, now: datetime) -> tuple[datetime, int]:
        began, count = self._windows.get(webhook, (now, 0))
        return (began, count) if now - began < _WINDOW else (now, 0)
