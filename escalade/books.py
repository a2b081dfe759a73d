"""Books: what one visit has done so far, and the lines that it leaves in the journal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import Intent
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.plan import Plan
from rules.ticket import Ticket


@dataclass(slots=True)
class Books:
    """What this visit has done so far."""

    ticket: Ticket
    ledger: Ledger
    writes: Counter[str] = field(default_factory=Counter)
    plan: Plan | None = None
    #: Content hash of the policy that decides on this ticket.
    policy: str = ""
    #: Something of its plan has to wait: until when (UTC), and why.
    waits_until: datetime | None = None
    waits_because: str = ""
    #: It waits for another ticket of its account, with an end or without one.
    waits: bool = False

    def wait(self, until: datetime | None, because: str) -> None:
        """Something has to wait (`until` in UTC; None = for an event); of several ends the first one counts."""
        if until is not None and (self.waits_until is None or until < self.waits_until):
            self.waits_until, self.waits_because = until, because


def entry_of(books: Books, now: datetime, action: str, text: str, *, of: Intent | None = None) -> JournalEntry:
    """A line about the visited ticket."""
    operation = None if of is None else of.operation
    ref = books.ledger.ref
    return JournalEntry(at=now, ref=ref, action=action, text=text, operation=operation, policy=books.policy)
