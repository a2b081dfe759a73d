"""One visit: settle what is uncertain, decide on the fresh ticket, write, keep the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import msgspec

from connectors.base import Applied, Helpdesk, Intent, IntentState, TicketSink, Write
from connectors.errors import ConnectorError, ErrorKind
from escalade.giving import Giving
from escalade.parking import ParkError, crashed, parked
from escalade.policies import Policies
from rules.account_facts import AccountFacts
from rules.change import Change, CreateRemediation, LinkTicket, OpenLinked, target_of
from rules.decide import decide
from rules.explain import describe
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.ownership import after, observe
from rules.plan import Plan, fingerprint, plan
from rules.policy import Policy
from rules.rebase import Followed
from rules.ticket import Ticket, TicketRef
from sync import Clock, DueVisit, Known, Store, Visited

#: An edit conflict or a follow-up (open, then link, then remediate) makes another round on a fresh read.
MAX_ROUNDS = 6
#: Failed visits in a row before the ticket becomes a dead letter.
MAX_ATTEMPTS = 8
#: First wait after a failed visit; doubled each time, at most MAX_BACKOFF.
BACKOFF = timedelta(seconds=30)
MAX_BACKOFF = timedelta(hours=1)
#: Doublings after which the backoff is at its longest.
_MOST_DOUBLINGS = 7


_CHANGED = "the ticket has changed since the plan was made; review a new plan"


class _StaleError(Exception):
    """Somebody edited the ticket since it was read: read it again and decide again."""


@dataclass(slots=True)
class _Books:
    """What this visit has done so far."""

    ticket: Ticket
    ledger: Ledger
    writes: Counter[str] = field(default_factory=Counter)
    plan: Plan | None = None
    #: Content hash of the policy that decides on this ticket.
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVisitor:
    """Visits tickets of every configured helpdesk, each under the policy that it follows."""

    policies: Policies
    helpdesks: Mapping[str, Helpdesk]
    #: Where notices go, by the names that changes have for them.
    channels: Mapping[str, TicketSink]
    store: Store
    giving: Giving
    clock: Clock
    #: How long a helpdesk may still carry out a write that it did not answer: only later is "not there" the truth.
    settle_after: timedelta
    #: What is known of accounts besides what their helpdesks say.
    account_facts: AccountFacts = field(default_factory=AccountFacts)
    #: Only these tickets may be written to, and only with exactly these plans (`escalade apply FILE`); None = no limit.
    reviewed: Mapping[TicketRef, Plan] | None = None

    def prepare(self, now: datetime) -> None:
        """Before a run that may write: keep the policy that decides, and settle which version escalations follow."""
        self.policies.prepare(now)

    def survey(self, known: Known, now: datetime) -> Plan | None:
        """What would be written, judged from what is known; None when that fails, which a visit then shows.

        Human overrides are not looked for: a known ticket may be older than our own last write, which must not look
        like somebody's change.
        """
        return self._judged(known, known.ledger, now)

    def propose(self, known: Known, now: datetime) -> Plan | None:
        """What would be written, judged from a fresh read; None when that fails."""
        return self._judged(known, observe(known.ledger, known.ticket, now).ledger, now)

    def followed(self, policy: Policy, known: Known, now: datetime) -> Followed:
        """What would be written if the ticket followed that version of the policy, judged from what is known."""
        return Followed(policy=policy, plan=self._plan_by(policy, known, known.ticket, known.ledger, now))

    def visit(self, due: DueVisit, known: Known) -> Visited:
        """Decide on a freshly read ticket and write. A failure parks this ticket alone."""
        books = _Books(known.ticket, known.ledger)
        try:
            books.policy = self.policies.deciding(known, known.ledger).hash
            if self._settle_open(known, books):
                # The ticket may have been read before the write that was found took effect.
                books.ticket = self._reread(books.ticket)
            self._rounds(due, known, books)
        except ParkError as stop:
            return self._stopped(due, books, stop)
        except Exception as error:  # noqa: BLE001 - one ticket's failure must never stop the run
            return self._stopped(due, books, crashed(error, due.ref))
        return Visited(plan=books.plan, writes=dict(books.writes))

    def unread(self, due: DueVisit, why: Exception) -> Visited:
        """Park a ticket that cannot be read."""
        stop = parked(why, due.ref.helpdesk) if isinstance(why, ConnectorError) else crashed(why, due.ref)
        return self._stopped(due, None, stop)

    def _judged(self, known: Known, ledger: Ledger, now: datetime) -> Plan | None:
        try:
            return self._plan(known, known.ticket, ledger, now)
        except Exception as error:  # noqa: BLE001 - one ticket's failure must never stop the run
            crashed(error, known.ticket.ref)
            return None

    def _plan(
        self,
        known: Known,
        ticket: Ticket,
        ledger: Ledger,
        now: datetime,
        trackers: Mapping[TicketRef, Ticket] | None = None,
    ) -> Plan:
        policy = self.policies.deciding(known, ledger)
        made = self._plan_by(policy, known, ticket, ledger, now, trackers)
        if policy is self.policies.current or made.ledger.escalation is not None or not ticket.status.is_open:
            return made
        over = "the escalation is over, and the policy in force decides from here"
        return msgspec.structs.replace(made, wake_at=now, wake_because=over)

    def _plan_by(  # noqa: PLR0917 - whose words count, what is known, what is ours, and when
        self,
        policy: Policy,
        known: Known,
        ticket: Ticket,
        ledger: Ledger,
        now: datetime,
        trackers: Mapping[TicketRef, Ticket] | None = None,
    ) -> Plan:
        account, summary, linked = self.account_facts.told(known.account), known.summary, known.linked
        load = self.giving.load(policy, ticket.ref.helpdesk, now)
        decision = decide(
            policy, ticket, account, summary, ledger, now, linked=linked, around=known.around, load=load, proof=False
        )
        recent = self.store.comments_since(ticket.ref, now - timedelta(hours=1)) if ledger.comments else 0
        return plan(ticket, decision, ledger, policy, recent, now, trackers=trackers)

    def _first_plan(self, known: Known, books: _Books, ledger: Ledger, now: datetime) -> Plan:
        """The plan of a visit; who was chosen for the ticket in a reviewed one stays chosen."""
        reviewed = None if self.reviewed is None else self.reviewed.get(books.ticket.ref)
        if reviewed is not None:
            ledger = msgspec.structs.replace(ledger, chosen=reviewed.ledger.chosen)
        with self.giving.turn:
            todo = self._plan(known, books.ticket, ledger, now)
            if books.plan is None:
                self.giving.count(todo)
        return todo

    def _trackers(self, todo: Plan) -> Mapping[TicketRef, Ticket]:
        """The tracker tickets that the plan ties to its ticket: a tie shows their keys and titles."""
        found: dict[TicketRef, Ticket] = {}
        for ref in {change.to for change in todo.changes if isinstance(change, LinkTicket) and change.on == todo.ref}:
            try:
                ticket = self._helpdesk(ref.helpdesk).source.read([ref]).get(ref)
            except ConnectorError as error:
                raise parked(error, todo.ref.helpdesk) from error
            if ticket is not None:
                found[ref] = ticket
        return found

    def _rounds(self, due: DueVisit, known: Known, books: _Books) -> None:
        for _ in range(MAX_ROUNDS):
            now = self.clock.now()
            seen = observe(books.ledger, books.ticket, now)
            todo = self._first_plan(known, books, seen.ledger, now)
            if trackers := self._trackers(todo):
                chosen = msgspec.structs.replace(seen.ledger, chosen=todo.ledger.chosen)
                todo = self._plan(known, books.ticket, chosen, now, trackers)
            books.policy = todo.policy
            if seen.notes or not todo.changes:
                notices = [_entry(books, now, "override.seen", note) for note in seen.notes]
                books.ledger = todo.ledger
                self.store.begin(books.ledger, (), notices)
            if not todo.changes:
                self.store.finish(due, todo.wake_at, todo.wake_because)
                return
            if books.plan is None:
                todo = books.plan = self._as_reviewed(todo, books.ticket.version)
            try:
                self._write(todo, books, now)
            except _StaleError:
                if self.reviewed is not None:
                    raise ParkError(_CHANGED, passing=True) from None
            else:
                if not any(isinstance(change, OpenLinked) for change in todo.changes):
                    self.store.finish(due, todo.wake_at, todo.wake_because)
                    return
            books.ticket = self._reread(books.ticket)
        raise ParkError("the ticket is edited faster than we can read it; trying again later")

    def _as_reviewed(self, todo: Plan, version: str) -> Plan:
        """The reviewed plan with its own words, if it is still what would be decided now on the same version.

        The print in the file tells whether the ticket is as it was; the acts in the file are compared for themselves,
        since somebody may have edited them.
        """
        if self.reviewed is None:
            return todo
        reviewed = self.reviewed.get(todo.ref)
        prints = () if reviewed is None else (reviewed.fingerprint, fingerprint(version, reviewed.changes))
        if set(prints) != {todo.fingerprint} or reviewed is None:
            raise ParkError(_CHANGED, passing=True)
        return msgspec.structs.replace(todo, changes=reviewed.changes)

    def _reread(self, ticket: Ticket) -> Ticket:
        try:
            fresh = self.helpdesks[ticket.ref.helpdesk].source.read([ticket.ref]).get(ticket.ref)
        except ConnectorError as error:
            raise parked(error, ticket.ref.helpdesk) from error
        if fresh is None:
            raise ParkError("the ticket is gone from the helpdesk", gone=True)
        self.store.refresh([fresh], self.clock.now())
        known = self.store.load([ticket.ref]).get(ticket.ref)
        return fresh if known is None else msgspec.structs.replace(fresh, timeline=known.ticket.timeline)

    def _settle_open(self, known: Known, books: _Books) -> bool:
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
                self._wait_out(intent, books)
                entry = _entry(books, self.clock.now(), "write.lost", "the write is not in the helpdesk", of=intent)
                self.store.settle(intent.operation, IntentState.LOST, books.ledger, [entry])
            else:
                self._applied(intent, found, books, "write.unknown" if found.unsure else "write.found")
                any_found = True
        return any_found

    def _wait_out(self, intent: Intent, books: _Books) -> None:
        now = self.clock.now()
        if intent.intended_at > now:
            # The clock was set back: the age of the write is unknown, and counts from here.
            intent = msgspec.structs.replace(intent, intended_at=now)
            self.store.begin(books.ledger, [intent], ())
        left = (intent.intended_at + self.settle_after - now).total_seconds()
        if left > 0:
            unknown = "the outcome of a write is unknown; it may still take effect, so we look again"
            raise ParkError(unknown, wait=left, passing=True)

    def _write(self, todo: Plan, books: _Books, now: datetime) -> None:
        books.ledger = todo.ledger
        for helpdesk, changes in _by_helpdesk(todo.changes, home=todo.ref.helpdesk).items():
            for write in self._sink(helpdesk).batch(books.ticket, changes):
                self._send(write, books, now)

    def _send(self, write: Write, books: _Books, now: datetime) -> None:
        intent = Intent(operation=uuid4().hex, write=write, intended_at=now)
        text = "; ".join(describe(change) for change in write.changes)
        self.store.begin(books.ledger, [intent], [_entry(books, now, "write.intended", text, of=intent)])
        try:
            applied = self._sink_of(write).apply(write, intent.operation)
        except ConnectorError as error:
            self._not_applied(intent, error, books)
        else:
            self._applied(intent, applied, books, "write.applied")

    def _applied(self, intent: Intent, applied: Applied, books: _Books, action: str) -> None:
        now = self.clock.now()
        write = intent.write
        books.ledger = after(books.ledger, write.changes, applied.created, applied.refused, now)
        entries = [
            _entry(books, now, action, f"{describe(change)} — {change.because}", of=intent) for change in write.changes
        ]
        entries += [
            _entry(books, now, "write.part_refused", f"{part}: {why}", of=intent)
            for part, why in applied.refused.items()
        ]
        self.store.settle(intent.operation, IntentState.APPLIED, books.ledger, entries)
        if action == "write.applied":
            books.writes[write.kind] += 1

    def _not_applied(self, intent: Intent, error: ConnectorError, books: _Books) -> None:
        """Journal what is certain and say how the visit goes on; an ambiguous write stays open to be looked for."""
        now = self.clock.now()
        if error.ambiguous:
            unknown = f"the outcome of a write is unknown ({error}); it is looked for next time"
            raise ParkError(unknown, wait=error.retry_after or 0.0, passing=True)
        refused = error.kind is ErrorKind.REJECTED
        if error.kind is ErrorKind.GONE and self._tracker_is_gone(intent.write):
            self._applied(intent, _nothing_of(intent.write, error), books, "write.refused")
            return
        entry = _entry(books, now, "write.refused" if refused else "write.lost", str(error), of=intent)
        state = IntentState.REFUSED if refused else IntentState.LOST
        self.store.settle(intent.operation, state, books.ledger, [entry])
        if error.kind is ErrorKind.CONFLICT:
            raise _StaleError from error
        if error.kind is ErrorKind.GONE:
            # A 404 may mean the ticket, something that the write names, or a permission: ask for the ticket itself.
            self._reread(books.ticket)
        raise parked(error, books.ticket.ref.helpdesk) from error

    def _tracker_is_gone(self, write: Write) -> bool:
        """Whether the write goes to another ticket than the visited one, and that one is not there any more."""
        there = write.changes[0].on
        if there == write.ticket:
            return False
        try:
            return self._helpdesk(there.helpdesk).source.read([there]).get(there) is None
        except ConnectorError as error:
            raise parked(error, write.ticket.helpdesk) from error

    def _stopped(self, due: DueVisit, books: _Books | None, stop: ParkError) -> Visited:
        done = Visited() if books is None else Visited(plan=books.plan, writes=dict(books.writes))
        if stop.pause:
            return msgspec.structs.replace(done, pause=str(stop))
        try:
            policy = books.policy if books is not None and books.policy else self.policies.current.hash
            failed = self._put_off(due, stop, policy)
        except Exception as error:  # noqa: BLE001 - the visit stays due, and the others go on
            failed = str(crashed(error, due.ref))
        return msgspec.structs.replace(done, gone=failed is None, failed=failed)

    def _put_off(self, due: DueVisit, stop: ParkError, policy: str) -> str | None:
        """Keep that a visit failed; returns what to say of it, None when its ticket is gone."""
        now = self.clock.now()
        if stop.gone:
            self.store.forget(due.ref, now)
            return None
        entry = JournalEntry(at=now, ref=due.ref, action="visit.parked", text=str(stop), policy=policy)
        if due.attempts + 1 >= MAX_ATTEMPTS and not stop.passing:
            self.store.bury(due, str(stop), [entry])
            return f"{stop} (given up after {MAX_ATTEMPTS} attempts)"
        backoff = min(BACKOFF * 2 ** min(due.attempts, _MOST_DOUBLINGS), MAX_BACKOFF)
        wait = timedelta(seconds=stop.wait) if stop.wait is not None else backoff
        self.store.park(due, now + wait, str(stop), [entry])
        return str(stop)

    def _helpdesk(self, name: str) -> Helpdesk:
        if name not in self.helpdesks:
            raise ParkError(f"the helpdesk {name!r} is not in the settings; add it, or take it out of the policy")
        return self.helpdesks[name]

    def _sink_of(self, write: Write) -> TicketSink:
        return self._sink(target_of(write.changes[0]))

    def _sink(self, target: str) -> TicketSink:
        return self.channels[target] if target in self.channels else self._helpdesk(target).sink


def _entry(books: _Books, now: datetime, action: str, text: str, *, of: Intent | None = None) -> JournalEntry:
    operation = None if of is None else of.operation
    ref = books.ledger.ref
    return JournalEntry(at=now, ref=ref, action=action, text=text, operation=operation, policy=books.policy)


def _nothing_of(write: Write, error: ConnectorError) -> Applied:
    """An outcome in which every part was refused: what people deleted is not asked for again in this episode."""
    items = [item.key for change in write.changes if isinstance(change, CreateRemediation) for item in change.items]
    return Applied(detail="refused", refused=dict.fromkeys(items, str(error)))


def _by_helpdesk(changes: Sequence[Change], *, home: str) -> Mapping[str, list[Change]]:
    """Group changes by the helpdesk they go to, the ticket's own first: people see the escalation at once."""
    groups: dict[str, list[Change]] = {home: []}
    for change in changes:
        groups.setdefault(target_of(change), []).append(change)
    return {name: group for name, group in groups.items() if group}
