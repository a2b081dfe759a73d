"""Case clock: by when something is owed in the escalation of a ticket, and what comes of it being late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from rules.escalation.deadline import Deadline, LateStep


class ClockState(StrEnum):
    """Where a case clock stands."""

    RUNNING = "running"
    WARNING = "warning"
    LATE = "late"
    MET = "met"
    #: Done, and too late.
    MISSED = "missed"
    #: Nobody waits for it any more.
    OFF = "off"


class CaseClock(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One clock of a case. Every instant is UTC."""

    #: `evaluation`, `kickoff`, `plan`, `acknowledgement`, `concern`, `workaround`, `review`, `milestone`, `promise`.
    id: str
    #: Tells two runs of the same clock apart: the key of the act that started it, or the instant.
    run: str
    #: What is owed, for people: `decide about the request`.
    what: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime | None = None
    met_at: datetime | None = None
    #: From then on nobody waits for it: the request was answered otherwise, the case is over.
    ended_at: datetime | None = None
    #: Who hears of it, and from when on, once it is late; in that order.
    steps: tuple[tuple[datetime, LateStep], ...] = ()

    @property
    def key(self) -> str:
        """Names the run for ever."""
        return f"{self.id}:{self.run}"

    def state(self, now: datetime) -> ClockState:
        """Where it stands at an instant (UTC). From the due instant on it is late: whatever comes then is a miss."""
        if self.met_at is not None:
            return ClockState.MET if self.met_at < self.due_at else ClockState.MISSED
        if self.ended_at is not None:
            return ClockState.OFF if self.ended_at < self.due_at else ClockState.MISSED
        if now >= self.due_at:
            return ClockState.LATE
        return ClockState.WARNING if self.warn_at is not None and now >= self.warn_at else ClockState.RUNNING

    def is_miss(self, now: datetime) -> bool:
        """Whether it was late, whatever became of it since."""
        return self.state(now) in {ClockState.LATE, ClockState.MISSED}

    def earned(self, now: datetime) -> tuple[int, LateStep] | None:
        """The highest step of its being late, with its number from 1; None while there is none, and once it is over."""
        if self.state(now) is not ClockState.LATE:
            return None
        come = [(number, step) for number, (at, step) in enumerate(self.steps, start=1) if at <= now]
        return come[-1] if come else None

    def turns(self, now: datetime) -> Iterator[datetime]:
        """The instants after `now` at which it could change by itself."""
        if self.met_at is None and self.ended_at is None:
            instants = [self.due_at, *(at for at, _ in self.steps)]
            instants += [] if self.warn_at is None else [self.warn_at]
            yield from (at for at in instants if at > now)


def started(  # noqa: PLR0917 - what is owed, from when on, and until when
    identity: str,
    run: str,
    what: str,
    deadline: Deadline,
    at: datetime,
    met_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> CaseClock:
    """A clock that a deadline starts at an instant (UTC)."""
    return clock_until(identity, run, what, deadline, at, deadline.calendar.add(at, deadline.within), met_at, ended_at)


def clock_until(  # noqa: PLR0917 - what is owed, from when on, and until when
    identity: str,
    run: str,
    what: str,
    deadline: Deadline,
    at: datetime,
    due_at: datetime,
    met_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> CaseClock:
    """The same with a due instant of its own."""
    calendar, before = deadline.calendar, deadline.warn_before
    warn_at = None if before is None else max(at, calendar.subtract(due_at, before))
    return CaseClock(
        id=identity,
        run=run,
        what=what,
        started_at=at,
        due_at=due_at,
        warn_at=warn_at,
        met_at=met_at,
        ended_at=ended_at if met_at is None else None,
        steps=tuple((calendar.add(due_at, step.after), step) for step in deadline.late),
    )
