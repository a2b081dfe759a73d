"""A ticket's past as clocks see it: when it was solved, which priority it had when, who first worked on it."""

from __future__ import annotations

from datetime import datetime

from rules.clocks.clock import Stop
from rules.facts import Facts
from rules.ticket import OPEN, Moment, Priority


def solved_stops(facts: Facts) -> tuple[Stop, ...]:
    """When the ticket was solved, closed or deleted, oldest first.

    Without a known past, a ticket that is solved now is taken to have been solved at its last update, which is the
    latest that it can have been.
    """
    ticket, stops = facts.ticket, list[Stop]()
    is_solved = False
    for moment in ticket.timeline.moments:
        status = moment.state.status
        if status in OPEN:
            if is_solved:
                stops[-1] = _until(stops[-1], moment.at)
                is_solved = False
        elif not is_solved:
            stops.append(Stop(moment.at, None, str(status)))
            is_solved = True
    if is_solved and ticket.status in OPEN:
        stops[-1] = _until(stops[-1], _last_update(facts))
    elif not is_solved and ticket.status not in OPEN:
        stops.append(Stop(_last_update(facts), None, str(ticket.status)))
    return tuple(stops)


def priorities(facts: Facts, start: datetime, stop: datetime | None) -> list[tuple[datetime, Priority | None]]:
    """The priorities that people gave the ticket from an instant on, each with the instant of its beginning.

    Args:
        facts: The facts of now.
        start: The first instant of interest.
        stop: What begins at this instant or later does not matter any more; None = up to now, now included.
    """
    moments = facts.ticket.timeline.moments
    if not moments or len(facts.once(priorities_ever)) == 1:
        return [(start, facts.priority)]
    changes = [(moment.at, moment.state.priority) for moment in moments]
    if facts.priority != changes[-1][1]:
        changes.append((_last_update(facts), facts.priority))
    found = [(start, changes[0][1])]
    for at, priority in changes:
        if at <= start:
            found[0] = (start, priority)
        elif (stop is None or at < stop) and priority != found[-1][1]:
            found.append((at, priority))
    return found


def priorities_ever(facts: Facts) -> set[Priority | None]:
    """Every priority that people gave the ticket, the one of now included."""
    ever = {facts.priority}
    for moment in facts.ticket.timeline.moments:
        ever.add(moment.state.priority)
    return ever


def first_assigned_at(facts: Facts) -> datetime | None:
    """When the ticket first had an assignee; its creation where nothing else is known; None when it never had one."""
    moments = facts.ticket.timeline.moments
    found = next((moment.at for moment in moments if moment.state.assignee is not None), None)
    if found is None and facts.ticket.assignee is not None:
        return _last_update(facts) if moments else facts.ticket.created_at
    return found


def _until(stop: Stop, at: datetime) -> Stop:
    return Stop(stop.start, max(at, stop.start), stop.because)


def _last_update(facts: Facts) -> datetime:
    """The ticket's last update, not before the last moment that is known of it and not after now."""
    moments: tuple[Moment, ...] = facts.ticket.timeline.moments
    known = moments[-1].at if moments else facts.ticket.created_at
    return min(max(facts.ticket.updated_at, known), facts.now)
