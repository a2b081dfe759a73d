"""Happening: one thing that happened around a ticket, at one instant: somebody said, changed or was told something."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rules.ticket import Side, TicketRef


class HappeningKind(StrEnum):
    """What sort of thing happened."""

    #: The ticket was made.
    CREATED = "created"
    COMMENT = "comment"
    #: People changed status, priority, group, assignee, product, type, tags or fields.
    CHANGE = "change"
    #: A line of Escalade's own journal.
    ESCALADE = "escalade"


class Happening(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a story."""

    at: datetime
    kind: HappeningKind
    on: TicketRef
    #: The ticket's human key.
    key: str
    #: What was said or changed. Empty for a comment whose words were not read.
    text: str = ""
    #: Why, where Escalade did it.
    because: str = ""
    #: Of a comment: whether the customer sees it. None = it is no comment.
    public: bool | None = None
    side: Side | None = None
    #: The author's id in the helpdesk, where it is known.
    author: str | None = None
    #: Escalade said or did it.
    ours: bool = False
    #: Of a comment its id; of a line of the journal its action.
    source: str = ""
