"""Writer: sends the writes of a visit, each with an intent kept before it, and looks for those of unknown outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import msgspec

from connectors.base import Applied, Helpdesk, Intent, IntentState, TicketSink, Write, read_with_work
from connectors.errors import ConnectorError, ErrorKind
from connectors.rank import ranked
from escalade.books import Books, entry_of
from escalade.metrics import metrics
from escalade.parking import ParkError, parked
from escalade.ranks import rank_of
from escalade.store.errors import ClaimedError, FullError
from rules.change import (
    Change,
    CompleteWork,
    CreateRemediation,
    OpenLinked,
    PostComment,
    target_of,
)
from rules.explain import describe
from rules.ownership import after
from rules.parts import done_part
from rules.plan import Plan
from rules.ticket import Ticket, TicketRef
from sync import Clock, Known, Store

#: A version is told by whole seconds (Zendesk's `updated_stamp`): from the next but one on, a write that was decided on
#: an earlier one is told apart from what was written meanwhile.
_NEXT_VERSION = timedelta(seconds=2)


class StaleError(Exception):
    """Somebody edited the ticket since it was read: read it again and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes to the helpdesks and channels, and keeps in the store what became of it."""

    helpdesks: Mapping[str, Helpdesk]
    #: Where notices go, by the names that changes have for them.
    channels: Mapping[str, TicketSink]
    store: Store
    clock: Clock
    #: How long a helpdesk may still carry out a write that it did not answer: only later is "not there" the truth.
    settle_after: timedelta

    def reread(self, ticket: Ticket) -> Ticket:
        """Read the visited ticket once more, and let the store know.

        Raises:
            ParkError: it cannot be read, or is gone.
        """
        try:
            fresh = self.helpdesks[ticket.ref.helpdesk].source.read([ticket.ref]).get(ticket.ref)
        except ConnectorError as error:
            raise parked(error, ticket.ref.helpdesk) from error
        if fresh is None:
            raise ParkError("the ticket is gone from the helpdesk", gone=True)
        self.store.refresh([fresh], self.clock.now())
        known = self.store.load([ticket.ref]).get(ticket.ref)
        if known is None:
            return fresh
        return msgspec.structs.replace(fresh, timeline=known.ticket.timeline, children=known.ticket.children)

    def settle_open(self, known: Known, books: Books) -> bool:
        """Look in the helpdesk for writes whose outcome is unknown, before anything is repeated; whether one is there.

        Where a helpdesk is no longer in the settings, nothing can be repeated: its writes stay open until it is back.
        """
        any_found = False
        for intent in known.open_intents:
            if target_of(intent.write.changes[0]) not in {*self.helpdesks, *self.channels}:
                continue
            try:
                found = self._sink_of(intent.write).find(intent.write, intent.operation, intent.intended_at)
            except ConnectorError as error:
                raise parked(error, books.ticket.ref.helpdesk) from error
            if found is None:
                if self._may_go_on(self._aged(intent, books), books):
                    continue
                entry = entry_of(books, self.clock.now(), "write.lost", "the write is not in the helpdesk", of=intent)
                self.store.settle(intent.operation, IntentState.LOST, books.ledger, [entry])
                _count(intent, "lost")
            else:
                self.applied(intent, found, books, "write.unknown" if found.unsure else "write.found")
                any_found = True
        return any_found

    def _aged(self, intent: Intent, books: Books) -> Intent:
        """The intent with an age that can be told: where the clock was set back, it counts from here."""
        now = self.clock.now()
        if intent.intended_at <= now:
            return intent
        intent = msgspec.structs.replace(intent, intended_at=now)
        self.store.begin(books.ledger, [intent], ())
        return intent

    def _may_go_on(self, intent: Intent, books: Books) -> bool:
        """Whether the visit goes on with the write open; else it is lost, for it cannot be under way any more.

        Whichever of a write on a version and its repeat comes second, the helpdesk refuses. So it is repeated without
        waiting, and looked for by each visit until it cannot be under way: should it come before a repeat does, or
        should no repeat be wanted, what it did is still ours.

        Raises:
            ParkError: it is too early to repeat it.
        """
        age, on_version = self.clock.now() - intent.intended_at, intent.write.version is not None
        left = (min(_NEXT_VERSION, self.settle_after) if on_version else self.settle_after) - age
        if left > timedelta(0):
            unknown = "the outcome of a write is unknown; it may still take effect, so we look again"
            raise ParkError(unknown, wait=left.total_seconds(), passing=True)
        if age >= self.settle_after:
            return False
        books.wait(intent.intended_at + self.settle_after, "a write of unknown outcome is looked for once more")
        return True

    def write(self, todo: Plan, books: Books) -> None:
        """Send everything that a plan changes, what concerns the ticket's own helpdesk first.

        Raises:
            ParkError: how the visit has to go on.
            StaleError: somebody edited the ticket meanwhile.
        """
        books.ledger = todo.ledger
        for helpdesk, changes in _by_helpdesk(todo.changes, home=todo.ref.helpdesk).items():
            for write in self._sink(helpdesk).batch(books.ticket, changes):
                self._send(write, books)

    def say(self, change: PostComment, books: Books) -> None:
        """Send one comment that somebody asked for.

        Raises:
            ParkError: it was not sent, or nobody knows whether it was; then the next visit looks for it.
            StaleError: somebody edited the ticket meanwhile.
        """
        for write in self._sink(change.on.helpdesk).batch(books.ticket, [change]):
            self._send(write, books)

    def _send(self, write: Write, books: Books) -> None:
        # By its own time, not that of the visit: writes before it may have taken long, and how long it may still take
        # effect counts from here.
        now = self.clock.now()
        intent = Intent(operation=uuid4().hex, write=write, intended_at=now)
        text = "; ".join(describe(change) for change in write.changes)
        try:
            self.store.begin(books.ledger, [intent], [entry_of(books, now, "write.intended", text, of=intent)])
        except ClaimedError as error:
            books.waits = True
            books.wait(error.until, "another ticket of the account is opening its record")
            return
        except FullError as error:
            # The other writes go on; the next round, or the visit at that instant, decides about this one again.
            books.wait(error.until, str(error))
            return
        try:
            with ranked(rank_of(write.changes)):
                applied = self._sink_of(write).apply(write, intent.operation)
        except ConnectorError as error:
            self.not_applied(intent, error, books)
        else:
            self.applied(intent, applied, books, "write.applied")

    def applied(self, intent: Intent, applied: Applied, books: Books, action: str) -> None:
        """Keep that a write took effect, and what follows from it."""
        now = self.clock.now()
        write = intent.write
        books.ledger = after(
            books.ledger, write.changes, applied.created, applied.refused, now, editable=applied.editable
        )
        entries = [
            entry_of(books, now, action, f"{describe(change)} — {change.because}", of=intent)
            for change in write.changes
        ]
        entries += [
            entry_of(books, now, "write.part_refused", f"{part}: {why}", of=intent)
            for part, why in applied.refused.items()
        ]
        self.store.settle(intent.operation, IntentState.APPLIED, books.ledger, entries)
        _count(intent, action.removeprefix("write."))
        if action == "write.applied":
            books.writes[write.kind] += 1
        self._introduce([change for change in write.changes if isinstance(change, OpenLinked)], applied.created)

    def _introduce(self, opened: Sequence[OpenLinked], created: Mapping[str, TicketRef]) -> None:
        """Let the store know a new record at once; where it cannot be read now, the next poll brings it."""
        for ref in (created[change.key] for change in opened if change.account is not None and change.key in created):
            try:
                record = self.helpdesk(ref.helpdesk).source.read([ref]).get(ref)
            except ConnectorError:
                continue
            if record is not None:
                self.store.refresh([record], self.clock.now())
                self.store.nudge([ref], self.clock.now(), "opened")

    def not_applied(self, intent: Intent, error: ConnectorError, books: Books) -> None:
        """Journal what is certain and say how the visit goes on; an ambiguous write stays open to be looked for.

        Raises:
            ParkError: how it has to go on.
            StaleError: somebody edited the ticket meanwhile.
        """
        now = self.clock.now()
        if error.ambiguous:
            _count(intent, "unknown")
            unknown = f"the outcome of a write is unknown ({error}); it is looked for next time"
            raise ParkError(unknown, wait=error.retry_after or 0.0, passing=True)
        refused = error.kind is ErrorKind.REJECTED
        if error.kind is ErrorKind.GONE and self._tracker_is_gone(intent.write):
            self.applied(intent, _nothing_of(intent.write, error), books, "write.refused")
            return
        entry = entry_of(books, now, "write.refused" if refused else "write.lost", str(error), of=intent)
        state = IntentState.REFUSED if refused else IntentState.LOST
        self.store.settle(intent.operation, state, books.ledger, [entry], sent=state is not IntentState.LOST)
        _count(intent, state.value)
        if error.kind is ErrorKind.CONFLICT:
            raise StaleError from error
        if error.kind is ErrorKind.GONE:
            # A 404 may mean the ticket, something that the write names, or a permission: ask for the ticket itself.
            self.reread(books.ticket)
        raise parked(error, books.ticket.ref.helpdesk) from error

    def _tracker_is_gone(self, write: Write) -> bool:
        """Whether the write goes to another ticket, or to work below one, and that is not there any more."""
        there = write.changes[0].on
        if there == write.ticket:
            return False
        try:
            return read_with_work(self.helpdesk(there.helpdesk).source, [there]).get(there) is None
        except ConnectorError as error:
            raise parked(error, write.ticket.helpdesk) from error

    def helpdesk(self, name: str) -> Helpdesk:
        """The helpdesk of that name (ParkError when the settings have none)."""
        if name not in self.helpdesks:
            raise ParkError(f"the helpdesk {name!r} is not in the settings; add it, or take it out of the policy")
        return self.helpdesks[name]

    def _sink_of(self, write: Write) -> TicketSink:
        return self._sink(target_of(write.changes[0]))

    def _sink(self, target: str) -> TicketSink:
        return self.channels[target] if target in self.channels else self.helpdesk(target).sink


def _count(intent: Intent, outcome: str) -> None:
    metrics.wrote(target_of(intent.write.changes[0]), intent.write.kind, outcome)


def _nothing_of(write: Write, error: ConnectorError) -> Applied:
    """An outcome in which every part was refused: what people deleted is not asked for again in this episode."""
    items = [item.key for change in write.changes if isinstance(change, CreateRemediation) for item in change.items]
    items += [done_part(change.key) for change in write.changes if isinstance(change, CompleteWork)]
    return Applied(detail="refused", refused=dict.fromkeys(items, str(error)))


def _by_helpdesk(changes: Sequence[Change], *, home: str) -> Mapping[str, list[Change]]:
    """Group changes by the helpdesk they go to, the ticket's own first: people see the escalation at once."""
    groups: dict[str, list[Change]] = {home: []}
    for change in changes:
        groups.setdefault(target_of(change), []).append(change)
    return {name: group for name, group in groups.items() if group}
