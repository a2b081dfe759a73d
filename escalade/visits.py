"""One visit: settle what is uncertain, decide on the fresh ticket, write, keep the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from connectors.base import Helpdesk, TicketSink
from connectors.channel import ChannelSink
from connectors.errors import ConnectorError
from escalade.books import Books, entry_of
from escalade.brake import Brake
from escalade.gathering import Waiting, tell_together
from escalade.giving import Giving
from escalade.metrics import metrics
from escalade.outcomes import counted
from escalade.parking import ParkError, crashed, parked
from escalade.policies import Policies
from escalade.recalling import recall, unread
from escalade.reviewing import CHANGED, RECORDED, but_the_record, is_reviewed
from escalade.store.errors import PassingStoreError
from escalade.store.letters import GIVEN_UP
from escalade.turnstile import Turnstile
from escalade.writer import StaleError, Writer
from rules.account_facts import AccountFacts
from rules.baseline import take_note
from rules.change import LinkTicket, Notify, OpenLinked, channel_target
from rules.decide import decide
from rules.decision import Decision
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.ownership import observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.rebase import Followed
from rules.start import Start
from rules.throttle import waits_for_room
from rules.ticket import Ticket, TicketRef
from rules.tryouts import tryout_news
from sync import Clock, DueVisit, Known, Store, Visited

#: An edit conflict or a follow-up (open, then link, then remediate) makes another round on a fresh read.
MAX_ROUNDS = 6
#: First wait after a failed visit; doubled each time, at most MAX_BACKOFF.
BACKOFF = timedelta(seconds=30)
MAX_BACKOFF = timedelta(hours=1)
#: Doublings after which the backoff is at its longest.
_MOST_DOUBLINGS = 7


def _not_yet(_helpdesk: str) -> None:
    """The start of a helpdesk that nobody knows of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketVisitor:
    """Visits tickets of every configured helpdesk, each under the policy that it follows."""

    policies: Policies
    helpdesks: Mapping[str, Helpdesk]
    #: Where notices go, by the names that changes have for them.
    channels: Mapping[str, TicketSink]
    store: Store
    giving: Giving
    turnstile: Turnstile
    clock: Clock
    #: How long a helpdesk may still carry out a write that it did not answer: only later is "not there" the truth.
    settle_after: timedelta
    #: Failed visits in a row after which a ticket becomes a dead letter.
    attempts: int = 8
    #: What is known of accounts besides what their helpdesks say.
    account_facts: AccountFacts = field(default_factory=AccountFacts)
    #: Since when Escalade acts on a helpdesk; None = it does not yet.
    start_of: Callable[[str], Start | None] = _not_yet
    #: Stops a service that writes to too many tickets; a run is judged as a whole beforehand.
    brake: Brake | None = None
    #: Only these tickets may be written to, and only with exactly these plans (`escalade apply FILE`); None = no limit.
    reviewed: Mapping[TicketRef, Plan] | None = None

    @property
    def writer(self) -> Writer:
        """What sends the writes of its visits."""
        return Writer(
            helpdesks=self.helpdesks,
            channels=self.channels,
            store=self.store,
            clock=self.clock,
            settle_after=self.settle_after,
        )

    def prepare(self, now: datetime) -> None:
        """Before a run that may write: keep the policy that decides, and settle which version escalations follow."""
        self.policies.prepare(now)

    def survey(self, known: Known, now: datetime, *, waited: bool = False) -> Plan | None:
        """What would be written, judged from what is known; None when that fails, which a visit then shows.

        Notices that have `waited` for room on a channel take one place there with the others that have.
        Human overrides are not looked for: a known ticket may be older than our own last write, which must not look
        like somebody's change.
        """
        self.turnstile.queue(known.ticket.ref, waited=waited)
        return self._judged(known, known.ledger, now)

    def propose(self, known: Known, now: datetime) -> Plan | None:
        """What would be written, judged from a fresh read; None when that fails."""
        return self._judged(known, observe(known.ledger, known.ticket, now).ledger, now)

    def followed(self, policy: Policy, known: Known, now: datetime) -> Followed:
        """What would be written if the ticket followed that version of the policy, judged from what is known."""
        return Followed(policy=policy, plan=self._plan_by(policy, known, known.ticket, known.ledger, now))

    def noted(self, known: Known, at: datetime, now: datetime) -> Ledger:
        """The ledger with which nothing is left to be written on the ticket as it is; what was due by `at` is past."""
        policy = self.policies.deciding(known, known.ledger)
        return take_note(known.ledger, lambda ledger: self._decided(policy, known, known.ticket, ledger, now), at, now)

    def visit(self, due: DueVisit, known: Known) -> Visited:
        """Decide on a freshly read ticket and write. A failure parks this ticket alone."""
        metrics.began(due.reason, self.clock.now() - due.due)
        return counted(due, self._carried_out(due, known))

    def gather(self, here: Sequence[tuple[DueVisit, Known]]) -> Mapping[DueVisit, Visited]:
        """Tell in one message a channel what several tickets have waited to tell; the visits that are over by that."""
        waiting: defaultdict[str, list[Waiting]] = defaultdict(list)
        for due, known in here if self.reviewed is None else ():
            if waits_for_room(due.reason) and (one := self._waiting(due, known)) is not None:
                waiting[one.notice.channel].append(one)
        several = {channel: those for channel, those in waiting.items() if len(those) > 1}
        return {due: counted(due, visited) for due, visited in self._told_together(several).items()}

    def _told_together(self, several: Mapping[str, Sequence[Waiting]]) -> Mapping[DueVisit, Visited]:
        done: dict[DueVisit, Visited] = {}
        for channel, those in several.items():
            sink, books = self.channels.get(channel_target(channel)), {one.due: one.books for one in those}
            if not isinstance(sink, ChannelSink):
                continue
            for one, stop in tell_together(self.writer, sink, those, self.clock.now()).items():
                try:
                    if stop is not None:
                        done[one.due] = self._stopped(one.due, books[one.due], stop)
                        continue
                    self._rest(one.due, one.plan, one.books)
                    done[one.due] = Visited(plan=one.plan, writes=dict(one.books.writes))
                except Exception as error:  # noqa: BLE001 - one ticket's failure must never stop the others
                    done[one.due] = self._stopped(one.due, one.books, crashed(error, one.due.ref))
        return done

    def _waiting(self, due: DueVisit, known: Known) -> Waiting | None:
        """A visit that has nothing to do but to tell one channel one thing; None = it has, or that cannot be told."""
        if known.open_intents:
            return None
        now, books = self.clock.now(), Books(known.ticket, known.ledger)
        try:
            seen = observe(books.ledger, books.ticket, now)
            todo = books.plan = self._plan(known, books.ticket, seen.ledger, now)
            books.policy = self.policies.edition(todo.policy)
            if seen.notes or self._tryout_entries(known, books, seen.ledger, todo.ledger, now):
                return None
        except Exception:  # noqa: BLE001 - its own visit shows what is wrong
            return None
        match todo.changes:
            case (Notify() as notice,) if not notice.urgent:
                return Waiting(due=due, books=books, plan=todo, notice=notice)
        return None

    def _carried_out(self, due: DueVisit, known: Known) -> Visited:
        books = Books(known.ticket, known.ledger)
        try:
            books.policy = self.policies.edition(self.policies.deciding(known, known.ledger).hash)
            self._settle_open(known, books)
            self._rounds(due, known, books)
        except ParkError as stop:
            return self._stopped(due, books, stop)
        except PassingStoreError as error:
            # No fault of the ticket: the visit stays due, and whoever can reach the database takes it.
            return Visited(plan=books.plan, writes=dict(books.writes), failed=str(error))
        except Exception as error:  # noqa: BLE001 - one ticket's failure must never stop the run
            return self._stopped(due, books, crashed(error, due.ref))
        return Visited(plan=books.plan, writes=dict(books.writes))

    def _settle_open(self, known: Known, books: Books) -> None:
        if self.writer.settle_open(known, books):
            # The ticket may have been read before the write that was found took effect.
            books.ticket = self.writer.reread(books.ticket)

    def recall(self, due: Sequence[DueVisit]) -> tuple[Mapping[TicketRef, Known], Mapping[DueVisit, Visited]]:
        """What the store knows of tickets; a ticket of which it keeps what cannot be read is parked, and no other."""
        known, unreadable = recall(self.store, [one.ref for one in due])
        return known, {one: self.unread(one, unreadable[one.ref]) for one in due if one.ref in unreadable}

    def unread(self, due: DueVisit, why: Exception) -> Visited:
        """Park a ticket that cannot be read."""
        return counted(due, self._stopped(due, None, unread(why, due.ref)))

    def _judged(self, known: Known, ledger: Ledger, now: datetime) -> Plan | None:
        try:
            made = self._plan(known, known.ticket, ledger, now)
        except Exception as error:  # noqa: BLE001 - one ticket's failure must never stop the run
            crashed(error, known.ticket.ref)
            return None
        self.turnstile.count(made)
        return made

    def _plan(
        self,
        known: Known,
        ticket: Ticket,
        ledger: Ledger,
        now: datetime,
        trackers: Mapping[TicketRef, Ticket] | None = None,
    ) -> Plan:
        start = self.start_of(ticket.ref.helpdesk)
        if start is not None and start.is_straggler(ticket, ledger):
            ledger = self.noted(msgspec.structs.replace(known, ticket=ticket), start.at, now)
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
        return self._decided(policy, known, ticket, ledger, now, trackers)[1]

    def _decided(  # noqa: PLR0917 - the same
        self,
        policy: Policy,
        known: Known,
        ticket: Ticket,
        ledger: Ledger,
        now: datetime,
        trackers: Mapping[TicketRef, Ticket] | None = None,
    ) -> tuple[Decision, Plan]:
        account, summary, linked = self.account_facts.told(known.account), known.summary, known.linked
        load = self.giving.load(policy, ticket.ref.helpdesk, now)
        decision = decide(
            policy, ticket, account, summary, ledger, now, linked=linked, around=known.around, load=load, proof=False
        )
        recent = self.store.comments_since(ticket.ref, now - timedelta(hours=1)) if ledger.comments else 0
        made = plan(
            ticket,
            decision,
            ledger,
            policy,
            recent,
            now,
            trackers=trackers,
            around=known.around,
            throttles=self.turnstile.throttles(policy, decision, ticket.ref, now),
        )
        return decision, made

    def _first_plan(self, known: Known, books: Books, ledger: Ledger, now: datetime) -> Plan:
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
                ticket = self.writer.helpdesk(ref.helpdesk).source.read([ref]).get(ref)
            except ConnectorError as error:
                raise parked(error, todo.ref.helpdesk) from error
            if ticket is not None:
                found[ref] = ticket
        return found

    def _rounds(self, due: DueVisit, known: Known, books: Books) -> None:
        for _ in range(MAX_ROUNDS):
            now = self.clock.now()
            seen = observe(books.ledger, books.ticket, now)
            todo = self._first_plan(known, books, seen.ledger, now)
            if trackers := self._trackers(todo):
                chosen = msgspec.structs.replace(seen.ledger, chosen=todo.ledger.chosen)
                todo = self._plan(known, books.ticket, chosen, now, trackers)
            books.policy = self.policies.edition(todo.policy)
            notices = [entry_of(books, now, "override.seen", note) for note in seen.notes]
            notices += self._tryout_entries(known, books, seen.ledger, todo.ledger, now)
            if notices or (not todo.changes and todo.ledger != books.ledger):
                books.ledger = todo.ledger
                self.store.begin(books.ledger, (), notices)
            if not todo.changes:
                self._rest(due, todo, books)
                return
            if books.plan is None:
                todo = books.plan = self._as_reviewed(todo, known, books, seen.ledger, now)
            try:
                self._write(todo, books)
            except StaleError:
                if self.reviewed is not None:
                    raise ParkError(CHANGED, passing=True) from None
            else:
                if books.waits or not any(isinstance(change, OpenLinked) for change in todo.changes):
                    self._rest(due, todo, books)
                    return
            books.ticket = self.writer.reread(books.ticket)
            known = self.store.load([due.ref]).get(due.ref, known)
            self._settle_open(known, books)
        raise ParkError("the ticket is edited faster than we can read it; trying again later")

    def _tryout_entries(
        self, known: Known, books: Books, before: Ledger, after: Ledger, now: datetime
    ) -> list[JournalEntry]:
        """What rules in shadow would have done, or would do no more."""
        if before.tryouts == after.tryouts:
            return []
        news = tryout_news(before, after, self.policies.deciding(known, before))
        return [entry_of(books, now, "shadow.began" if one.began else "shadow.ended", one.text) for one in news]

    def _write(self, todo: Plan, books: Books) -> None:
        if self.brake is not None:
            self.brake.admit(todo.ref, self.policies.current)
        self.writer.write(todo, books)

    def _rest(self, due: DueVisit, todo: Plan, books: Books) -> None:
        """The visit is over; who waits for another ticket or for room on a channel looks again then."""
        until = books.waits_until
        if until is not None and (todo.wake_at is None or until < todo.wake_at):
            self.store.finish(due, until, books.waits_because)
        else:
            self.store.finish(due, todo.wake_at, todo.wake_because)

    def _as_reviewed(self, todo: Plan, known: Known, books: Books, ledger: Ledger, now: datetime) -> Plan:
        """The reviewed plan with its own words, if it is still what would be decided now on the same version.

        That its own run opened the account's record meanwhile is nothing that anybody has to review anew.
        """
        if self.reviewed is None:
            return todo
        reviewed, version = self.reviewed.get(todo.ref), books.ticket.version
        if reviewed is None:
            raise ParkError(CHANGED, passing=True)
        if is_reviewed(todo, reviewed, version):
            return msgspec.structs.replace(todo, changes=reviewed.changes)
        left = but_the_record(reviewed, known.around)
        if left is not None:
            without = msgspec.structs.replace(known.around, standing=None)
            chosen = msgspec.structs.replace(ledger, chosen=reviewed.ledger.chosen)
            before = self._plan(msgspec.structs.replace(known, around=without), books.ticket, chosen, now)
            if is_reviewed(before, reviewed, version):
                # What the record itself asks for was not reviewed: that is for the next run.
                return msgspec.structs.replace(before, changes=tuple(left), wake_at=now, wake_because=RECORDED)
        raise ParkError(CHANGED, passing=True)

    def _stopped(self, due: DueVisit, books: Books | None, stop: ParkError) -> Visited:
        done = Visited() if books is None else Visited(plan=books.plan, writes=dict(books.writes))
        if stop.later is not None:
            return msgspec.structs.replace(done, later=stop.later)
        if stop.pause:
            return msgspec.structs.replace(done, pause=str(stop), pause_for=stop.wait)
        try:
            policy = books.policy if books is not None and books.policy else self.policies.current.hash
            return self._put_off(due, stop, policy, done)
        except Exception as error:  # noqa: BLE001 - the visit stays due, and the others go on
            return msgspec.structs.replace(done, failed=str(crashed(error, due.ref)))

    def _put_off(self, due: DueVisit, stop: ParkError, policy: str, done: Visited) -> Visited:
        """Keep that a visit failed, or that its ticket is gone."""
        now = self.clock.now()
        if stop.gone:
            self.store.forget(due.ref, now)
            return msgspec.structs.replace(done, gone=True)
        given_up = due.attempts + 1 >= self.attempts and not stop.passing
        action = GIVEN_UP if given_up else "visit.parked"
        entry = JournalEntry(at=now, ref=due.ref, action=action, text=str(stop), policy=policy)
        if given_up:
            self.store.bury(due, str(stop), [entry])
            told = f"{stop} (given up after {due.attempts + 1} attempts)"
            return msgspec.structs.replace(done, failed=told, given_up=True)
        backoff = min(BACKOFF * 2 ** min(due.attempts, _MOST_DOUBLINGS), MAX_BACKOFF)
        wait = timedelta(seconds=stop.wait) if stop.wait is not None else backoff
        self.store.park(due, now + wait, str(stop), [entry])
        return msgspec.structs.replace(done, failed=str(stop))
