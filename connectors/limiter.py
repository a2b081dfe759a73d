"""Call budgets of one helpdesk, so that we slow down before it tells us to."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from connectors.errors import Scope
from connectors.patience import Patience

#: Ticket windows kept before the idle ones are dropped; a bound on memory, not on the number of tickets.
_TICKET_WINDOWS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """So many calls in any period of `per` seconds."""

    calls: int
    per: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a response header told of a budget. `name` is the endpoint's name for Scope.ENDPOINT, else empty."""

    scope: Scope
    name: str = ""
    #: Calls in all per period.
    limit: int | None = None
    remaining: int | None = None
    #: Seconds until the helpdesk's own period starts afresh.
    resets: float | None = None
    #: Length of the period in seconds, where it was told; None = as it was known before.
    per: float | None = None
    #: The helpdesk warns that little is left, and may not say how much: what can wait should.
    scarce: bool = False
    #: The limit counts our user's calls alone, so that nothing of it has to be left to others.
    alone: bool = False


class BudgetExhaustedError(Exception):
    """The next call would have to wait longer than the caller is ready to wait."""

    def __init__(self, scope: Scope, wait: float) -> None:
        super().__init__(f"the {scope} budget is used up for {wait:.0f} s")
        self.scope = scope
        #: Seconds.
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings and the connector say of the budgets of a helpdesk; see `Limiter`."""

    helpdesk: Budget | None
    endpoints: Mapping[str, Budget]
    ticket: Budget | None
    endpoint_of: Callable[[str, str], str | None]
    #: Endpoints that only sweeps use, which go last where processes share the budgets.
    sweeps: frozenset[str]
    share: float

    def budget(self, scope: Scope, name: str) -> Budget | None:
        """The size of a budget as far as it is known beforehand."""
        match scope:
            case Scope.HELPDESK:
                return self.helpdesk
            case Scope.ENDPOINT:
                return self.endpoints.get(name)
            case _:
                return self.ticket


@dataclass(slots=True)
class _Window:
    """A sliding window: exact in every period, where a token bucket may spend twice its size in one."""

    budget: Budget | None
    spent: deque[float] = field(default_factory=deque)
    held_until: float = 0.0
    #: Calls of other clients in the helpdesk's current period, and when that period ends.
    foreign: int = 0
    foreign_until: float = 0.0
    #: The budget is our user's alone.
    alone: bool = False

    def wait(self, now: float, share: float) -> float:
        """Seconds until one more call fits."""
        wait = max(0.0, self.held_until - now)
        if self.budget is None:
            return wait
        self._forget(now, self.budget)
        ours = self._ours(self.budget, share)
        foreign = self.foreign if now < self.foreign_until else 0
        if len(self.spent) < min(ours, self.budget.calls - foreign):
            return wait
        if self.spent and len(self.spent) >= ours:
            return max(wait, self.spent[-ours] + self.budget.per - now)
        return max(wait, self.foreign_until - now)

    def takes(self, calls: int, share: float) -> float:
        """Seconds until the last of so many calls fits, where nobody has spent anything yet."""
        if self.budget is None or calls == 0:
            return 0.0
        return (math.ceil(calls / self._ours(self.budget, share)) - 1) * self.budget.per

    def _ours(self, budget: Budget, share: float) -> int:
        return max(1, math.floor(budget.calls * (1.0 if self.alone else share)))

    def spend(self, now: float) -> None:
        if self.budget is not None:
            self.spent.append(now)

    def learn(self, reading: Reading, now: float) -> None:
        if reading.limit is not None:
            per = reading.per or (self.budget.per if self.budget else 60.0)
            self.budget = Budget(calls=max(1, reading.limit), per=per)
            self.alone = reading.alone
        if self.budget is None or reading.remaining is None:
            return
        self._forget(now, self.budget)
        self.foreign = max(0, self.budget.calls - reading.remaining - len(self.spent))
        self.foreign_until = now + (self.budget.per if reading.resets is None else reading.resets)

    def idle(self, now: float) -> bool:
        return now >= self.held_until and (not self.spent or (self.budget is not None and self._stale(now)))

    def _stale(self, now: float) -> bool:
        return self.budget is not None and self.spent[-1] <= now - self.budget.per

    def _forget(self, now: float, budget: Budget) -> None:
        while self.spent and self.spent[0] <= now - budget.per:
            self.spent.popleft()


class Limiter:
    """The budgets of one helpdesk: the account's, each endpoint's and each ticket's. Thread-safe.

    A budget that is None or absent is unlimited until a response header tells its size.
    """

    def __init__(
        self,
        *,
        helpdesk: Budget | None = None,
        endpoints: Mapping[str, Budget] | None = None,
        ticket: Budget | None = None,
        endpoint_of: Callable[[str, str], str | None] = lambda _method, _template: None,
        sweeps: Collection[str] = (),
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set the budgets.

        Args:
            helpdesk: of all calls together.
            endpoints: by the endpoint names that `endpoint_of` returns.
            ticket: of the writes to any one ticket.
            endpoint_of: (method, path template) → endpoint name, or None when only the account's budget counts.
            sweeps: the endpoints that only sweeps use.
            share: the part of every budget but the tickets' that we may use (0–1]; the rest is for other clients.
            clock: seconds, never running backwards.
            sleep: waits for that many seconds.
        """
        self.terms = Terms(
            helpdesk=helpdesk,
            endpoints=dict(endpoints or {}),
            ticket=ticket,
            endpoint_of=endpoint_of,
            sweeps=frozenset(sweeps),
            share=share,
        )
        self._windows = {(Scope.HELPDESK, ""): _Window(helpdesk)}
        for name, budget in (endpoints or {}).items():
            self._windows[Scope.ENDPOINT, name] = _Window(budget)
        self.clock = clock
        self.patience = Patience(sleep)
        self._lock = threading.Lock()

    def acquire(self, method: str, template: str, *, ticket: str | None = None, max_wait: float) -> float:
        """Wait until a call fits into all its budgets, and count it there.

        Args:
            method: HTTP method.
            template: path template of the call.
            ticket: id of the ticket that is written to, if any.
            max_wait: seconds.

        Returns:
            The seconds that it waited.

        Raises:
            BudgetExhaustedError: at once, when the wait would be longer than `max_wait`.
        """
        waited = 0.0
        while True:
            with self._lock:
                now = self.clock()
                keys = self._keys(method, template, ticket)
                wait, scope = max((self._wait(key, now), key[0]) for key in keys)
                if wait <= 0:
                    for key in keys:
                        self._windows[key].spend(now)
                    return waited
            if waited + wait > max_wait or self.patience.is_over:
                raise BudgetExhaustedError(scope, wait)
            self.patience.wait(wait)
            waited += wait

    def takes(self, calls: Mapping[tuple[str, str], int]) -> float:
        """Seconds that so many calls, by method and path template, take at our share when nobody sends anything else.

        Single tickets' budgets are left aside.
        """
        load: Counter[tuple[Scope, str]] = Counter()
        with self._lock:
            for (method, template), count in calls.items():
                load.update(dict.fromkeys(self._keys(method, template, None), count))
            return max((self._windows[key].takes(count, self.terms.share) for key, count in load.items()), default=0.0)

    def hold(self, scope: Scope, seconds: float, *, method: str, template: str, ticket: str | None = None) -> None:
        """Let nothing through the budget of that scope for `seconds`: the helpdesk refused the call there."""
        with self._lock:
            now = self.clock()
            keys = {key[0]: key for key in self._keys(method, template, ticket)}
            window = self._windows[keys.get(scope, (Scope.HELPDESK, ""))]
            window.held_until = max(window.held_until, now + seconds)

    def learn(self, readings: Iterable[Reading], *, ticket: str | None = None) -> None:
        """Correct the budgets by what a response told; `ticket` is the one that the call wrote to."""
        with self._lock:
            now = self.clock()
            for reading in readings:
                if reading.scope is Scope.TICKET and ticket is None:
                    continue
                name = ticket if reading.scope is Scope.TICKET and ticket else reading.name
                self._windows.setdefault((reading.scope, name), _Window(None)).learn(reading, now)

    def _keys(self, method: str, template: str, ticket: str | None) -> list[tuple[Scope, str]]:
        keys = [(Scope.HELPDESK, "")]
        endpoint = self.terms.endpoint_of(method, template)
        if endpoint is not None:
            keys.append((Scope.ENDPOINT, endpoint))
            self._windows.setdefault(keys[-1], _Window(None))
        if ticket is not None:
            keys.append((Scope.TICKET, ticket))
            if keys[-1] not in self._windows:
                self._drop_idle()
                self._windows[keys[-1]] = _Window(self.terms.ticket)
        return keys

    def _wait(self, key: tuple[Scope, str], now: float) -> float:
        return self._windows[key].wait(now, 1.0 if key[0] is Scope.TICKET else self.terms.share)

    def _drop_idle(self) -> None:
        if len(self._windows) < _TICKET_WINDOWS:
            return
        now = self.clock()
        idle = [key for key, window in self._windows.items() if key[0] is Scope.TICKET and window.idle(now)]
        for key in idle:
            del self._windows[key]
