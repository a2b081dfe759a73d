"""Crew: the workers on one store, and which of them is at what. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

from escalade.store import leases, visits
from escalade.store.sql import SqlStore
from rules.ticket import TicketRef
from sync import DueVisit


class Crew:
    """What a worker asks of the store besides what a visit needs. Safe to share between threads.

    Every method may raise StoreError when the database does not take part; nothing of its transaction is kept then.
    """

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._presence = store.presence()

    @contextmanager
    def at_work(self, worker: str) -> Iterator[bool]:
        """Take part for the time of the block; yields False when somebody has the store to himself.

        With SQLite a worker has the store to itself; with PostgreSQL any number of them shares it. What the worker
        still has in hand at the end is anybody's.
        """
        with self._store.shared() as admitted:
            if admitted:
                self.join(worker)
            try:
                yield admitted
            finally:
                if admitted:
                    self.leave(worker)

    def join(self, worker: str) -> None:
        """Let a worker take part; from now on it may write to no ticket that it does not hold."""
        with self._store.explained():
            # First: others take it for gone as soon as it is known and shows no mark.
            mark = self._presence.show(worker)
        with self._store.writing() as connection:
            leases.join(connection, worker, mark)
        self._store.work_as(worker)

    def leave(self, worker: str) -> None:
        """End a worker's part."""
        try:
            with self._store.writing() as connection:
                leases.leave(connection, worker)
        finally:
            self._presence.hide()

    def beat(
        self,
        worker: str,
        patience: timedelta,
        unmarked: timedelta | None = None,
        is_gone: Callable[[str], bool] = lambda _: False,
    ) -> Sequence[str]:
        """Tell that the worker is alive, and take over from those that are not.

        Args:
            worker: Who tells it.
            patience: Who was not heard of for so long is dead.
            unmarked: So is, after this shorter time, whose mark is gone. It must be longer than the time between two
                beats: the mark of one that lives is gone from when its connection breaks until its next beat.
            is_gone: Whether one whose mark is gone is known to be dead, so that no time has to pass.

        Returns:
            Whom it took over from.

        Raises:
            LeaseLostError: the worker itself was taken for dead.
        """
        with self._store.writing() as connection:
            leases.beat(connection, worker)
        with self._store.explained():
            self._presence.keep()
        with self._store.writing() as connection:
            return leases.take_over(connection, patience, unmarked, lambda name: name != worker and is_gone(name))

    def waiting(self, now: datetime, most: int, but: Collection[str] = ()) -> int:
        """How many visits are due that nobody is at, counted up to `most`, without those of the helpdesks in `but`."""
        with self._store.reading() as connection:
            spread = visits.has_later(connection)
        if spread:
            with self._store.writing_many() as connection:
                visits.spread_later(connection)
        with self._store.reading() as connection:
            return leases.count(connection, now, most, but)

    def claim(self, worker: str, now: datetime, most: int, but: Collection[str] = ()) -> Sequence[DueVisit]:
        """Take up to `most` visits that are due, the longest overdue first; nobody else gets them.

        Raises:
            LeaseLostError: the worker was taken for dead.
        """
        with self._store.writing() as connection:
            leases.alive(connection, worker)
            return leases.claim(connection, worker, now, most, but)

    def claim_one(self, worker: str, ref: TicketRef) -> bool:
        """Take the visit of one ticket that was nudged; False when somebody is at it."""
        with self._store.writing() as connection:
            return leases.claim_one(connection, worker, ref)

    def release(self, worker: str, refs: Sequence[TicketRef]) -> None:
        """Give visits back undone."""
        if refs:
            with self._store.writing() as connection:
                leases.release(connection, worker, refs)

    def put_off(self, visits_until: Mapping[DueVisit, datetime]) -> None:
        """Give visits back undone, each to be taken at its instant (UTC) or when something new makes it due."""
        if visits_until:
            with self._store.writing() as connection:
                for visit in sorted(visits_until, key=lambda one: one.ref):
                    visits.put_off(connection, visit, visits_until[visit])

    def take(self, schedule: str, worker: str, now: datetime) -> bool:
        """Take what is done once for all workers, if it is due and nobody is at it."""
        with self._store.reading() as connection:
            if not leases.is_due(connection, schedule, now):
                return False
        with self._store.writing() as connection:
            return leases.take_schedule(connection, schedule, worker, now)

    def end(self, schedule: str, worker: str, due: datetime) -> None:
        """It is done; it is due again then."""
        with self._store.writing() as connection:
            leases.end_schedule(connection, schedule, worker, due)

    def names(self) -> Sequence[str]:
        """The workers that take part."""
        with self._store.reading() as connection:
            return leases.names(connection)

    def listen(self, heard: Callable[[], None], stop: Event) -> None:
        """Call `heard` whenever another process makes something due, until `stop` is set.

        Returns at once where the database cannot tell: there, look every now and then.
        """
        self._store.listen(heard, stop)
