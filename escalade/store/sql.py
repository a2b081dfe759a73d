"""SqlStore: the store that `sync.py` asks for, on SQLite or PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from connectors.base import Intent, IntentState, Page
from escalade.store import (
    afoot,
    claims,
    gifts,
    intake,
    journal,
    known,
    leases,
    policies,
    rosters,
    standings,
    tellings,
    visits,
    writes,
)
from escalade.store.afoot import Traces
from escalade.store.engine import make_engine
from escalade.store.errors import TablesBusyError
from escalade.store.horizon import Horizon
from escalade.store.migrate import bring_up_to_date
from escalade.store.overseeing import Overseeing
from escalade.store.receiving import Receiving
from escalade.store.schema import checkpoints, meta
from escalade.store.statements import upsert
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.roster import Roster, Rosters
from rules.ticket import Ticket, TicketRef
from sync import DueVisit, Known, TakenIn

#: Under which name it is kept by which policy, and for which helpdesks, was decided last.
_RULE = "rule"
#: Seconds between two tries of an upgrade while others are at work: about half a minute in all.
_PAUSES = (0.2,) * 40


def open_store(url: str, *, migrate: bool = True, horizon: Horizon | None = None) -> SqlStore:
    """Open the store and bring its schema up to date.

    Args:
        url: `sqlite:///PATH` (made with mode 0600 when it is not there) or `postgresql://…`. The password may be left
            to PGPASSWORD or libpq's password file.
        migrate: upgrade an older schema; without it an older schema is an error.
        horizon: what decisions read apart from their own ticket: it is loaded, and its changes nudge the tickets that
            they concern. None = nothing.

    Raises:
        StoreError: the database cannot be used; the text says what to do.
    """
    store = SqlStore(make_engine(url), horizon or Horizon())
    try:
        store.bring_up_to_date(migrate=migrate)
    except BaseException:
        store.close()
        raise
    return store


class SqlStore(Overseeing, Receiving):
    """Everything that must survive, in one database. Safe to share between threads; each method is one transaction.

    Every method may raise StoreError when the database does not take part; nothing of its transaction is kept then.
    """

    def __init__(self, engine: Engine, horizon: Horizon) -> None:
        super().__init__(engine)
        self._horizon = horizon
        #: The worker that this process is; None = a run that has the whole store to itself.
        self._worker: str | None = None

    def bring_up_to_date(self, *, migrate: bool) -> None:
        """Upgrade the schema to the one that this version needs, or say why not (StoreError)."""
        for pause in _PAUSES:
            with suppress(TablesBusyError), self.writing() as connection:
                return bring_up_to_date(connection, migrate=migrate)
            # Others are at work on it, and each of them is done with a table within moments.
            time.sleep(pause)
        with self.writing() as connection:
            return bring_up_to_date(connection, migrate=migrate)

    def watch(self, horizon: Horizon) -> None:
        """Load and watch what decisions read apart from their own ticket, from now on."""
        self._horizon = horizon

    def instance(self) -> str:
        """A random name that this database was given when it was made; copies share it."""
        with self.reading() as connection:
            return str(connection.scalar(select(meta.c.value).where(meta.c.name == "instance")))

    def work_as(self, worker: str | None) -> None:
        """From now on keep nothing of a visit that this worker does not hold; None = the store is ours alone."""
        self._worker = worker

    def _fence(self, connection: Connection, ref: TicketRef) -> None:
        if self._worker is not None:
            leases.fence(connection, self._worker, ref)

    def checkpoint(self, helpdesk: str, stream: str) -> str | None:
        """How far the stream was durably taken in; None = never polled."""
        query = select(checkpoints.c.checkpoint).where(
            checkpoints.c.helpdesk == helpdesk, checkpoints.c.stream == stream
        )
        with self.reading() as connection:
            found: str | None = connection.scalar(query)
            return found

    def adopt(self, rule: str, now: datetime) -> None:
        """Nudge every open ticket when another rule (policy and helpdesks) than this was in force last; keep it."""
        query = select(meta.c.value).where(meta.c.name == _RULE)
        with self.reading() as connection:
            if connection.scalar(query) == rule:
                return
        with self.writing_many() as connection:
            visits.nudge_all(connection, now, "policy")
            connection.execute(upsert(connection, meta), {"name": _RULE, "value": rule})

    def rosters(self) -> Rosters:
        """Who is and was in groups of helpdesks: every group that was ever read."""
        with self.reading() as connection:
            return rosters.rosters_of(connection)

    def keep_roster(self, roster: Roster, entries: Collection[JournalEntry]) -> None:
        """Keep a reading of a group, and what it showed; a newer one that is kept already stays."""
        with self.writing_many() as connection:
            rosters.keep(connection, roster)
            journal.append(connection, entries)

    def keep_policy(self, version: str, files: Mapping[str, str], now: datetime) -> None:
        """Keep the texts of a policy that decides from now on: escalations may follow it for long."""
        with self.reading() as connection:
            if policies.is_kept(connection, version):
                return
        with self.writing() as connection:
            policies.keep(connection, version, files, now)

    def policy_texts(self, version: str) -> Mapping[str, str] | None:
        """The texts of a policy that decided here some time, by file name; None = it never did."""
        with self.reading() as connection:
            return policies.texts_of(connection, version)

    def versions(self) -> Sequence[policies.Version]:
        """Every version of the policy that ever decided, in the order of their first use."""
        with self.reading() as connection:
            return policies.versions(connection)

    def in_flight(self) -> Mapping[str, int]:
        """How many escalated tickets follow each version of the policy."""
        with self.reading() as connection:
            return policies.in_flight(connection)

    def followers(self, *, of: str | None = None, refs: Sequence[TicketRef] | None = None) -> Mapping[TicketRef, str]:
        """Escalated tickets and the version that each follows: all, those of one version, or those among `refs`."""
        with self.reading() as connection:
            return policies.followers(connection, of=of, refs=refs)

    def follow(self, version: str, entries: Sequence[JournalEntry], due: datetime) -> None:
        """Let the tickets of these journal entries follow another version, and nudge them."""
        refs = [entry.ref for entry in entries]
        with self.writing_many() as connection:
            policies.follow(connection, version, refs)
            visits.nudge(connection, refs, due, "policy")
            journal.append(connection, entries)

    def take_in(self, helpdesk: str, page: Page, now: datetime) -> TakenIn:
        """Store a page, nudge the tickets that it changes (and, where asked, their account's), move the checkpoint."""
        with self.writing_many() as connection:
            return intake.take_in(connection, helpdesk, page, now, horizon=self._horizon)

    def nudge(self, refs: Sequence[TicketRef], due: datetime, reason: str) -> None:
        """Make sure that each ticket is visited at `due` or earlier."""
        with self.writing_many() as connection:
            visits.nudge(connection, refs, due, reason)

    def due(self, now: datetime, limit: int, after: DueVisit | None = None) -> Sequence[DueVisit]:
        """Visits that are due, the longest overdue first (ties by helpdesk and id); `after` pages by that key."""
        with self.reading() as connection:
            spread = visits.has_later(connection)
        if spread:
            with self.writing_many() as connection:
                visits.spread_later(connection)
        with self.reading() as connection:
            return visits.due(connection, now, limit, after)

    def load(self, refs: Sequence[TicketRef], horizon: Horizon | None = None) -> Mapping[TicketRef, Known]:
        """What is known of these tickets, as of one instant; unknown ones are left out.

        Args:
            refs: The tickets.
            horizon: How far to look around them, for once; None = as far as decisions do.
        """
        with self.reading() as connection:
            return known.load(connection, refs, horizon or self._horizon)

    def refresh(self, tickets: Sequence[Ticket], now: datetime) -> None:
        """Replace what is known by freshly read tickets, comments and links included."""
        with self.writing_many() as connection:
            intake.refresh(connection, tickets, now, horizon=self._horizon)

    def forget(self, ref: TicketRef, now: datetime) -> None:
        """The ticket is gone from the helpdesk: drop its content, keep its journal, never visit it again by itself."""
        with self.writing_many() as connection:
            intake.forget(connection, ref, now, horizon=self._horizon)

    def begin(self, ledger: Ledger, intents: Sequence[Intent], entries: Sequence[JournalEntry]) -> None:
        """Before sending: keep the ledger (with the decided escalation) and the intents.

        Raises:
            ClaimedError: one of them opens the record of an account, and another ticket is at it or has done it.
            FullError: one of them is a notice, and its channel was told as much as it takes.
            LeaseLostError: the visit is in other hands.
        """
        with self.writing() as connection:
            self._fence(connection, ledger.ref)
            claims.claim(connection, intents)
            writes.keep_ledger(connection, ledger)
            standings.stand(connection, ledger)
            writes.intend(connection, intents)
            journal.append(connection, entries)
            gifts.note(connection, intents)
            tellings.admit(connection, intents)

    def begin_together(self, begun: Sequence[tuple[Ledger, Intent, JournalEntry]]) -> None:
        """Before one message that tells of several tickets: keep what `begin` keeps, of all of them or of none.

        Raises:
            FullError: the channel was told as much as it takes.
            LeaseLostError: one of the visits is in other hands.
        """
        with self.writing() as connection:
            for ledger, intent, entry in sorted(begun, key=lambda one: one[0].ref):
                self._fence(connection, ledger.ref)
                writes.keep_ledger(connection, ledger)
                standings.stand(connection, ledger)
                writes.intend(connection, [intent])
                journal.append(connection, [entry])
            tellings.admit_together(connection, [intent for _, intent, _ in begun])

    def settle(
        self, operation: str, state: IntentState, ledger: Ledger, entries: Sequence[JournalEntry], *, sent: bool = True
    ) -> None:
        """After sending: keep the outcome and the ledger that follows from it; without `sent` nobody can have got it.

        Raises:
            LeaseLostError: the visit is in other hands, which look for the write.
        """
        with self.writing() as connection:
            self._fence(connection, ledger.ref)
            writes.conclude(connection, operation, state)
            writes.keep_ledger(connection, ledger)
            standings.stand(connection, ledger)
            claims.settle(connection, operation, ledger)
            journal.append(connection, entries)
            if not sent:
                tellings.give_back(connection, operation)

    def finish(self, visit: DueVisit, wake_at: datetime | None, why: str) -> None:
        """The visit is over: sleep until `wake_at` unless it was nudged meanwhile. Clears the attempts."""
        with self.writing() as connection:
            visits.finish(connection, [(visit, wake_at, why)])

    def finish_all(self, rests: Sequence[visits.Rest]) -> None:
        """Finish many visits in one transaction: (visit, wake_at, why), as `finish` takes them."""
        with self.writing_many() as connection:
            visits.finish(connection, rests)

    def park(self, visit: DueVisit, until: datetime, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed: try again at `until`; counts the attempt. Other tickets are not held up."""
        with self.writing() as connection:
            if visits.park(connection, visit, until, error):
                # Logged when it fails first, and when it is done or given up: not each time in between.
                journal.append(connection, entries, quiet=visit.attempts > 0)

    def bury(self, visit: DueVisit, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed too often: dead letter, not visited again until something new nudges it."""
        with self.writing() as connection:
            if visits.bury(connection, visit, error):
                journal.append(connection, entries)

    def by_key(self, helpdesk: str, key: str) -> TicketRef | None:
        """The ticket of a helpdesk that people know by a key; None = it is not known. Reads every ticket."""
        with self.reading() as connection:
            return known.by_key(connection, helpdesk, key)

    def open_tickets(self) -> int:
        """How many open tickets are known (the population for the brakes)."""
        with self.reading() as connection:
            return known.open_tickets(connection)

    def every_ticket(self, at_once: int = 500) -> Iterator[Ticket]:
        """Every known ticket with its comments, links and past, in the order of their keys; read a few at a time."""
        after: TicketRef | None = None
        while True:
            with self.reading() as connection:
                refs = known.refs_after(connection, after, at_once)
                found = known.load(connection, refs, Horizon())
            yield from (found[ref].ticket for ref in refs)
            if len(refs) < at_once:
                return
            after = refs[-1]

    def touched(self, *, solved: bool = False) -> Sequence[TicketRef]:
        """Open tickets (with `solved` others, too) that Escalade ever put something on or said something on."""
        with self.reading() as connection:
            return known.touched(connection, solved=solved)

    def afoot(self, now: datetime, traces: Traces) -> Sequence[TicketRef]:
        """Open tickets of ours on which an escalation may run at an instant (UTC); none is missing.

        That goes for the rules that `adopt` was told of last.
        """
        with self.reading() as connection:
            return afoot.afoot(connection, now, traces)

    def rule(self) -> str | None:
        """The rule that `adopt` was told of last; None = there was none."""
        with self.reading() as connection:
            found: str | None = connection.scalar(select(meta.c.value).where(meta.c.name == _RULE))
            return found

    def load_of(self, helpdesk: str, now: datetime) -> Mapping[str, int]:
        """How many open tickets of a helpdesk each assignee has, by the assignee's id there. Reads every open one."""
        with self.reading() as connection:
            return known.load_of(connection, helpdesk, gifts.since(connection, helpdesk, now - gifts.LASTS))

    def given_since(self, helpdesk: str, at: datetime) -> Sequence[gifts.Gift]:
        """Which tickets of a helpdesk were given to somebody after an instant (UTC), by whichever worker."""
        with self.reading() as connection:
            return gifts.since(connection, helpdesk, at)

    def has_ledgers(self) -> bool:
        """Whether anything of ours is kept on any ticket."""
        with self.reading() as connection:
            return writes.any_ledger(connection)

    def comments_since(self, ref: TicketRef, since: datetime) -> int:
        """Comments that we posted on the ticket since then (for the brakes); open writes count as posted."""
        with self.reading() as connection:
            return writes.comments_since(connection, ref, since)

    def journal(self, ref: TicketRef) -> Sequence[JournalEntry]:
        """The ticket's journal, oldest first; it outlives the ticket."""
        with self.reading() as connection:
            return journal.read(connection, ref)

    def note(self, entries: Sequence[JournalEntry]) -> None:
        """Add to the journal what no write to a ticket belongs to."""
        with self.writing() as connection:
            journal.append(connection, entries)

    def last_told(self, channel: str) -> datetime | None:
        """When a notice or a digest last went out on a channel; None = never."""
        with self.reading() as connection:
            return journal.last_told(connection, channel)

    def dead_letters(self) -> Mapping[TicketRef, str]:
        """Tickets whose visit was given up, with the last error."""
        with self.reading() as connection:
            return visits.dead_letters(connection)
