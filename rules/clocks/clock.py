"""ClockReading: what one service-level clock shows at one instant, with everything that its story is told from."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from rules.calendar import Span


class ClockState(StrEnum):
    """Where a service-level clock stands."""

    RUNNING = "running"
    WARNING = "warning"
    #: It stands still; nothing falls due.
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    #: Met, but it had been late before.
    MISSED = "missed"


class Stop(msgspec.Struct, frozen=True, gc=False):
    """From `start` (included) to `end` (excluded), UTC, a clock stood still; `end` None = it still does."""

    start: datetime
    end: datetime | None
    #: `paused`, or the status that the ticket had.
    because: str


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A part of a cycle in which one target applied (UTC)."""

    start: datetime
    end: datetime
    allowed: Span


class Point(msgspec.Struct, frozen=True, gc=False):
    """An instant (UTC) at which a clock says something; while it stands still, the one as if it went on now."""

    at: datetime
    reached: bool


class ClockReading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One service-level clock, read at the decision's instant (UTC): its current cycle, or its last one."""

    target: str
    metric: str
    state: ClockState
    started_at: datetime
    #: While it is paused, the instant as if it went on now.
    due_at: datetime
    stopped_at: datetime | None
    allowed: Span
    #: Open time that counted, that is left (negative once late), and in which the clock stood still.
    elapsed: timedelta
    remaining: timedelta
    paused: timedelta
    #: When it stood still, oldest first.
    stops: tuple[Stop, ...] = ()
    #: It would stand still, but has used up the limit of its pauses.
    exhausted: bool = False
    #: In the order of the target's warnings and, once it is late, of its breach steps.
    warnings: tuple[Point, ...] = ()
    steps: tuple[Point, ...] = ()
    #: Cycles in which it was ever late, this one included.
    misses: int = 0
    #: The targets that applied one after the other, where the priority changed.
    pieces: tuple[Piece, ...] = ()
    #: Before this instant the ticket's past is not known, but taken to be as it was found.
    assumed_until: datetime | None = None
    #: When this reading's state changes next if nobody does anything; None = not by itself.
    next_at: datetime | None = None

    def since(self, at: datetime) -> ClockReading:
        """The same where what had come by an instant (UTC) is past: it does not count as come."""

        def later(points: tuple[Point, ...]) -> tuple[Point, ...]:
            return tuple(Point(point.at, point.reached and point.at > at) for point in points)

        return msgspec.structs.replace(self, warnings=later(self.warnings), steps=later(self.steps))

    @property
    def stands_still(self) -> bool:
        """No time counts at the instant of the reading."""
        return self.stopped_at is None and bool(self.stops) and self.stops[-1].end is None
