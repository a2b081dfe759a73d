"""Escalade's one loop: poll, visit, wake. The ports that it needs are declared here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from connectors.base import Page, Write
from rules.ledger import Ledger
from rules.ticket import Account, AccountSummary, Ticket, TicketRef


class IntentState(StrEnum):
    """How far a write has come."""

    #: Journalled, perhaps sent: look in the helpdesk before repeating it.
    INTENDED = "intended"
    APPLIED = "applied"
    #: The helpdesk refused it; repeating will not help.
    REFUSED = "refused"
    #: It surely did not reach the helpdesk (looked for and not found, or refused by a conflict).
    LOST = "lost"


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One write, journalled before it is sent."""

    operation: str
    write: Write
    intended_at: datetime
    state: IntentState = IntentState.INTENDED


class DueVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket whose visit is due."""

    ref: TicketRef
    due: datetime
    #: Why: `polled`, `timer`, `sibling`, `retry`, `follow-up`, `webhook`, …
    reason: str
    #: Failed visits in a row.
    attempts: int
    #: Nudges so far; `finish` re-arms the visit when another one came in meanwhile.
    nudges: int


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that the store knows of one ticket: enough to decide without a call."""

    ticket: Ticket
    ledger: Ledger
    account: Account | None = None
    summary: AccountSummary | None = None
    #: Writes whose outcome is unknown.
    open_intents: tuple[Intent, ...] = ()


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What one page changed in the store."""

    tickets: int
    #: Tickets that are new or differ from what was known.
    changed: int
    comments: int


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a ticket's journal: what was decided, done, refused or noticed, and why."""

    at: datetime
    ref: TicketRef
    #: Stable action name: `write.intended`, `write.applied`, `write.refused`, `override.seen`, `visit.parked`, …
    action: str
    text: str
    operation: str | None = None
    policy: str | None = None


class Store(Protocol):
    """Where everything that must survive lives. Each method is one transaction."""

    def exclusive(self) -> AbstractContextManager[bool]:
        """Hold the right to visit; False when another process holds it. Freed by the system when the holder dies."""
        ...

    def checkpoint(self, helpdesk: str, stream: str) -> str | None:
        """How far the stream was durably taken in; None = never polled."""
        ...

    def take_in(self, helpdesk: str, page: Page, now: datetime) -> TakenIn:
        """Store a page, nudge the tickets that it changes (and, where asked, their account's), move the checkpoint."""
        ...

    def nudge(self, refs: Sequence[TicketRef], due: datetime, reason: str) -> None:
        """Make sure that each ticket is visited at `due` or earlier."""
        ...

    def due(self, now: datetime, limit: int, after: DueVisit | None = None) -> Sequence[DueVisit]:
        """Visits that are due, the longest overdue first (ties by helpdesk and id); `after` pages by that key."""
        ...

    def load(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Known]:
        """What is known of these tickets; unknown ones are left out."""
        ...

    def refresh(self, tickets: Sequence[Ticket], now: datetime) -> None:
        """Replace what is known by freshly read tickets, comments and links included."""
        ...

    def forget(self, ref: TicketRef, now: datetime) -> None:
        """The ticket is gone from the helpdesk: drop its content, keep its journal, never visit it again by itself."""
        ...

    def begin(self, ledger: Ledger, intents: Sequence[Intent], entries: Sequence[JournalEntry]) -> None:
        """Before sending: keep the ledger (with the decided escalation) and the intents."""
        ...

    def settle(self, operation: str, state: IntentState, ledger: Ledger, entries: Sequence[JournalEntry]) -> None:
        """After sending: keep the outcome and the ledger that follows from it."""
        ...

    def finish(self, visit: DueVisit, wake_at: datetime | None, why: str) -> None:
        """The visit is over: sleep until `wake_at` unless it was nudged meanwhile. Clears the attempts."""
        ...

    def park(self, visit: DueVisit, until: datetime, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed: try again at `until`; counts the attempt. Other tickets are not held up."""
        ...

    def bury(self, visit: DueVisit, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed too often: dead letter, not visited again until something new nudges it."""
        ...

    def open_tickets(self) -> int:
        """How many open tickets are known (the population for the brakes)."""
        ...

    def comments_since(self, ref: TicketRef, since: datetime) -> int:
        """Comments that we posted on the ticket since then (for the brakes)."""
        ...
