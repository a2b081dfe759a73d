"""Brake: stops a service whose workers together write to more tickets within a short time than the policy allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from connectors.errors import Later, Scope
from connectors.rank import current_rank
from escalade.parking import ParkError
from escalade.store.braking import BrakeBook, Braking
from escalade.store.sql import SqlStore
from rules.brakes import safe_number, told_over
from rules.journal import JournalEntry
from rules.policy import Policy
from rules.ticket import TicketRef
from sync import Clock

#: How long what the store told is good enough (seconds): so much later at most a worker hears that all are held.
LASTS = 1.0
#: How long a count of the open tickets is good enough (seconds).
_LASTS_LONG = 60.0
#: A visit that is held looks again after so many seconds.
_PATIENCE = 60.0


@dataclass(slots=True)
class Brake:
    """Counts the tickets that are written to, over all workers, and holds them when they are too many. Thread-safe.

    What is held stays so, over restarts too, until somebody says `escalade brakes --release` or changes the policy: a
    rule that matches too much would otherwise go through in portions.
    """

    store: SqlStore
    clock: Clock
    ticks: Callable[[], float] = time.monotonic
    _lock: Lock = field(default_factory=Lock)
    _looked: float = float("-inf")
    _braking: Braking = field(default_factory=Braking)
    #: Tickets that all workers wrote to, and those that this process let pass since it was counted.
    _written: int = 0
    _passed: set[TicketRef] = field(default_factory=set)
    _population: tuple[int, float] = (0, float("-inf"))

    @property
    def book(self) -> BrakeBook:
        """Where all workers read how the brakes stand."""
        return BrakeBook(self.store)

    def held(self, policy: Policy) -> str | None:
        """Why that policy writes nothing now; None = it may.

        Raises:
            StoreError: the database is away.
        """
        with self._lock:
            self._look(policy)
            return self._braking.why if self._braking.holds(policy.hash) else None

    def admit(self, ref: TicketRef, policy: Policy) -> None:
        """Before a ticket is written to.

        Raises:
            ParkError: too many others were; the visit is given back.
            StoreError: the database is away.
        """
        with self._lock:
            self._look(policy)
            if not self._braking.holds(policy.hash) and not self._is_over(ref, policy):
                self._passed.add(ref)
                return
            why = self._braking.why
        later = Later(helpdesk=ref.helpdesk, seconds=_PATIENCE, rank=current_rank(), scope=Scope.TICKET)
        raise ParkError(f"the brakes hold everything: {why}", later=later, passing=True)

    def _look(self, policy: Policy) -> None:
        if self.ticks() - self._looked < LASTS:
            return
        now = self.clock.now()
        self._braking = self.book.read()
        if self._braking.held_at is not None and not self._braking.holds(policy.hash):
            self.book.supersede(policy.hash, now)
            self._braking = self.book.read()
        self._count(policy, now)
        self._looked = self.ticks()

    def _count(self, policy: Policy, now: datetime) -> None:
        self._written = self.book.written_since(self._since(policy, now))
        self._passed.clear()

    def _since(self, policy: Policy, now: datetime) -> datetime:
        since = now - policy.brakes.within
        return since if self._braking.counts_from is None else max(since, self._braking.counts_from)

    def _is_over(self, ref: TicketRef, policy: Policy) -> bool:
        """Whether one more ticket is too many; then everything is held."""
        limit = max(1, safe_number(policy.brakes, self._open_tickets()))
        if ref in self._passed or self._written + len(self._passed) < limit:
            return False
        # Near the limit it is counted exactly: what passed here may be in the store already, and new tickets too.
        now = self.clock.now()
        since = self._since(policy, now)
        self._count(policy, now)
        population = self._count_open(since)
        limit = max(1, safe_number(policy.brakes, population))
        if self._written < limit or self.book.is_written_since(ref, since):
            return False
        why = told_over(self._written, policy.brakes, population)
        entry = JournalEntry(at=now, ref=ref, action="brakes.tripped", text=why, policy=policy.hash)
        self.book.hold(policy.hash, why, entry)
        self._braking = self.book.read()
        return self._braking.holds(policy.hash)

    def _open_tickets(self) -> int:
        count, at = self._population
        return count if self.ticks() - at <= _LASTS_LONG else self._count_open(self.clock.now())

    def _count_open(self, since: datetime) -> int:
        """What a share is a share of: the open tickets, and those that were open when they were written to."""
        count = self.store.open_tickets() + self.book.closed_among_written(since)
        self._population = (count, self.ticks())
        return count
