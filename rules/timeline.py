"""Timeline: a ticket's past, grown sight by sight, and the ticket as it was at any instant. Pure."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from msgspec.structs import asdict, replace

from rules.ledger import Ledger
from rules.ticket import Moment, State, Ticket, Timeline

#: Moments that are remembered of one ticket: people need some dozens, and a decision reads all of them.
MOST_MOMENTS = 2000


def state_of(ticket: Ticket, ledger: Ledger) -> State:
    """What people made of the ticket: values of ours give way to those that they replaced."""
    group = ledger.group
    # A field that is not set and one that is not told read alike: helpdesks tell of hundreds that are not set.
    fields = ledger.base_fields(ticket.fields)
    if None in fields.values():
        fields = {name: value for name, value in fields.items() if value is not None}
    status, status_name = ledger.base_status(ticket)
    return State(
        status=status,
        status_name=status_name,
        priority=ledger.base_priority(ticket.priority),
        group=_text(group.before) if group is not None and group.ours == ticket.group else ticket.group,
        assignee=ledger.base_assignee(ticket.assignee),
        type=ticket.type,
        product=ticket.product,
        tags=ticket.tags - ledger.tags,
        fields=fields,
    )


def as_people_set(ticket: Ticket, ledger: Ledger) -> Ticket:
    """The ticket with the values that people gave it, as far as the ledger tells ours from theirs."""
    return replace(ticket, **asdict(state_of(ticket, ledger)))


def grown(timeline: Timeline, ticket: Ticket, ledger: Ledger, seen_at: datetime) -> Timeline:
    """The timeline with one more sight of the ticket.

    Args:
        timeline: What was known before; empty at the first sight.
        ticket: The ticket as it is seen now.
        ledger: What Escalade owns on it.
        seen_at: The instant of the sight (UTC).

    Returns:
        The same object when people changed nothing. Else one more moment, at the ticket's last update; helpdesks tell
        no more than that, so of several edits between two sights the last one's instant counts for all.
    """
    state = state_of(ticket, ledger)
    if not timeline.moments:
        fresh = ticket.updated_at <= ticket.created_at
        return Timeline(moments=(Moment(ticket.created_at, state),), assumed_until=None if fresh else seen_at)
    last = timeline.moments[-1]
    if last.state == state:
        return timeline
    at = min(max(ticket.updated_at, last.at), seen_at)
    if at <= last.at:
        at = max(seen_at, last.at)
    kept = timeline.moments if at > last.at else timeline.moments[:-1]
    return _bounded(replace(timeline, moments=(*kept, Moment(at, state))))


def _bounded(timeline: Timeline) -> Timeline:
    """The timeline without its oldest moments, where a machine that changes a ticket to and fro made too many.

    What was before the moments that are kept is taken to have been as the oldest of them, and said to be assumed.
    """
    if len(timeline.moments) <= MOST_MOMENTS:
        return timeline
    kept = timeline.moments[-MOST_MOMENTS:]
    first = Moment(timeline.moments[0].at, kept[0].state)
    return Timeline(moments=(first, *kept[1:]), assumed_until=kept[1].at)


def said_by(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket without comments dated ahead of `now`: a helpdesk's clock may run before ours."""
    if not ticket.comments or ticket.comments[-1].at <= now:
        return ticket
    return replace(ticket, comments=tuple(comment for comment in ticket.comments if comment.at <= now))


def speaks_next(ticket: Ticket, now: datetime) -> datetime | None:
    """When the next comment dated ahead of `now` counts (UTC); None when there is none."""
    return min((comment.at for comment in ticket.comments if comment.at > now), default=None)


def as_of(ticket: Ticket, at: datetime) -> Ticket:
    """The ticket as people had it at an instant: its state, its past and its comments then.

    Links and children are today's.
    """
    count = bisect_right(ticket.comments, at, key=lambda comment: comment.at)
    comments = ticket.comments if count == len(ticket.comments) else ticket.comments[:count]
    timeline = ticket.timeline
    if not timeline.moments:
        return ticket if comments is ticket.comments else replace(ticket, comments=comments)
    index = max(bisect_right(timeline.moments, at, key=lambda moment: moment.at), 1)
    state = timeline.moments[index - 1].state
    return replace(
        ticket,
        status=state.status,
        status_name=state.status_name,
        priority=state.priority,
        group=state.group,
        assignee=state.assignee,
        type=state.type,
        product=state.product,
        tags=state.tags,
        fields=state.fields,
        comments=comments,
        timeline=timeline if index == len(timeline.moments) else replace(timeline, moments=timeline.moments[:index]),
    )


def state_at(timeline: Timeline, at: datetime) -> State | None:
    """The state at an instant; before the first moment the first one's; None when nothing is known."""
    if not timeline.moments:
        return None
    index = bisect_right(timeline.moments, at, key=lambda moment: moment.at) - 1
    return timeline.moments[max(index, 0)].state


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
