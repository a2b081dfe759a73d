"""Journal: what was decided, done, refused or noticed about one ticket, line by line."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.ticket import TicketRef


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a ticket's journal: what was decided, done, refused or noticed, and why."""

    at: datetime
    ref: TicketRef
    #: Stable action name: `write.intended`, `write.applied`, `write.refused`, `override.seen`, `visit.parked`, …
    action: str
    text: str
    operation: str | None = None
    policy: str | None = None
