"""Intake: one thread that keeps deliveries durably, as many as wait in one commit, before they are acknowledged."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from escalade.logs import log
from escalade.store.deliveries import Arrival
from sync import Clock

#: Deliveries that one commit takes at most: more would only make the first of them wait longer.
_MOST_TOGETHER = 256
#: Deliveries that may wait; at a few thousand a second, that is less than a second's worth.
MOST_WAITING = 2000
#: Seconds that a sender waits for the commit; Zendesk hangs up after 12, Jira after 20.
PATIENCE = 5.0
#: How often deliveries are forgotten that no repeat is expected of any more.
_FORGET_EVERY = timedelta(minutes=1)


class OverloadedError(Exception):
    """The delivery cannot be kept now; the sender should try again later."""


class DeliveryStore(Protocol):
    """Where deliveries are kept."""

    def arrive(self, arrivals: Sequence[Arrival], now: datetime) -> Sequence[bool]:
        """Keep deliveries and make what they name due, durably; says of each whether it is new."""
        ...

    def forget_deliveries(self, now: datetime) -> bool:
        """Forget some deliveries that no repeat is expected of any more; True = there are more of them."""
        ...


@dataclass(slots=True)
class _Waiting:
    """A delivery whose sender waits for the answer."""

    arrival: Arrival
    loop: asyncio.AbstractEventLoop
    #: True = new, False = a repeat.
    kept: asyncio.Future[bool]


class Intake:
    """Keeps deliveries by group commit: whatever waits when the database is free travels in one transaction.

    Args:
        store: where they are kept.
        clock: says when they came.
        wake: called after each commit that made visits due, from the intake's own thread.
        most_waiting: more deliveries than this are not taken: their senders try again later.
        patience: seconds that a sender waits for the commit before it is told to try again later.
    """

    def __init__(
        self,
        store: DeliveryStore,
        clock: Clock,
        wake: Callable[[], None],
        *,
        most_waiting: int = MOST_WAITING,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake
        self._most_waiting = most_waiting
        self._patience = patience
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        #: When the commit began that the thread is at (monotonic seconds); None = it is idle.
        self._busy_since: float | None = None
        self._failing = False
        self._forgot_at: datetime | None = None

    def start(self) -> None:
        """Begin to keep what is taken."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="webhook intake", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Keep what was taken so far, then end; nothing may be taken any more."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(self._patience)

    @property
    def waiting(self) -> int:
        """How many deliveries wait for their commit."""
        return self._queue.qsize()

    async def take(self, arrival: Arrival) -> bool:
        """Keep a delivery; returns when it is durable. True = it is new, False = it was kept before.

        Raises:
            OverloadedError: too many wait, the database is stuck, or it failed. It may be kept all the same.
        """
        if self._thread is None or self._queue.qsize() >= self._most_waiting or self._is_stuck():
            raise OverloadedError
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        self._queue.put(_Waiting(arrival, loop, kept))
        try:
            async with asyncio.timeout(self._patience):
                return await kept
        except TimeoutError:
            raise OverloadedError from None

    def _is_stuck(self) -> bool:
        since = self._busy_since
        return since is not None and monotonic() - since > self._patience

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            together, ended = self._gather(first)
            self._busy_since = monotonic()
            try:
                self._keep(together)
            finally:
                self._busy_since = None
            if ended:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Whatever waits now, and whether the end was among it."""
        together = [first]
        while len(together) < _MOST_TOGETHER:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                return together, False
            if following is None:
                return together, True
            together.append(following)
        return together, False

    def _keep(self, together: Sequence[_Waiting]) -> None:
        now = self._clock.now()
        try:
            kept: Sequence[bool | None] = self._store.arrive([one.arrival for one in together], now)
        except Exception as error:  # noqa: BLE001 - whatever it is: the senders are told to try again, and the thread lives on
            kept = [None] * len(together)
            self._note_failure(error)
        else:
            self._note_success()
        if any(new and one.arrival.tickets for one, new in zip(together, kept, strict=True)):
            self._wake()
        _answer(together, kept)
        self._forget(now)

    def _forget(self, now: datetime) -> None:
        if self._failing or (self._forgot_at is not None and now - self._forgot_at < _FORGET_EVERY):
            return
        try:
            more = self._store.forget_deliveries(now)
        except Exception as error:  # noqa: BLE001 - as above; it is tried again with the next delivery
            self._note_failure(error)
        else:
            self._forgot_at = None if more else now

    def _note_failure(self, error: Exception) -> None:
        if not self._failing:
            self._failing = True
            # Not the whole error: it may hold what was to be written.
            log.error("webhooks.not_kept", kind=type(error).__name__, problem=str(error)[:300])

    def _note_success(self) -> None:
        if self._failing:
            self._failing = False
            log.warning("webhooks.kept_again")


def _answer(together: Sequence[_Waiting], kept: Sequence[bool | None]) -> None:
    """Tell the senders, with one call for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[bool], bool | None]]] = {}
    for one, new in zip(together, kept, strict=True):
        by_loop.setdefault(one.loop, []).append((one.kept, new))
    for loop, results in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, results)


def _resolve(results: Sequence[tuple[asyncio.Future[bool], bool | None]]) -> None:
    for future, new in results:
        if future.done():
            continue
        if new is None:
            future.set_exception(OverloadedError())
        else:
            future.set_result(new)
