"""Act: something that somebody did about an escalation, whatever way it came: comment, tag, field, command line."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rules.ticket import Side


class Via(StrEnum):
    """The way that an act came."""

    COMMENT = "comment"
    TAG = "tag"
    FIELD = "field"
    #: The command line; it leaves a comment of ours that names the person.
    CLI = "cli"


class Act(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One act, once, however often it was delivered."""

    #: Names the act for ever: `comment:8123:0` (the first command of that comment), `tag:escalation_requested:…`.
    key: str
    #: When it was done (UTC).
    at: datetime
    #: The verb in small letters.
    verb: str
    side: Side
    via: Via = Via.COMMENT
    text: str = ""
    options: dict[str, str] = {}
    #: The comment was public.
    public: bool = False
    #: The helpdesk's id of whoever did it; None = unknown (a tag does not tell who set it).
    author: str | None = None
    #: The id in the directory; None = the directory does not know the author.
    person: str | None = None
