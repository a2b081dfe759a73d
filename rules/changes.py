"""Changes: how often people changed a ticket, and since when it has been as it is. Read from its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from rules.ticket import Moment, Ticket


class Changes(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the states of a ticket add up to, as far as they were seen. A value that was not set before is no change."""

    reopens: int
    reassignments: int
    group_changes: int
    priority_changes: int
    #: Since when (UTC) the ticket has had its status, its group, its assignee; None when it has none.
    in_status_since: datetime
    in_group_since: datetime | None
    with_assignee_since: datetime | None


def count_changes(ticket: Ticket, now: datetime) -> Changes:
    """Go through the states until `now` (UTC). Without a timeline the ticket has always been as it is."""
    moments = [moment for moment in ticket.timeline.moments if moment.at <= now]
    states = [moment.state for moment in moments]
    group = states[-1].group if states else ticket.group
    assignee = states[-1].assignee if states else ticket.assignee
    created = ticket.created_at
    return Changes(
        reopens=sum(after.status.is_open and not before.status.is_open for before, after in pairwise(states)),
        reassignments=_changes(state.assignee for state in states),
        group_changes=_changes(state.group for state in states),
        priority_changes=_changes(state.priority for state in states),
        in_status_since=_since(moments, [state.status for state in states], created),
        in_group_since=None if group is None else _since(moments, [state.group for state in states], created),
        with_assignee_since=(
            None if assignee is None else _since(moments, [state.assignee for state in states], created)
        ),
    )


def _changes(values: Iterable[str | None]) -> int:
    """How often one value gave way to another one; being without any in between does not count."""
    known = [value for value in values if value is not None]
    return sum(before != after for before, after in pairwise(known))


def _since(moments: Sequence[Moment], values: Sequence[object], created: datetime) -> datetime:
    """Since when the last value has been there without a break."""
    since = created
    for moment, before, after in zip(moments[1:], values, values[1:], strict=False):
        if before != after:
            since = moment.at
    return since
