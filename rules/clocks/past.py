"""A ticket's past as clocks see it: when it was solved, which priority it had when, who first worked on it."""

from __future__ import annotations

from datetime import datetime

from rules.clocks.clock import Stop
from rules.facts import Facts
from rules.ticket import Moment, Priority


def solved_stops(facts: Facts) -> tuple[Stop, ...]:
    """When the ticket was solved, closed or deleted, oldest first.

    Without a known past, a ticket that is solved now is taken to have been solved at its last update, which is the
    latest that it can have been.
    """
    ticket, stops = facts.ticket, list[Stop]()
    for moment in ticket.timeline.moments:
        status = moment.state.status
        if status.is_open:
            _end(stops, moment.at)
        elif not stops or stops[-1].end is not None:
            stops.append(Stop(moment.at, None, str(status)))
    if ticket.status.is_open:
        _end(stops, _last_update(facts))
    elif not stops or stops[-1].end is not None:
        stops.append(Stop(_last_update(facts), None, str(ticket.status)))
    return tuple(stops)


def priorities(facts: Facts, start: datetime, end: datetime) -> list[tuple[datetime, Priority | None]]:
    """The priorities that people gave the ticket between two instants, each with the instant of its beginning."""
    found = [(start, facts.priority)]
    moments = facts.ticket.timeline.moments
    if not moments:
        return found
    found[0] = (start, moments[0].state.priority)
    for moment in moments:
        _turn(found, moment.at, moment.state.priority, end)
    if end >= facts.now:
        _turn(found, _last_update(facts), facts.priority, end)
    return found


def first_assigned_at(facts: Facts) -> datetime | None:
    """When the ticket first had an assignee; its creation where nothing else is known; None when it never had one."""
    moments = facts.ticket.timeline.moments
    found = next((moment.at for moment in moments if moment.state.assignee is not None), None)
    if found is None and facts.ticket.assignee is not None:
        return _last_update(facts) if moments else facts.ticket.created_at
    return found


def _turn(
    found: list[tuple[datetime, Priority | None]], at: datetime, priority: Priority | None, end: datetime
) -> None:
    since, last = found[-1]
    if at <= since:
        found[-1] = (since, priority)
    elif at < end and priority != last:
        found.append((at, priority))


def _end(stops: list[Stop], at: datetime) -> None:
    if stops and stops[-1].end is None:
        stops[-1] = Stop(stops[-1].start, max(at, stops[-1].start), stops[-1].because)


def _last_update(facts: Facts) -> datetime:
    """The ticket's last update, not before the last moment that is known of it and not after now."""
    moments: tuple[Moment, ...] = facts.ticket.timeline.moments
    known = moments[-1].at if moments else facts.ticket.created_at
    return min(max(facts.ticket.updated_at, known), facts.now)
