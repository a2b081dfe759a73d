"""Facts that the comments tell: who spoke, how often, and who has been silent since when."""

from __future__ import annotations

from rules.catalogue.entry import Source
from rules.fact import Provenance

_comments = Source(Provenance.COMMENTS)

ENTRIES = (
    _comments.number(
        "replies",
        lambda facts: facts.silences.replies_agent + facts.silences.replies_requester,
        "Replies of both sides after the creation.",
    ),
    _comments.number(
        "replies_agent", lambda facts: facts.silences.replies_agent, "Public comments by agents after the creation."
    ),
    _comments.number(
        "replies_requester",
        lambda facts: facts.silences.replies_requester,
        "Comments by the customer's side after the creation.",
    ),
    _comments.number(
        "unanswered_replies",
        lambda facts: facts.silences.unanswered_replies,
        "Comments by the customer's side since an agent last answered in public; the opening text is not counted.",
    ),
    _comments.flag(
        "first_reply", lambda facts: facts.silences.first_reply_at is not None, "An agent has answered in public."
    ),
    _comments.duration(
        "since_update",
        lambda facts: facts.silences.last_touch_at,
        "Time since a person on either side last commented, else since the creation. Writes by Escalade do not count.",
    ),
    _comments.duration(
        "agent_silence",
        lambda facts: facts.silences.agent_silent_since,
        "Time since an agent last commented in public, else since the creation.",
    ),
    _comments.duration(
        "customer_silence",
        lambda facts: facts.silences.customer_silent_since,
        "Time since the customer's side last commented, else since the creation.",
    ),
    _comments.duration(
        "customer_waiting",
        lambda facts: facts.silences.customer_waiting_since,
        "Time since the customer side's oldest comment that no agent answered in public; not set when none waits.",
    ),
)
