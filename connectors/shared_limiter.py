"""The call budgets of one helpdesk, shared with other processes: a few calls at a time are taken out of a purse."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from connectors.bucket import UNLIMITED, Given
from connectors.errors import Scope
from connectors.limiter import BudgetExhaustedError, Reading, Terms
from connectors.patience import Patience
from connectors.purse import Ask, Key, Purse
from connectors.rank import Rank, current_rank

#: The period of a budget whose size is only learned: Zendesk and Jira count by the minute.
_USUAL_PERIOD = 60.0
#: No more than this part of a budget is taken at a time, so that nobody sits on what others need.
_MOST_AT_ONCE = 20
#: A reading is told with the next ask while it is so young (seconds); others may have sent much since an older one.
_FRESH = 1.0
#: A reading is told at once when less than this part of the budget is left.
_ALARMING = 0.05
#: Keys of tickets kept before those without a call are dropped.
_MOST_KEYS = 5000


@dataclass(slots=True)
class _Lease:
    """Calls that this process may still send."""

    rank: Rank
    calls: int
    until: float


@dataclass(slots=True)
class _Account:
    """What this process has of one budget, and what it has not told yet."""

    leases: list[_Lease]
    sent: int = 0
    reading: Reading | None = None
    read_at: float = 0.0
    limit: int | None = None
    #: Calls that were taken last, and until when that lasts: the next time in the same slot takes twice as many.
    taken: int = 0
    taken_until: float = 0.0


class SharedLimiter:
    """Waits for budgets as `Limiter` does, for all processes together. Thread-safe; may raise what its purse raises."""

    def __init__(
        self, helpdesk: str, purse: Purse, terms: Terms, clock: Callable[[], float], patience: Patience
    ) -> None:
        """Share the budgets of a helpdesk; `clock` tells seconds and never runs backwards."""
        self._helpdesk = helpdesk
        self._purse = purse
        self._terms = terms
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._accounts: defaultdict[Key, _Account] = defaultdict(lambda: _Account([]))

    def acquire(self, method: str, template: str, *, ticket: str | None = None, max_wait: float) -> float:
        """Wait until a call fits into all its budgets, and count it there; see `Limiter.acquire`.

        Raises:
            BudgetExhaustedError: at once, when the wait would be longer than `max_wait` seconds.
        """
        keys = self._keys(method, template, ticket)
        swept = any(key.scope is Scope.ENDPOINT and key.name in self._terms.sweeps for key in keys)
        rank = Rank.LAST if swept else current_rank()
        waited = 0.0
        while True:
            with self._lock:
                short = self._ask_for(keys, rank)
                if not short:
                    for key in keys:
                        self._spend(key, rank)
                    return waited
            wait, scope = max(short)
            if waited + wait > max_wait or self._patience.is_over:
                raise BudgetExhaustedError(scope, wait)
            self._patience.wait(wait)
            waited += wait

    def hold(self, scope: Scope, seconds: float, *, method: str, template: str, ticket: str | None = None) -> None:
        """Let nothing through the budget of that scope for `seconds`, in no process."""
        keys = {key.scope: key for key in self._keys(method, template, ticket)}
        key = keys.get(scope, Key(Scope.HELPDESK))
        with self._lock:
            self._accounts[key].leases.clear()
            self._purse.hold(self._helpdesk, self._ask(key, Rank.USUAL, 0), seconds)

    def learn(self, readings: Iterable[Reading], *, ticket: str | None = None) -> None:
        """Correct the budgets by what a response told; `ticket` is the one that the call wrote to."""
        with self._lock:
            urgent = [key for reading in readings if (key := self._note(reading, ticket)) is not None]
            if urgent:
                self._purse.take(self._helpdesk, [self._ask(key, Rank.USUAL, 0) for key in sorted(set(urgent))])

    def _note(self, reading: Reading, ticket: str | None) -> Key | None:
        """Keep a reading for the next ask; returns its key where that must not wait."""
        if reading.scope is Scope.TICKET and ticket is None:
            return None
        key = Key(reading.scope, ticket or "" if reading.scope is Scope.TICKET else reading.name)
        account = self._accounts[key]
        account.reading, account.read_at = reading, self._clock()
        news = reading.limit is not None and reading.limit != account.limit
        account.limit = reading.limit if reading.limit is not None else account.limit
        if reading.remaining is not None and reading.remaining <= (account.limit or 0) * _ALARMING:
            # What was taken before that was known may be more than there is.
            account.leases.clear()
            return key
        return key if news else None

    def _keys(self, method: str, template: str, ticket: str | None) -> list[Key]:
        keys = [Key(Scope.HELPDESK)]
        endpoint = self._terms.endpoint_of(method, template)
        if endpoint is not None:
            keys.append(Key(Scope.ENDPOINT, endpoint))
        if ticket is not None:
            keys.append(Key(Scope.TICKET, ticket))
        return keys

    def _ask_for(self, keys: Iterable[Key], rank: Rank) -> list[tuple[float, Scope]]:
        """Take what is missing for one call; returns for each budget that gave nothing how long to wait."""
        now = self._clock()
        missing = [key for key in keys if self._lease(key, rank, now) is None]
        if not missing:
            return []
        self._drop_idle(now)
        given = self._purse.take(self._helpdesk, [self._ask(key, rank, self._want(key, now)) for key in missing])
        short: list[tuple[float, Scope]] = []
        for key, got in zip(missing, given, strict=True):
            if got.calls == 0:
                short.append((max(got.wait, 0.001), key.scope))
            else:
                self._receive(key, rank, got, now)
        return short

    def _receive(self, key: Key, rank: Rank, got: Given, now: float) -> None:
        account = self._accounts[key]
        # Counted from before the purse was asked: the way there and back is not ours to use.
        until = now + got.seconds
        account.leases = [lease for lease in account.leases if lease.until > now]
        account.leases.append(_Lease(rank, got.calls, until))
        if got.calls < UNLIMITED:
            account.taken, account.taken_until = got.calls, until

    def _want(self, key: Key, now: float) -> int:
        account, budget = self._accounts[key], self._terms.budget(key.scope, key.name)
        size = account.limit or (budget.calls if budget else None)
        if key.scope is Scope.TICKET or size is None or now >= account.taken_until:
            return 1
        return max(1, min(account.taken * 2, int(size * self._terms.share) // _MOST_AT_ONCE))

    def _lease(self, key: Key, rank: Rank, now: float) -> _Lease | None:
        """A lease for a call: of its rank, or of one that may wait longer."""
        fitting = [lease for lease in self._accounts[key].leases if lease.until > now and lease.calls > 0]
        return max((lease for lease in fitting if lease.rank >= rank), key=lambda lease: lease.rank, default=None)

    def _spend(self, key: Key, rank: Rank) -> None:
        lease = self._lease(key, rank, self._clock())
        if lease is not None:
            lease.calls -= 1
        self._accounts[key].sent += 1

    def _ask(self, key: Key, rank: Rank, want: int) -> Ask:
        account, budget = self._accounts[key], self._terms.budget(key.scope, key.name)
        told = account.reading if self._clock() - account.read_at <= _FRESH else None
        sent, account.sent, account.reading = account.sent, 0, None
        return Ask(
            key=key,
            rank=rank,
            want=want,
            share=1.0 if key.scope is Scope.TICKET else self._terms.share,
            calls=budget.calls if budget else None,
            per=budget.per if budget else _USUAL_PERIOD,
            sent=sent,
            reading=told,
        )

    def _drop_idle(self, now: float) -> None:
        if len(self._accounts) < _MOST_KEYS:
            return
        idle = [key for key, one in self._accounts.items() if key.scope is Scope.TICKET and now >= one.taken_until]
        for key in idle:
            del self._accounts[key]
