"""Silences: who spoke when on a ticket, and who waits for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from rules.ticket import Comment, Side, Ticket

#: Comments so soon after the creation are the ticket's description: helpdesks may stamp the two a moment apart, and
#: nobody answers that fast.
OPENING = timedelta(seconds=5)


class Silences(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the comments of a ticket add up to.

    Replies are comments after the ticket's opening: its description is none. Escalade's own comments and
    those of machines count for neither side; private ones by agents do not reach the customer and count for nobody.
    """

    replies_agent: int
    replies_requester: int
    unanswered_replies: int
    #: First public reply by an agent (UTC).
    first_reply_at: datetime | None
    #: Last public comment by an agent, else the creation (UTC).
    agent_silent_since: datetime
    #: Oldest requester comment that no public agent comment followed (UTC).
    customer_waiting_since: datetime | None
    #: Last comment by a person on either side, public or private, else the creation (UTC).
    last_touch_at: datetime


def count_silences(ticket: Ticket) -> Silences:
    """Go through the comments once, oldest first."""
    created = ticket.created_at
    opened = created + OPENING
    agent = requester = unanswered = 0
    first_reply: datetime | None = None
    waiting: datetime | None = None
    silent = touched = created
    for comment in ticket.comments:
        if not _is_personal(comment):
            continue
        touched = max(touched, comment.at)
        later = comment.at > opened
        if comment.side is Side.REQUESTER:
            requester += later
            unanswered += later
            waiting = waiting or comment.at
        elif comment.public:
            agent += later
            unanswered, waiting, silent = 0, None, max(silent, comment.at)
            first_reply = first_reply or (comment.at if later else None)
    return Silences(
        replies_agent=agent,
        replies_requester=requester,
        unanswered_replies=unanswered,
        first_reply_at=first_reply,
        agent_silent_since=silent,
        customer_waiting_since=waiting,
        last_touch_at=touched,
    )


def _is_personal(comment: Comment) -> bool:
    return not comment.ours and comment.side is not Side.SYSTEM
