"""Paused: a time in which a promised time stood still, with what an audit asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from rules.clocks.clock import ClockReading, ClockState
from rules.clocks.pauses import PAUSED
from rules.clocks.segments import RUNS, segments
from rules.facts import Facts
from rules.policy import Policy
from rules.recalculate import read_clocks
from rules.reports.escalating import owner_of
from rules.sla import SlaTarget
from rules.ticket import Side, TicketRef

#: A clock that has less than this part of its time left is nearly due.
_NEARLY = 10
_NONE = timedelta()
_LATE = frozenset({ClockState.BREACHED, ClockState.MISSED})


class Paused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One pause of one clock, or what of it lies in the period. Instants are UTC, lengths are open time."""

    ticket: TicketRef
    key: str
    url: str
    clock: str
    customer: str
    #: Who had the ticket when the pause began: a person, else a group; empty = nobody.
    owner: str
    start: datetime
    #: None = it still lasts.
    end: datetime | None
    stood: timedelta
    #: What of it came after the customer's first public word in it: nobody waited for them any more.
    answered: timedelta
    #: What was left of the promised time when it began; None = not nearly nothing.
    nearly_due: timedelta | None
    #: The clock is not late, and would be, had it run from the customer's words on.
    saved: bool


def paused_of(facts: Facts, policy: Policy, start: datetime, end: datetime) -> Iterator[Paused]:
    """The pauses of a ticket's clocks that touch a period (UTC), clock by clock, oldest first.

    Of a clock that starts anew, such as the one of the next response, those of the cycle that runs, or ran last.
    """
    readings = read_clocks(policy, facts)
    for target in policy.sla:
        reading = readings.get(target.id)
        if reading is not None:
            yield from _of_clock(facts, policy, target, reading, (start, min(end, facts.now)))


def _of_clock(
    facts: Facts, policy: Policy, target: SlaTarget, reading: ClockReading, period: tuple[datetime, datetime]
) -> Iterator[Paused]:
    pieces = segments(target, reading, facts.now)
    hidden = sum((_answered(facts, target, one.start, one.end) for one in pieces if one.kind == PAUSED), _NONE)
    saved = reading.state not in _LATE and _NONE < reading.remaining <= hidden
    whole, used = reading.elapsed + reading.remaining, _NONE
    ticket = facts.ticket
    for one in pieces:
        used += one.open if one.kind == RUNS else _NONE
        begin, until = max(one.start, period[0]), min(one.end, period[1])
        stood = target.calendar.elapsed(begin, until) if one.kind == PAUSED and begin < until else _NONE
        # A pause while the calendar is closed anyway stops nothing.
        if not stood:
            continue
        left = whole - used
        answered = _answered(facts, target, begin, until, since=one.start)
        yield Paused(
            ticket=ticket.ref,
            key=ticket.key,
            url=ticket.url,
            clock=target.id,
            customer=ticket.ref.helpdesk if facts.account is None else facts.account.name,
            owner=owner_of(policy, facts.as_of(one.start).ticket),
            start=begin,
            end=None if one.end >= facts.now and reading.stopped_at is None else until,
            stood=stood,
            answered=answered,
            nearly_due=left if _NONE < left <= whole / _NEARLY else None,
            saved=saved and answered > _NONE,
        )


def _answered(
    facts: Facts, target: SlaTarget, start: datetime, end: datetime, *, since: datetime | None = None
) -> timedelta:
    """Open time from the customer's first public word in a pause to its end, as far as it lies in a stretch of it."""
    begin = start if since is None else since
    words = (one.at for one in facts.ticket.comments if one.public and one.side is Side.REQUESTER)
    first = next((at for at in words if begin < at < end), None)
    return _NONE if first is None else target.calendar.elapsed(max(first, start), end)
