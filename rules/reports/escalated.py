"""Escalated: one running escalation in one line, of a ticket or of an account, as digests and lists show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from rules.ticket import Priority, TicketRef


class Level(StrEnum):
    """What is escalated."""

    ACCOUNT = "account"
    TICKET = "ticket"


class Deadline(msgspec.Struct, frozen=True, order=True, gc=False):
    """Something that is owed at an instant (UTC)."""

    at: datetime
    what: str


class Escalated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One escalation at one instant."""

    ref: TicketRef
    #: What people call the ticket or record, and where they open it.
    key: str
    url: str
    subject: str
    level: Level
    #: When the escalation began (UTC).
    since: datetime
    #: The customer's name, else the account's reference; empty = no account is known.
    account: str = ""
    region: str | None = None
    #: Name of the tier; empty = it is on no ladder.
    tier: str = ""
    #: Where the escalation process stands: `in progress`, `declared`, …
    stage: str = ""
    #: Status colour; empty = it has none.
    colour: str = ""
    priority: Priority | None = None
    #: What it means for the customer's business, as somebody said; empty = nobody did.
    impact: str = ""
    #: Names of whoever has it and of who sponsors it; empty = nobody.
    owner: str = ""
    sponsor: str = ""
    #: Everything that is owed, the earliest first; what lies before the instant of the report is late.
    deadlines: tuple[Deadline, ...] = ()
    #: Targets and updates that were missed since the escalation began.
    misses: int = 0
    #: Work of the plan that is done, and all of it.
    done: int = 0
    planned: int = 0
    #: What is missing, in words: `no owner`, `no plan`, …
    gaps: tuple[str, ...] = ()

    def late(self, now: datetime) -> tuple[Deadline, ...]:
        """What should have happened by now (UTC) and has not."""
        return tuple(one for one in self.deadlines if one.at <= now)

    def next_due(self, now: datetime) -> Deadline | None:
        """What is owed next."""
        return next((one for one in self.deadlines if one.at > now), None)

    def age(self, now: datetime) -> timedelta:
        """For how long it has been escalated."""
        return now - self.since
