"""Climbed: one escalation that a policy would have made in the past."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from rules.ticket import Priority, TicketRef


class Climbed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stay of a ticket on the ladder, as it would have been. Every instant is UTC."""

    ticket: TicketRef
    at: datetime
    #: What led there: `rule:…`, `matrix:…`, `sla:…`, `timeout:…`, and everything that held at that instant, first come
    #: first.
    because: str
    sources: tuple[str, ...]
    #: The tier that was entered first, and the highest one.
    tier: str
    highest: str
    highest_at: datetime
    #: 1 for the first escalation of the ticket.
    episode: int
    #: None = it goes on when the history ends.
    until: datetime | None = None
    #: How the ticket was when it was escalated, as people had it.
    priority: Priority | None = None
    account: str | None = None
    group: str | None = None
    #: The first service-level clock of the ticket that was ever late, and since when; None = none was.
    breached: str | None = None
    breached_at: datetime | None = None
    #: From the escalation to that breach; negative: it had happened before. None = there was none.
    before_breach: timedelta | None = None
    #: When people escalated the ticket, as the truth expression says, and how much sooner the policy was; negative: it
    #: was later. None = they never did.
    truth_at: datetime | None = None
    before_truth: timedelta | None = None
