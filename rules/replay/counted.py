"""Stretch: the part of a history in which things are counted."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Counted(msgspec.Struct, frozen=True, gc=False):
    """From `start` (included) to `end` (excluded), UTC; None = without limit."""

    start: datetime | None = None
    end: datetime | None = None

    def has(self, at: datetime) -> bool:
        """Whether what happened at that instant (UTC) counts."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)


#: Everything counts.
ALL = Counted()
