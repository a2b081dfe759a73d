"""Schedules: what is done every so often, once for all workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

from escalade.engine.worker import Worker
from escalade.logs import log
from escalade.store.crew import Crew
from escalade.store.errors import StoreError
from sync import Clock

#: Looks within one interval, and the shortest and longest time between two (seconds).
_LOOKS = 20
_SHORTEST, _LONGEST = 0.1, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Something to do."""

    name: str
    every: timedelta
    job: Callable[[], None]


class Scheduler:
    """Does what is due, each thing in a thread of its own: a helpdesk that takes its time holds up no other."""

    def __init__(self, schedules: Sequence[Schedule], crew: Crew, worker: Worker, clock: Clock) -> None:
        self._crew, self._worker, self._clock = crew, worker, clock
        self._stop = Event()
        self._threads = [Thread(target=self._keep, args=(each,), name=each.name, daemon=True) for each in schedules]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Wait for what is under way, for so long at most."""
        for thread in self._threads:
            thread.join(seconds)

    def _keep(self, schedule: Schedule) -> None:
        pause = min(max(schedule.every.total_seconds() / _LOOKS, _SHORTEST), _LONGEST)
        while not self._stop.is_set():
            try:
                self._once(schedule)
            except StoreError as error:
                log.error("schedule.store_failed", schedule=schedule.name, why=str(error))
            self._stop.wait(pause)

    def _once(self, schedule: Schedule) -> None:
        began, worker = self._clock.now(), self._worker.name
        if not self._crew.take(schedule.name, worker, began):
            return
        try:
            schedule.job()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the next time may go better, and a thread's error would vanish
            log.error("schedule.failed", schedule=schedule.name, exc_info=error)
        finally:
            self._crew.end(schedule.name, worker, began + schedule.every)
