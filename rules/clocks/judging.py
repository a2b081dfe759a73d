"""Judging: when one cycle of a clock is due, under each target that applied, and whether it was ever late."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from rules.calendar import BusinessCalendar, Span
from rules.clocks.clock import Piece, Point, Stop
from rules.clocks.cycles import Cycle
from rules.clocks.past import priorities, priorities_ever
from rules.clocks.pauses import reach, stood_still
from rules.facts import Facts
from rules.sla import OnPriorityChange, SlaTarget


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One cycle under the target that applies at its end, or now."""

    cycle: Cycle
    calendar: BusinessCalendar
    allowed: Span
    #: Where the target counts from: the cycle's start, or the last change of the priority where that restarts it.
    origin: datetime
    #: Where it would be due without any pause.
    base: datetime
    #: The whole target as open time.
    open_time: timedelta
    #: The end of the cycle, or now.
    end: datetime
    stops: tuple[Stop, ...]
    due: Point
    #: It was late under a target that applied before, whatever became of it since.
    late_before: bool
    pieces: tuple[Piece, ...]

    @property
    def late(self) -> bool:
        """It was late at some instant of the cycle."""
        if self.late_before or self.cycle.stop is None:
            return self.late_before or self.breached
        return _ran_late(self.due.at, self.pieces[-1].start, self.end, self.stops)

    @property
    def breached(self) -> bool:
        """It runs and its due instant has passed."""
        if self.cycle.stop is not None or not self.due.reached:
            return False
        # A new target whose time is used up already falls due when the clock goes on, not while it stands still.
        changed = self.pieces[-1].start
        if not self.standing or self.late_before or self.due.at >= changed:
            return True
        return _ran_late(self.due.at, changed, self.end, self.stops)

    @property
    def standing(self) -> bool:
        """The clock stands still at the end."""
        return self.cycle.stop is None and bool(self.stops) and self.stops[-1].end is None

    @property
    def paused(self) -> timedelta:
        """Open time for which the clock stood still."""
        return stood_still(self.calendar, self.stops, self.origin, self.end)

    @property
    def open(self) -> timedelta:
        """Open time that passed, standstill included."""
        return self.calendar.elapsed(self.origin, self.end)

    def moved(self, base: datetime) -> Point:
        """An instant that lay at `base` without pauses, where it lies with them."""
        return reach(self.calendar, base, self.origin, self.stops, self.end)

    def after_due(self, span: Span | None) -> Point:
        """So much open time after the due instant; standstill after it counts here too."""
        if span is None:
            return self.due
        due = self.due.at
        late = tuple(stop for stop in self.stops if stop.end is None or stop.end > due)
        return reach(self.calendar, self.calendar.add(due, span), due, late, self.end)


def can_apply(target: SlaTarget, facts: Facts) -> bool:
    """Whether any priority that the ticket has, or ever had, has a target."""
    return not target.targets.keys().isdisjoint(facts.once(priorities_ever))


def judge(target: SlaTarget, cycle: Cycle, stops: tuple[Stop, ...], facts: Facts) -> Judgement | None:
    """Judge one cycle; None when the priority at its end has no target."""
    end = facts.now if cycle.stop is None else cycle.stop
    pieces, last = _pieces(target, cycle, facts, end)
    if last is None:
        return None
    relevant = stops and tuple(stop for stop in stops if stop.start < end or (stop.start == end and cycle.stop is None))
    restarts = target.on_priority_change is OnPriorityChange.RESTART
    late = False
    for piece in pieces:
        origin = piece.start if restarts else cycle.start
        due = reach(target.calendar, target.calendar.add(origin, piece.allowed), origin, relevant, end)
        late = late or _ran_late(due.at, piece.start, piece.end, relevant)
    origin = last.start if restarts else cycle.start
    base = target.calendar.add(origin, last.allowed)
    return Judgement(
        cycle=cycle,
        calendar=target.calendar,
        allowed=last.allowed,
        origin=origin,
        base=base,
        open_time=target.calendar.elapsed(origin, base),
        end=end,
        stops=relevant,
        due=reach(target.calendar, base, origin, relevant, end),
        late_before=late,
        pieces=(*pieces, last),
    )


def _ran_late(due: datetime, changed: datetime, end: datetime, stops: tuple[Stop, ...]) -> bool:
    """Whether the clock ran past its due instant under a target that applied from `changed` to `end`."""
    if due >= changed:
        return due < end
    at = changed
    for stop in stops:
        if stop.start > at:
            break
        at = max(at, end if stop.end is None else stop.end)
    return at < end


def _pieces(target: SlaTarget, cycle: Cycle, facts: Facts, end: datetime) -> tuple[tuple[Piece, ...], Piece | None]:
    """The parts of the cycle with another target before, and the part that ends it (None where it has none)."""
    turns = priorities(facts, cycle.start, cycle.stop)
    if len(turns) == 1:
        allowed = target.targets.get(turns[0][1])
        return (), None if allowed is None else Piece(turns[0][0], end, allowed)
    pieces: list[Piece] = []
    for index, (start, priority) in enumerate(turns):
        allowed = target.targets.get(priority)
        if allowed is not None:
            pieces.append(Piece(start, turns[index + 1][0] if index + 1 < len(turns) else end, allowed))
    if target.targets.get(turns[-1][1]) is None:
        return tuple(pieces), None
    return tuple(pieces[:-1]), pieces[-1]
