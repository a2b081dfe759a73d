"""Silences: who spoke when on a ticket, and who waits for whom."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.responses import CUSTOMER_REPLY, CUSTOMER_UPDATE, DEFAULT_RESPONSES, OPENING, RESPONSE, ResponseTable
from rules.ticket import Comment, Side, Ticket


class Silences(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the comments of a ticket add up to, by the policy's table of responses.

    Replies are comments after the ticket's opening: its description is none. Escalade's own comments and
    those of machines count for neither side; private ones by agents do not reach the customer and count for nobody,
    unless the table says otherwise.
    """

    replies_agent: int
    replies_requester: int
    unanswered_replies: int
    #: First response (UTC).
    first_reply_at: datetime | None
    #: Last word to the customer, else the creation (UTC).
    agent_silent_since: datetime
    #: Last reply of the customer's side, else the creation (UTC).
    customer_silent_since: datetime
    #: Oldest reply of the customer's side that no response followed (UTC).
    customer_waiting_since: datetime | None
    #: Last comment by a person on either side, public or private, else the creation (UTC).
    last_touch_at: datetime


def count_silences(ticket: Ticket, responses: ResponseTable = DEFAULT_RESPONSES) -> Silences:
    """Go through the comments once, oldest first."""
    created = ticket.created_at
    opened = created + OPENING
    agent = requester = unanswered = 0
    first_reply: datetime | None = None
    waiting: datetime | None = None
    silent = quiet = touched = created
    for comment in ticket.comments:
        if not _is_personal(comment):
            continue
        touched = max(touched, comment.at)
        later = comment.at > opened
        kinds = responses.kinds(comment, ticket)
        if CUSTOMER_REPLY in kinds:
            requester += later
            unanswered += later
            waiting = waiting or comment.at
            quiet = max(quiet, comment.at)
        if RESPONSE in kinds:
            agent += later
            unanswered, waiting = 0, None
            first_reply = first_reply or (comment.at if later else None)
        if CUSTOMER_UPDATE in kinds:
            silent = max(silent, comment.at)
    return Silences(
        replies_agent=agent,
        replies_requester=requester,
        unanswered_replies=unanswered,
        first_reply_at=first_reply,
        agent_silent_since=silent,
        customer_silent_since=quiet,
        customer_waiting_since=waiting,
        last_touch_at=touched,
    )


def _is_personal(comment: Comment) -> bool:
    return not comment.ours and comment.side is not Side.SYSTEM
