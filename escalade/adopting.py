"""Adopting: takes note of a helpdesk's open tickets as they are, in silence; only what comes later is acted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.ticket import TicketRef
from sync import Known

_PAGE = 500


class Shelf(Protocol):
    """Where tickets and their ledgers are kept."""

    def open_refs(self, helpdesk: str, after: str, limit: int) -> Sequence[TicketRef]:
        """Open tickets of a helpdesk whose ids come after one, in the order of their ids."""

    def load(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Known]:
        """What is known of these tickets."""

    def keep_noted(self, ledgers: Collection[Ledger], entries: Collection[JournalEntry]) -> None:
        """Keep the ledgers of tickets that were taken note of, and what the journal says of them."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken note of in one helpdesk."""

    helpdesk: str
    tickets: int
    #: Tickets on which something holds that would have been acted on.
    held: int
    #: Rule, cell or other source → how many tickets it holds on.
    sources: dict[str, int]


#: Takes note of one ticket.
Note = Callable[[Known], Ledger]


def take_note_of(helpdesk: str, shelf: Shelf, note: Note, at: datetime, policy: str, *, keep: bool = True) -> Noted:
    """Take note of every open ticket of a helpdesk on which Escalade has not acted yet.

    Args:
        helpdesk: Its name.
        shelf: Where the tickets are known, and the ledgers are kept.
        note: Takes note of one ticket.
        at: When (UTC).
        policy: The version that decides, for the journal.
        keep: With False nothing is kept.
    """
    tickets = held = 0
    sources: Counter[str] = Counter()
    after = ""
    while refs := shelf.open_refs(helpdesk, after, _PAGE):
        after = refs[-1].id
        new = [known for known in shelf.load(refs).values() if known.ledger.is_blank]
        ledgers = [note(known) for known in new]
        entries = [_entry(ledger, at, policy) for ledger in ledgers if _held(ledger)]
        for ledger in ledgers:
            sources.update(_held(ledger))
        tickets, held = tickets + len(ledgers), held + len(entries)
        if keep:
            shelf.keep_noted(ledgers, entries)
    return Noted(helpdesk=helpdesk, tickets=tickets, held=held, sources=dict(sources))


def _held(ledger: Ledger) -> list[str]:
    """What was so on the ticket that something would have followed from."""
    baseline = ledger.baseline
    holding = frozenset() if baseline is None else baseline.holding or frozenset()
    said = {key.split(":")[0] for key in (*ledger.comments, *ledger.notified)}
    return sorted(holding | said | ledger.overrides.keys())


def _entry(ledger: Ledger, at: datetime, policy: str) -> JournalEntry:
    told = f"taken note of as it is, nothing follows: {', '.join(_held(ledger))}"
    return JournalEntry(at=at, ref=ledger.ref, action="ticket.adopted", text=told, policy=policy)
