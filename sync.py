"""Escalade's one loop: poll, visit, wake. The ports that it needs are declared here.

A run polls every helpdesk into the store, surveys what is due (pure, no call), asks the brakes, reads afresh only the
tickets that need a write, decides again, and writes. `python sync.py` does what `escalade sync` does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec

from connectors.base import Helpdesk, Intent, IntentState, Page, read_apart
from connectors.errors import ConnectorError, Later
from rules.brakes import raise_if_unsafe
from rules.escalation.standing import ALONE, Around
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.ownership import observe
from rules.plan import Plan
from rules.policy import Policy
from rules.reports.run import Report
from rules.throttle import waits_for_room
from rules.ticket import Account, AccountRef, AccountSummary, Ticket, TicketRef

#: A visit may make another one due at once (a sibling, a follow-up); more rounds than this would be a loop.
_MAX_ROUNDS = 5


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
    holder: str | None = None  #: The worker that is at it; None = a run that has the whole store to itself.
    look: bool = False  #: What is known of the ticket is older than what somebody told of it.


#: A visit that is over, until when it sleeps, and why it wakes.
Rest = tuple[DueVisit, datetime | None, str]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that the store knows of one ticket: enough to decide without a call."""

    ticket: Ticket
    ledger: Ledger
    account: Account | None = None
    summary: AccountSummary | None = None
    #: The tickets at the other ends of its links, as far as they were taken in.
    linked: tuple[Ticket, ...] = ()
    #: Writes whose outcome is unknown.
    open_intents: tuple[Intent, ...] = ()
    #: The version of the policy that its escalation follows; None = it is not escalated.
    follows: str | None = None
    #: The escalation of its account, and, of a record, the tickets that it is about.
    around: Around = ALONE


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What one page changed in the store."""

    tickets: int
    #: Tickets that are new or differ from what was known.
    changed: int
    comments: int


class Store(Protocol):
    """Where everything that must survive lives. Each method is one transaction."""

    def exclusive(self) -> AbstractContextManager[bool]:
        """Hold the right to visit; False when another process holds it. Freed by the system when the holder dies."""

    def checkpoint(self, helpdesk: str, stream: str) -> str | None:
        """How far the stream was durably taken in; None = never polled."""

    def adopt(self, rule: str, now: datetime) -> None:
        """Nudge every open ticket when another rule (policy and helpdesks) than this was in force last; keep it."""

    def take_in(self, helpdesk: str, page: Page, now: datetime) -> TakenIn:
        """Store a page, nudge the tickets that it changes (and, where asked, their account's), move the checkpoint."""

    def nudge(self, refs: Sequence[TicketRef], due: datetime, reason: str) -> None:
        """Make sure that each ticket is visited at `due` or earlier."""

    def due(self, now: datetime, limit: int, after: DueVisit | None = None) -> Sequence[DueVisit]:
        """Visits that are due, the longest overdue first (ties by helpdesk and id); `after` pages by that key."""

    def load(self, refs: Sequence[TicketRef]) -> Mapping[TicketRef, Known]:
        """What is known of these tickets; unknown ones are left out."""

    def refresh(self, tickets: Sequence[Ticket], now: datetime) -> None:
        """Replace what is known by freshly read tickets, comments and links included."""

    def forget(self, ref: TicketRef, now: datetime) -> None:
        """The ticket is gone from the helpdesk: drop its content, keep its journal, never visit it again by itself."""

    def begin(self, ledger: Ledger, intents: Sequence[Intent], entries: Sequence[JournalEntry]) -> None:
        """Before sending: keep the ledger (with the decided escalation) and the intents."""

    def begin_together(self, begun: Sequence[tuple[Ledger, Intent, JournalEntry]]) -> None:
        """Before one message that tells of several tickets: keep this of all of them, or of none."""

    def settle(
        self, operation: str, state: IntentState, ledger: Ledger, entries: Sequence[JournalEntry], *, sent: bool = True
    ) -> None:
        """After sending: keep the outcome and the ledger that follows. Without `sent` nobody can have got it."""

    def finish(self, visit: DueVisit, wake_at: datetime | None, why: str) -> None:
        """The visit is over: sleep until `wake_at` unless it was nudged meanwhile. Clears the attempts."""

    def finish_all(self, resting: Sequence[Rest]) -> None:
        """Finish many visits in one transaction."""

    def park(self, visit: DueVisit, until: datetime, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed: try again at `until`; counts the attempt. Other tickets are not held up."""

    def bury(self, visit: DueVisit, error: str, entries: Sequence[JournalEntry]) -> None:
        """The visit failed too often: dead letter, not visited again until something new nudges it."""

    def open_tickets(self) -> int:
        """How many open tickets are known (the population for the brakes)."""

    def comments_since(self, ref: TicketRef, since: datetime) -> int:
        """Comments that we posted on the ticket since then (for the brakes)."""


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """This instant, aware, in UTC."""


class Progress(Protocol):
    """Shows long work moving: a bar on a terminal, plain lines elsewhere."""

    def phase(self, name: str, total: int | None = None) -> None:
        """A new phase begins."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """So many more steps are done."""


class Visited(msgspec.Struct, frozen=True, kw_only=True):
    """What one visit came to."""

    plan: Plan | None = None
    #: Write requests that took effect, by kind.
    writes: dict[str, int] = {}
    #: Why the visit could not be completed; None = it was.
    failed: str | None = None
    given_up: bool = False  #: It failed once too often, and is not tried again by itself.
    pause: str | None = None  #: The helpdesk as a whole is in trouble: leave its other visits for later.
    pause_for: float | None = None  #: For how long (seconds), where it said so.
    later: Later | None = None  #: A rate budget has no room: nothing failed. Only for those who do not wait.
    gone: bool = False


class Visitor(Protocol):
    """Decides and writes for one ticket."""

    def prepare(self, now: datetime) -> None:
        """Before a run that may write: keep the policy that decides, and settle which version escalations follow."""

    def survey(self, known: Known, now: datetime, *, waited: bool = False) -> Plan | None:
        """What would be written, judged from what is known; None when that cannot be told. Never raises."""

    def propose(self, known: Known, now: datetime) -> Plan | None:
        """The same, judged from a fresh read, human overrides observed."""

    def visit(self, due: DueVisit, known: Known) -> Visited:
        """Decide on a freshly read ticket and write. Never raises: a failure parks this ticket alone."""

    def gather(self, here: Sequence[tuple[DueVisit, Known]]) -> Mapping[DueVisit, Visited]:
        """Tell a channel in one message what several tickets have waited to tell it; what came of their visits."""

    def recall(self, due: Sequence[DueVisit]) -> tuple[Mapping[TicketRef, Known], Mapping[DueVisit, Visited]]:
        """What the store knows of tickets; those that are parked, because what it keeps of them cannot be read."""

    def unread(self, due: DueVisit, why: Exception) -> Visited:
        """Park a ticket that cannot be read. Never raises."""


class AlreadyRunningError(Exception):
    """Another Escalade holds the right to visit on this store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One run over all helpdesks."""

    helpdesks: Mapping[str, Helpdesk]
    #: Those of them that did not answer at start, and why: they are left out of this run.
    absent: Mapping[str, str]
    store: Store
    visitor: Visitor
    policy: Policy
    clock: Clock
    progress: Progress
    #: Visits carried out at the same time.
    workers: int = 4
    #: Tickets read afresh per call of the source, and visits per page of the sweep.
    batch: int = 100
    #: Keep the plans in the report (a first sync of a large backlog would hold them all in memory).
    keep_plans: bool = True
    #: Changes with what a file says of accounts: all tickets are looked at anew then.
    account_facts: str = ""
    #: Begins on helpdesks that were read to their end; returns those that wait for a person, and why.
    begin: Callable[[Collection[str]], Mapping[str, str]] = field(default=lambda _: {})
    #: Changes with who is in the groups of helpdesks that teams and roles take people from; asked once a run.
    directory: Callable[[], str] = str

    def once(self, *, dry_run: bool = False, force: bool = False, only: Container[TicketRef] | None = None) -> Report:
        """Poll, then visit everything that is due until nothing is.

        Args:
            dry_run: Decide on fresh reads and report the plans; write nothing.
            force: Go on where the brakes would stop.
            only: Carry out a reviewed plan: no poll, and no ticket but these.

        Raises:
            AlreadyRunningError: another process is at it; nothing was done.
            UnsafePlanError: the brakes refused; what an earlier round wrote is kept, nothing of this one was written.
        """
        report = Report(started_at=self.clock.now(), troubled=dict(self.absent))
        with self.store.exclusive() as ours:
            if not ours:
                raise AlreadyRunningError
            if not dry_run:
                self.visitor.prepare(self.clock.now())
            if only is not None:
                self._visit(report, None, only)
                return report
            self.adopt()
            self.read(self.helpdesks, report)
            report.waiting |= {} if dry_run else self.begin(self.helpdesks.keys() - report.troubled.keys())
            for _ in range(_MAX_ROUNDS):
                writing, calling = self.survey(report)
                if not calling:
                    break
                if dry_run:
                    self._propose(report)
                    break
                if not force:
                    raise_if_unsafe(writing, self.policy.brakes, self.store.open_tickets())
                self._visit(report, calling)
        return report

    def adopt(self) -> None:
        """Have every open ticket visited where another policy, account facts or helpdesks were in force last."""
        self.store.adopt(self.rule, self.clock.now())

    @property
    def rule(self) -> str:
        """What decides, in a word that changes with it: the policy, what it is told besides, and the helpdesks."""
        parts = [self.policy.hash, self.account_facts, self.directory(), *sorted(self.helpdesks)]
        return " ".join(filter(None, parts))

    def read(self, names: Collection[str], report: Report) -> None:
        """Take in what is new in these helpdesks; the report has those that cannot be read."""
        for name in [name for name in names if name not in self.absent]:
            try:
                self.poll(name, report)
            except ConnectorError as error:
                report.troubled[name] = str(error)

    def poll(self, name: str, report: Report) -> None:
        """Take in what is new in one helpdesk.

        Raises:
            ConnectorError: it cannot be read; what was read before that is kept.
        """
        for stream in (source := self.helpdesks[name].source).streams:
            self.progress.phase(f"Reading {stream.replace('_', ' ')} of {name}")
            checkpoint = self.store.checkpoint(name, stream)
            for page in source.poll(stream, checkpoint, self.clock.now()):
                taken = self.store.take_in(name, page, self.clock.now())
                report.pages[f"{name}/{stream}"] += 1
                report.tickets_read[name] += taken.tickets
                report.changed += taken.changed
                report.unreadable.update({f"{name}:{row}": why for row, why in page.unreadable.items()})
                self.progress.advance(len(page.tickets) + len(page.comments) + len(page.links))

    def _due(self, now: datetime) -> Iterator[Sequence[DueVisit]]:
        page: Sequence[DueVisit] = ()
        while page := self.store.due(now, self.batch, page[-1] if page else None):
            yield page

    def survey(self, report: Report) -> tuple[int, int]:
        """Decide on what is known, without a call; put to sleep what needs no visit; count writes, then visits."""
        now = self.clock.now()
        writing = calling = 0
        records: set[AccountRef] = set()
        self.progress.phase("Deciding")
        for page in self._due(now):
            visits = [visit for visit in page if visit.ref.helpdesk not in report.left_alone]
            known, parked = self.visitor.recall(visits)
            for visit, visited in parked.items():
                self._note(visit, visited, report)
            resting: list[Rest] = []
            for visit in [visit for visit in visits if visit not in parked]:
                plan, rest = self.survey_one(visit, known.get(visit.ref), now)
                if plan is not None and (account := plan.opens) is not None:
                    records.add(account)
                else:
                    writing += plan is not None
                calling += rest is None
                resting += [rest] if rest is not None else []
            self.store.finish_all(resting)
            report.surveyed += len(visits)
            self.progress.advance(len(page))
        return writing + len(records), calling

    def survey_one(self, visit: DueVisit, known: Known | None, now: datetime) -> tuple[Plan | None, Rest | None]:
        """What is written to a ticket, and until when it rests; None: visit it to write, look or keep a decision."""
        if known is None or visit.ref.helpdesk not in self.helpdesks:
            why = "the ticket is not known" if known is None else "its helpdesk is not in the settings"
            return None, (visit, None, why)
        plan = self.visitor.survey(known, now, waited=(waited := waits_for_room(visit.reason)))
        if plan is None:
            return None, None
        overruled = observe(known.ledger, known.ticket, now).notes
        if visit.look or plan.changes or known.open_intents or overruled or not plan.ledger.says_what(known.ledger):
            # Nothing is written to a ticket whose notice waited: the channel's limit is its brake.
            return plan if plan.changes and not (waited and plan.only_tells) else None, None
        return None, (visit, plan.wake_at, plan.wake_because)

    def _fresh(self, page: Sequence[DueVisit], report: Report) -> dict[DueVisit, Known | None]:
        """Read the tickets of a page afresh; visits of a troubled helpdesk are left out."""
        found: dict[DueVisit, Known | None] = {}
        for name in sorted({visit.ref.helpdesk for visit in page} & self.helpdesks.keys() - report.left_alone):
            visits = {visit.ref: visit for visit in page if visit.ref.helpdesk == name}
            try:
                tickets, odd = read_apart(self.helpdesks[name].source, list(visits))
            except ConnectorError as error:
                report.troubled[name] = str(error)
                continue
            self.store.refresh([ticket for ticket in tickets.values() if ticket is not None], self.clock.now())
            known = self.store.load([ref for ref, ticket in tickets.items() if ticket is not None])
            found |= {visits[ref]: known.get(ref) for ref in tickets}
            for ref, why in odd.items():
                self._note(visits[ref], self.visitor.unread(visits[ref], why), report)
        return found

    def _propose(self, report: Report) -> None:
        now = self.clock.now()
        self.progress.phase("Planning on fresh reads")
        for page in self._due(now):
            plans = [self.visitor.propose(known, now) for known in self._fresh(page, report).values() if known]
            report.plans += [plan for plan in plans if plan is not None and plan.changes]
            self.progress.advance(len(page))

    def _visit(self, report: Report, total: int | None, only: Container[TicketRef] | None = None) -> None:
        self.progress.phase("Writing", total)
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="visit")
        try:
            for due in self._due(self.clock.now()):
                fresh = self._fresh([visit for visit in due if only is None or visit.ref in only], report)
                for visit in [visit for visit, known in fresh.items() if known is None]:
                    self.store.forget(visit.ref, self.clock.now())
                    report.gone += 1
                here = [(visit, known) for visit, known in fresh.items() if known is not None]
                told = self.visitor.gather(here)
                done = pool.map(lambda one, told=told: told.get(one[0]) or self._carry_out(one, report.troubled), here)
                for (visit, _), visited in zip(here, done, strict=True):
                    self._note(visit, visited, report)
        finally:
            # When the run is interrupted too: what is under way is completed, what waits is not begun.
            pool.shutdown(cancel_futures=True)

    def _carry_out(self, one: tuple[DueVisit, Known], troubled: Container[str]) -> Visited:
        return Visited() if one[0].ref.helpdesk in troubled else self.visitor.visit(*one)

    def _note(self, visit: DueVisit, visited: Visited, report: Report) -> None:
        self.progress.advance(1, str(visit.ref))
        report.note(visit.ref, visited.writes, visited.failed, visited.pause, gone=visited.gone)
        if self.keep_plans and visited.plan is not None and visited.writes:
            report.plans.append(visited.plan)


if __name__ == "__main__":
    from escalade.cli import main

    sys.argv = ["escalade", "sync", *sys.argv[1:]]
    main()
