"""ClockStory: one service-level clock told from its start to what it still will say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec

from rules.clocks.clock import ClockReading, ClockState
from rules.clocks.segments import Segment, segments
from rules.clocks.words import awaited
from rules.sla import BreachStep, EarlyWarning, SlaTarget


class DayOff(msgspec.Struct, frozen=True, kw_only=True):
    """A local date on which the calendar was other than its week says, and why."""

    day: date
    because: str


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A time (UTC) in which the clock ran, or stood still."""

    start: datetime
    end: datetime
    #: `ran`, `paused`, or the status that the ticket had.
    kind: str
    #: Open time in between, which counted if it ran; and the rest, in which the calendar is closed.
    open: timedelta
    closed: timedelta
    #: Open time, in words.
    told: str
    days_off: tuple[DayOff, ...] = ()


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """An instant (UTC) at which the clock says something; while it stands still, the one as if it went on now."""

    at: datetime
    #: `80%`, `1h before`, `due`, `after 4h`.
    what: str
    reached: bool
    #: What follows: a tag, a note, a tier.
    does: tuple[str, ...] = ()


class ClockStory(msgspec.Struct, frozen=True, kw_only=True):
    """A clock that runs, stands still, or has ended. Every instant is UTC."""

    clock: str
    #: What stops it, in words.
    awaits: str
    state: str
    calendar: str
    #: The target, and the priority-dependent parts of it, in words.
    target: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    #: Open time that counted, that is left (negative once late), and that it stood still.
    used: timedelta
    left: timedelta
    paused: timedelta
    #: The same in words of the calendar: `3h`, `1d 2h`.
    used_told: str
    left_told: str
    #: Share of the target that is used up, in percent.
    used_percent: float
    stretches: tuple[Stretch, ...]
    #: Days off between now and the due instant.
    ahead: tuple[DayOff, ...]
    milestones: tuple[Milestone, ...]
    #: Before this instant the ticket's past is not known, but taken to be as it was found.
    assumed_until: datetime | None = None
    #: Cycles in which it was ever late, this one included.
    misses: int = 0


def story_of(target: SlaTarget, reading: ClockReading, now: datetime) -> ClockStory:
    """Tell one clock at the instant of its reading (UTC)."""
    spell = target.calendar.spell
    whole = reading.elapsed + reading.remaining
    ahead = () if reading.stopped_at is not None else target.calendar.days_off(now, reading.due_at)
    return ClockStory(
        clock=target.id,
        awaits=awaited(target),
        state=str(reading.state),
        calendar=target.calendar.name,
        target=str(reading.allowed),
        started_at=reading.started_at,
        due_at=reading.due_at,
        stopped_at=reading.stopped_at,
        used=reading.elapsed,
        left=reading.remaining,
        paused=reading.paused,
        used_told=spell(reading.elapsed),
        left_told=spell(abs(reading.remaining)),
        used_percent=round(100 * (reading.elapsed / whole), 1) if whole else 0.0,
        stretches=tuple(_stretch(target, one) for one in segments(target, reading, now)),
        ahead=tuple(DayOff(day=day, because=because) for day, because in ahead),
        milestones=tuple(sorted(_milestones(target, reading), key=lambda one: one.at)),
        assumed_until=reading.assumed_until,
        misses=reading.misses,
    )


def _stretch(target: SlaTarget, one: Segment) -> Stretch:
    return Stretch(
        start=one.start,
        end=one.end,
        kind=one.kind,
        open=one.open,
        closed=one.end - one.start - one.open,
        told=target.calendar.spell(one.open),
        days_off=tuple(DayOff(day=day, because=because) for day, because in one.days_off),
    )


def _milestones(target: SlaTarget, reading: ClockReading) -> Iterator[Milestone]:
    for warning, point in zip(target.warnings, reading.warnings, strict=False):
        yield Milestone(at=point.at, what=str(warning), reached=point.reached, does=_follows(warning))
    late = reading.state in {ClockState.BREACHED, ClockState.MISSED}
    at_once = (word for step in target.breaches if step.after is None for word in _follows(step))
    yield Milestone(at=reading.due_at, what="due", reached=late, does=tuple(at_once))
    # Before it is late, nobody knows the instants of the later steps: the target can change until then.
    for step, point in zip(target.breaches, reading.steps, strict=False):
        if step.after is not None:
            yield Milestone(at=point.at, what=f"late {step}", reached=point.reached, does=_follows(step))


def _follows(step: EarlyWarning | BreachStep) -> tuple[str, ...]:
    done = [] if step.tag is None else [f"tag {step.tag}"]
    if step.note is not None:
        done.append("a note")
    if isinstance(step, BreachStep) and step.escalate_to is not None:
        done.append(f"tier {step.escalate_to}")
    return tuple(done)
