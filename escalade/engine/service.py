"""A service: a worker and what goes with it, from the start to an orderly end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic

from escalade.engine.gate import Gate
from escalade.engine.inforce import InForce
from escalade.engine.policywatch import PolicyWatch
from escalade.engine.schedules import Schedule, Scheduler
from escalade.engine.trouble import Trouble
from escalade.engine.worker import BEAT, Worker
from escalade.logs import log
from escalade.store.crew import Crew
from escalade.store.errors import StoreError

#: Those that end a service.
SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Between two tries to hear the database's bell (seconds).
_DEAF = 5.0
#: How often the main thread looks whether the service still runs (seconds).
_LOOK = 1.0


class Service:
    """One process's share of the work."""

    def __init__(self, name: str, in_force: InForce, *, threads: int, force: bool, said: Callable[[str], None]) -> None:
        store, clock = in_force.app.store, in_force.app.clock
        self._in_force = in_force
        self.crew = Crew(store)
        self.gate = Gate(self.crew, force=force)
        self.trouble = Trouble()
        self.worker = Worker(name, self.crew, in_force, self.trouble, self.gate, threads=threads)
        self._watch = PolicyWatch(in_force, said)
        self._clock = clock
        self._ended = Event()
        self._scheduler: Scheduler | None = None
        self._main = Thread(target=self.worker.run, name="worker", daemon=True)
        store.on_nudge = self.worker.ring
        for name_of, error in in_force.app.absent.items():
            self.trouble.pause(name_of, str(error), error.retry_after)

    def start(self, schedules: Sequence[Schedule] = ()) -> None:
        """Begin to work; `schedules` are done besides."""
        for target in (self._beat, self._listen, lambda: self._watch.run(self._ended)):
            Thread(target=target, daemon=True).start()
        self._main.start()
        if schedules:
            self._scheduler = Scheduler(schedules, self.crew, self.worker, self._clock)
            self._scheduler.start()
        log.info("service.started", worker=self.worker.name)

    @property
    def runs(self) -> bool:
        """Whether it takes visits."""
        return self._main.is_alive()

    def stop(self, seconds: float) -> bool:
        """End in order: complete the visits that were begun, give the others back.

        Args:
            seconds: How long that may take.

        Returns:
            Whether everything was completed.
        """
        end = monotonic() + seconds
        if self._scheduler is not None:
            self._scheduler.stop()
        self.worker.stop()
        # What waits for a rate budget could wait for longer than the end may take.
        self._in_force.app.hurry()
        self._main.join(max(0.0, end - monotonic()))
        if self._scheduler is not None:
            self._scheduler.join(max(0.0, end - monotonic()))
        # To the end: who completes a visit is not to be taken for dead.
        self._ended.set()
        log.info("service.stopped", worker=self.worker.name, completed=not self._main.is_alive())
        return not self._main.is_alive()

    def _beat(self) -> None:
        # At once, too: one that is killed again and again would else never live to take over from its predecessors.
        self.worker.beat()
        while not self._ended.wait(BEAT.total_seconds()):
            self.worker.beat()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self.crew.listen(self.worker.ring, self._ended)
            except StoreError as error:
                log.warning("bell.lost", why=str(error))
                self._ended.wait(_DEAF)
            else:
                return


def hold_signals() -> None:
    """From now on signals that end a service wait until `await_end` asks for them; before any thread is started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def await_end(runs: Callable[[], bool]) -> None:
    """Wait for a signal that ends the service, or until it does not run any more."""
    while runs():
        if signal.sigtimedwait(SIGNALS, _LOOK) is not None:
            return


def quit_at_once_on_signal() -> None:
    """From now on a signal ends the process on the spot; what it had in hand is taken over by others."""

    def wait() -> None:
        number = signal.sigwait(SIGNALS)
        os._exit(128 + number)

    Thread(target=wait, name="signals", daemon=True).start()
