"""Service-level clocks: when an answer or a solution is due, and whether it came in time.

A clock starts at the ticket's creation and runs in its target's calendar. It does not pause.
"""

from __future__ import annotations

from datetime import datetime

from rules.calendar import Span
from rules.decision import ClockReading, ClockState
from rules.facts import Facts
from rules.policy import Metric, SlaTarget

_STOPPERS = {Metric.FIRST_RESPONSE: "an agent's first public answer", Metric.RESOLUTION: "the solution"}


def read_clock(target: SlaTarget, facts: Facts) -> ClockReading | None:
    """Read one clock at the instant of the facts, whatever the target's `when` says.

    Returns:
        The reading with instants in UTC; None when the target names no time for the ticket's priority.
    """
    if (allowed := target.targets.get(facts.priority)) is None:
        return None
    started = facts.ticket.created_at
    due = target.calendar.add(started, allowed)
    warn = None if target.warn_at is None else _warn_at(target, target.warn_at, started, due)
    stopped = _stopped_at(target.metric, facts)
    return ClockReading(
        target=target.id,
        state=_state(facts.now, due, warn, stopped),
        started_at=started,
        due_at=due,
        warn_at=warn,
        stopped_at=stopped,
    )


def next_turn(reading: ClockReading, now: datetime) -> datetime | None:
    """When the clock's state changes next if nobody does anything; None when it has stopped or run out."""
    if reading.state is ClockState.RUNNING:
        return reading.warn_at or reading.due_at
    return reading.due_at if reading.state is ClockState.WARNING and reading.due_at > now else None


def awaited(target: SlaTarget) -> str:
    """What stops the clock, in words."""
    return _STOPPERS[target.metric]


def _warn_at(target: SlaTarget, share: float, started: datetime, due: datetime) -> datetime:
    """The instant at which that share of the open time until the due instant is used up, to the second."""
    used = int(target.calendar.elapsed(started, due).total_seconds() * share)
    return min(due, target.calendar.add(started, Span(seconds=used)))


def _stopped_at(metric: Metric, facts: Facts) -> datetime | None:
    if metric is Metric.FIRST_RESPONSE:
        return facts.silences.first_reply_at
    # Helpdesks do not tell when a ticket was solved; its last update is the latest that it can have been.
    return None if facts.ticket.status.is_open else facts.ticket.updated_at


def _state(now: datetime, due: datetime, warn: datetime | None, stopped: datetime | None) -> ClockState:
    if stopped is not None:
        return ClockState.MET if stopped <= due else ClockState.MISSED
    if now >= due:
        return ClockState.BREACHED
    return ClockState.WARNING if warn is not None and now >= warn else ClockState.RUNNING
