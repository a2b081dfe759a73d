"""Gathering: notices that waited for room on a channel go out in one message, and of each is kept what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from connectors.base import Applied, Intent
from connectors.channel import ChannelSink
from connectors.errors import ConnectorError
from connectors.rank import Rank, ranked
from escalade.books import Books, entry_of
from escalade.parking import ParkError, crashed
from escalade.store.errors import FullError, StoreError
from escalade.writer import Writer
from rules.change import Notify
from rules.explain import describe
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.plan import Plan
from sync import DueVisit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """The visit of a ticket that has nothing to do but to tell a channel something."""

    due: DueVisit
    books: Books
    plan: Plan
    notice: Notify


def tell_together(
    writer: Writer, sink: ChannelSink, waiting: Sequence[Waiting], now: datetime
) -> Mapping[Waiting, ParkError | None]:
    """Send one message for all of them.

    Each has an intent of its own before it is sent and an outcome afterwards, as if it had been sent alone: who is
    killed in between leaves open intents, which the next visits look at.

    Args:
        writer: Keeps the outcomes.
        sink: The channel that all of them tell something.
        waiting: Visits that are ours until they are over.
        now: The present (UTC).

    Returns:
        Those that were dealt with, and how a visit that could not be completed goes on. What is not among them has its
        own visit.
    """
    begun = {one: _intent_of(one, sink, now) for one in waiting}
    try:
        writer.store.begin_together([_begun(one, intent, now) for one, intent in begun.items()])
    except FullError as error:
        for one in waiting:
            one.books.wait(error.until, str(error))
        return dict.fromkeys(waiting)
    except StoreError:
        # One visit in other hands must not cost the others theirs.
        return {}
    applied: Applied | None = None
    failure: ConnectorError | None = None
    try:
        with ranked(Rank.FIRST):
            applied = sink.tell_together([one.notice for one in waiting])
    except ConnectorError as error:
        failure = error
    return {one: _settled(writer, one, intent, applied, failure) for one, intent in begun.items()}


def _intent_of(one: Waiting, sink: ChannelSink, now: datetime) -> Intent:
    [write] = sink.batch(one.books.ticket, [one.notice])
    return Intent(operation=uuid4().hex, write=write, intended_at=now)


def _begun(one: Waiting, intent: Intent, now: datetime) -> tuple[Ledger, Intent, JournalEntry]:
    one.books.ledger = one.plan.ledger
    entry = entry_of(one.books, now, "write.intended", describe(one.notice), of=intent)
    return one.books.ledger, intent, entry


def _settled(
    writer: Writer, one: Waiting, intent: Intent, applied: Applied | None, failure: ConnectorError | None
) -> ParkError | None:
    try:
        if failure is not None:
            writer.not_applied(intent, failure, one.books)
        elif applied is not None:
            writer.applied(intent, applied, one.books, "write.applied")
    except ParkError as stop:
        return stop
    except Exception as error:  # noqa: BLE001 - what became of the others is still to be kept
        return crashed(error, one.due.ref)
    return None
