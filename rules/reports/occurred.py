"""Occurred: one escalation that began in some period, with what came of it, for the review of a process."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rules.ticket import TicketRef


class Judgement(StrEnum):
    """What people think of an escalation, by the word that their feedback begins with."""

    USEFUL = "useful"
    EARLY = "too early"
    LATE = "too late"
    MISROUTED = "wrong team"


class Occurred(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One escalation of one ticket, from its begin to its end."""

    ref: TicketRef
    key: str
    since: datetime
    #: None = it goes on.
    until: datetime | None = None
    #: What led there: `rule:down`, `matrix:high/high`, `sla:answer`, `case`.
    because: str = ""
    #: The last tier, by its id.
    tier: str = ""
    #: It ended because the ticket was solved.
    solved: bool = False
    account: str = ""
    product: str = ""
    #: Why it came to it, as somebody found out; empty = nobody did.
    cause: str = ""
    judgements: tuple[Judgement, ...] = ()
    #: A person took back what the policy had put on the ticket.
    overridden: bool = False
    #: Promises to the customer that were kept, and that were broken; and by whom, by id of the directory.
    kept: int = 0
    broken: int = 0
    owner: str = ""


class Promised(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A promise on the record of an account that was kept in time, or was not."""

    account: str
    #: Who made it, by id of the directory where it is known.
    owner: str
    kept: bool
