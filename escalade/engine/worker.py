"""A worker: takes visits that are due, carries them out, and tells the others that it is alive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Condition, Event

from connectors.base import read_apart
from connectors.errors import ConnectorError
from connectors.patience import waiting_at_most
from connectors.rank import Rank, ranked
from escalade.app import App
from escalade.engine.gate import Gate
from escalade.engine.inforce import InForce
from escalade.engine.judging import Errand, Judged, judge
from escalade.engine.names import ended_here
from escalade.engine.trouble import Trouble
from escalade.engine.waits import Waits
from escalade.logs import log
from escalade.store.crew import Crew
from escalade.store.errors import LeaseLostError, PassingStoreError, StoreError
from rules.ticket import TicketRef
from sync import DueVisit, Known, Visited

#: How often to look for what is due where nobody rings (seconds): so late is a timer at most.
TICK = 0.25
#: How often a worker tells that it is alive, and after how long of silence it is taken for dead.
BEAT = timedelta(seconds=4)
PATIENCE = timedelta(seconds=20)
#: The same where its mark is gone, too: longer than from one beat to the next.
UNMARKED = timedelta(seconds=6)
#: Visits in hand for each thread: enough to read many tickets with one call when there is much to do.
_IN_HAND = 8
#: A thread waits no longer for a rate budget (seconds): others need it more than a visit that can come back.
_BRIEF = 0.25
#: What is overdue for so long goes first, however little it is about: with something more urgent always there, in a
#: process that is ended again and again, its turn would never come.
_LATE = timedelta(seconds=10)
#: After trouble with the database (seconds).
_REST = 1.0


class Worker:
    """Carries out visits in threads of this process until it is told to stop."""

    def __init__(self, name: str, crew: Crew, in_force: InForce, trouble: Trouble, gate: Gate, *, threads: int) -> None:
        self._base, self.name = name, name
        #: It ended by a mistake of the program; whoever keeps its process running should start it anew.
        self.has_crashed = False
        self._lives = 1
        self._crew, self._in_force, self._trouble, self._gate = crew, in_force, trouble, gate
        self._waits = Waits()
        self._most = threads * _IN_HAND
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="visit")
        self._stop, self._fenced = Event(), Event()
        self._bell = Event()
        self._change = Condition()
        #: Taken and not ended.
        self._in_hand: dict[TicketRef, DueVisit] = {}
        #: Ended, but the store may not know that: to be given back.
        self._stray: set[TicketRef] = set()

    def ring(self) -> None:
        """Something may be due."""
        self._bell.set()

    def stop(self) -> None:
        """Take no more visits; those that were begun are completed, the others are given back."""
        self._stop.set()
        self._bell.set()

    @property
    def is_idle(self) -> bool:
        """Nothing is in hand."""
        return not self._in_hand

    def run(self) -> None:
        """Work until told to stop, and then until nothing is in hand."""
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - its process would end as if it had been told to
            self.has_crashed = True
            log.error("worker.crashed", worker=self.name, exc_info=error)
        self._pool.shutdown()
        self._give_back_strays()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._bell.clear()
            try:
                if self._fenced.is_set():
                    self._begin_anew()
                self._give_back_strays()
                busy = self._take()
            except LeaseLostError:
                self._fenced.set()
            except StoreError as error:
                log.error("worker.store_failed", worker=self.name, why=str(error))
                self._stop.wait(_REST)
            else:
                if not busy:
                    self._bell.wait(TICK)

    def beat(self) -> None:
        """Tell that the worker is alive, and take over from those that are not."""
        try:
            dead = self._tell()
        except LeaseLostError:
            log.error("worker.taken_for_dead", worker=self.name)
            self._fenced.set()
        except StoreError as error:
            log.warning("worker.silent", worker=self.name, why=str(error))
        else:
            for worker in dead:
                log.warning("worker.taken_over", worker=worker, by=self.name)
            if dead:
                self.ring()

    def _tell(self) -> Sequence[str]:
        try:
            return self._crew.beat(self.name, PATIENCE, UNMARKED, ended_here)
        except PassingStoreError:
            # The connection was cut, and the mark perhaps with it: at once, before others take us for dead.
            return self._crew.beat(self.name, PATIENCE, UNMARKED, ended_here)

    def _begin_anew(self) -> None:
        """Others have what we had in hand: end that first, so that no ticket is in two threads, and join again."""
        with self._change:
            while self._in_hand and not self._stop.is_set():
                self._change.wait(_REST)
        self._lives += 1
        self._stray.clear()
        self.name = f"{self._base}.{self._lives}"
        self._crew.join(self.name)
        self._fenced.clear()

    def _take(self) -> bool:
        """Take what is due and hand it out; whether there may be more at once."""
        room = self._most - len(self._in_hand)
        if room < self._most // 2:
            return False
        app = self._in_force.app
        but = self._trouble.paused() | app.starting.quiet()
        room = self._gate.allows(app, self.name, room, but)
        visits = self._crew.claim(self.name, app.clock.now(), room, but) if room > 0 else ()
        if not visits:
            return False
        with self._change:
            self._in_hand.update({visit.ref: visit for visit in visits})
            # They could be taken, so nothing of them was left to be given back.
            self._stray.difference_update(visit.ref for visit in visits)
        try:
            self._hand_out(app, visits)
        except Exception:
            self._hand_back(visits)
            raise
        return len(visits) == room

    def _hand_out(self, app: App, visits: Sequence[DueVisit]) -> None:
        judged = Judged()
        judge(app, visits, judged)
        calling = set(judged.calling)
        self._done([visit for visit in visits if visit not in calling and visit not in judged.parked])
        for visit, visited in judged.parked.items():
            self._settle(app, visit, visited)
        of: defaultdict[tuple[bool, Rank, str], dict[DueVisit, Errand]] = defaultdict(dict)
        late = app.clock.now() - _LATE
        for visit in self._with_room(app, judged):
            errand = judged.errand(visit)
            of[visit.due > late, errand.rank, visit.ref.helpdesk][visit] = errand
        for (_, rank, helpdesk), those in sorted(of.items(), key=lambda each: each[0]):
            self._pool.submit(self._read, app, helpdesk, rank, those)

    def _with_room(self, app: App, judged: Judged) -> Sequence[DueVisit]:
        """Put off what there is no rate budget for now; the others."""
        waits = {visit: self._back_in(judged.errand(visit)) for visit in judged.calling}
        self._put_off(app, {visit: seconds for visit, seconds in waits.items() if seconds is not None})
        return [visit for visit, seconds in waits.items() if seconds is None]

    def _back_in(self, errand: Errand) -> float | None:
        return self._waits.back_in(errand.needs, errand.rank)

    def _read(self, app: App, helpdesk: str, rank: Rank, visits: Mapping[DueVisit, Errand]) -> None:
        """Read the tickets afresh, with as few calls as the helpdesk allows, and have each visited."""
        # Without those that are over, or in other threads by then: they are not this one's to give back.
        left = dict(visits)
        try:
            with waiting_at_most(_BRIEF), ranked(rank):
                self._read_and_visit(app, helpdesk, left)
        except ConnectorError as error:
            if error.later is not None:
                self._put_off(app, {visit: self._waits.note(error.later) for visit in left})
                return
            self._trouble.pause(helpdesk, str(error), error.retry_after)
            self._hand_back(left)
        except StoreError as error:
            log.error("worker.store_failed", worker=self.name, why=str(error))
            self._stop.wait(_REST)
            self._hand_back(left)
        except Exception as error:  # noqa: BLE001 - a thread's error would vanish with it
            log.error("worker.read_failed", worker=self.name, exc_info=error)
            self._one_by_one(app, helpdesk, rank, left, error)

    def _one_by_one(
        self, app: App, helpdesk: str, rank: Rank, left: Mapping[DueVisit, Errand], error: Exception
    ) -> None:
        """Find the ticket that a mistake is about: it is parked, and costs no other its visit."""
        if len(left) > 1:
            for visit, errand in left.items():
                self._read(app, helpdesk, rank, {visit: errand})
        else:
            for visit in left:
                self._settle(app, visit, app.visitor.unread(visit, error))

    def _read_and_visit(self, app: App, helpdesk: str, left: dict[DueVisit, Errand]) -> None:
        """Take each visit out of `left` as soon as it is over, or goes on in another thread."""
        if self._stop.is_set():
            self._hand_back(left)
            left.clear()
            return
        by = {visit.ref: visit for visit in left}
        tickets, odd = read_apart(app.helpdesks[helpdesk].source, list(by))
        self._trouble.answered(helpdesk)
        app.store.refresh([ticket for ticket in tickets.values() if ticket is not None], app.clock.now())
        known = app.store.load([ref for ref, ticket in tickets.items() if ticket is not None])
        gathered = app.visitor.gather([(by[ref], known[ref]) for ref in tickets if ref in known])
        for visit, visited in gathered.items():
            del left[visit]
            self._settle(app, visit, visited)
        for ref, why in odd.items():
            del left[by[ref]]
            self._settle(app, by[ref], app.visitor.unread(by[ref], why))
        for ref in [ref for ref in tickets if by[ref] not in gathered]:
            if ref not in known:
                app.store.forget(ref, app.clock.now())
                del left[by[ref]]
                self._done([by[ref]])
        for visit, errand in list(left.items()):
            del left[visit]
            self._begin(app, visit, known[visit.ref], errand)

    def _begin(self, app: App, visit: DueVisit, known: Known, errand: Errand) -> None:
        """Have a ticket visited that was read; the end of the service may have come meanwhile."""
        try:
            self._pool.submit(self._visit, app, visit, known, errand)
        except RuntimeError:
            if not self._stop.is_set():
                raise
            self._hand_back([visit])

    def _visit(self, app: App, visit: DueVisit, known: Known, errand: Errand) -> None:
        try:
            self._carry_out(app, visit, known, errand)
        except Exception as error:  # noqa: BLE001 - it would vanish, and the visit be in hand for ever
            log.error("worker.read_failed", worker=self.name, exc_info=error)
            self._hand_back([visit])

    def _carry_out(self, app: App, visit: DueVisit, known: Known, errand: Errand) -> None:
        if self._stop.is_set() or visit.ref.helpdesk in self._trouble.paused() | app.starting.quiet():
            self._hand_back([visit])
            return
        seconds = self._back_in(errand)
        if seconds is not None:
            self._put_off(app, {visit: seconds})
            return
        with waiting_at_most(_BRIEF), ranked(errand.rank):
            visited = app.visitor.visit(visit, known)
        self._settle(app, visit, visited)

    def _settle(self, app: App, visit: DueVisit, visited: Visited) -> None:
        if visited.later is not None:
            self._put_off(app, {visit: self._waits.note(visited.later)})
            return
        if visited.pause is not None:
            self._trouble.pause(visit.ref.helpdesk, visited.pause, visited.pause_for)
        self._done([visit], sure=visited.pause is None and visited.failed is None)

    def _put_off(self, app: App, back_in: Mapping[DueVisit, float]) -> None:
        """Give visits back, each to be taken by anybody after so many seconds."""
        now = app.clock.now()
        try:
            self._crew.put_off({visit: now + timedelta(seconds=seconds) for visit, seconds in back_in.items()})
        except StoreError as error:
            log.error("worker.store_failed", worker=self.name, why=str(error))
            self._hand_back(list(back_in))
        else:
            self._done(list(back_in))

    def _hand_back(self, visits: Collection[DueVisit]) -> None:
        """Give up what is not done: somebody visits it later."""
        self._done(visits, sure=False)

    def _done(self, visits: Collection[DueVisit], *, sure: bool = True) -> None:
        """The visits are over here; unless the store surely knows that, it is told."""
        with self._change:
            # A ticket may have been taken anew as soon as the store knew that its visit is over.
            over = [visit.ref for visit in visits if self._in_hand.get(visit.ref) is visit]
            for ref in over:
                del self._in_hand[ref]
            if not sure:
                self._stray.update(over)
            self._change.notify_all()
        self.ring()

    def _give_back_strays(self) -> None:
        with self._change:
            stray = sorted(self._stray)
        if stray:
            self._crew.release(self.name, stray)
            with self._change:
                self._stray.difference_update(stray)
