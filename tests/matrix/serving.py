"""The matrix under the running service: in one telling of the whole story, most writes meet a trouble of their own.

Escalade runs as `escalade serve` (on PostgreSQL with an `escalade worker` beside it) by the machine's clock, told by
webhooks; its own waits are made short. In round k the n-th kind of call of an act meets the (n + k)-th trouble, so that
after as many rounds as there are troubles every call has met every one.
"""

from __future__ import annotations

import itertools
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from columns import COLUMNS, Column, Row
from house import ACTS, CUSTOMER_WORDS, PLANTED, House, Plot
from spare import Spare
from telling import READ_TIMEOUT, ROUTER, Told, complaints
from tolerance import differences

from connectors import http
from escalade import visits
from escalade.emulator.faults import Held
from escalade.emulator.server import RunningEmulator
from escalade.engine import service, worker

#: How long a lost write may still take effect (seconds).
_SETTLE_AFTER = 4
#: Longest that an act may take to come to what it comes to without trouble, and for how long it stays so then.
_LONGEST, _QUIET = 300.0, 0.7
#: Processes that wait to take the place of killed ones.
_SPARES = 20
_ISSUE_EVENTS = ("jira:issue_created", "jira:issue_updated", "comment_created", "comment_updated")


def be_impatient(_skipped: float = 0.0) -> None:
    """Make short what a service waits for by itself."""
    visits.BACKOFF = timedelta(seconds=0.3)
    visits.MAX_BACKOFF = timedelta(seconds=1)
    http._UNNAMED_WAIT = 1.0
    worker.PATIENCE, worker.BEAT, service.BEAT = timedelta(seconds=3), timedelta(seconds=0.5), timedelta(seconds=0.5)


#: How the acts end without trouble.
Calm = Sequence[Told]


@dataclass
class Served:
    """What became of one telling."""

    struck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def cells_of(round_: int, act: int, told: Told) -> Iterator[tuple[Row, Column]]:
    """What meets what in one act of a round."""
    calls = Counter((call.method, call.template, call.vendor) for call in told.calls)
    places = [(call, nth) for call, times in sorted(calls.items()) for nth in range(1, times + 1)]
    for number, ((method, template, vendor), nth) in enumerate(places):
        purpose = "notify" if vendor == "room" else f"no. {nth}"
        path = "^" + "[^/]+".join(part.partition("}")[2] or part for part in template.split("{")) + "$"
        row = Row(act=act, method=method, path=path, template=template, vendor=vendor, nth=nth, purpose=purpose)
        column = COLUMNS[(number + round_) % len(COLUMNS)]
        if column.fits(row):
            yield row, column


class Serving:
    """One telling under a service."""

    def __init__(self, plot: Plot, directory: Path, store: str) -> None:
        self.house = House(plot, datetime.now(UTC) - timedelta(minutes=5))
        self.world, self.directory = self.house.world, directory
        self.emulator = RunningEmulator(self.world)
        port, self._admin_port = _free_port(), _free_port()
        self._hooks = f"http://127.0.0.1:{port}/hooks"
        environment = {
            "ZENDESK_TOKEN": PLANTED[1],
            "JIRA_TOKEN": PLANTED[2],
            "ROOM_URL": f"{self.emulator.url}/room/{PLANTED[3]}",
            "HOOK_SECRET": PLANTED[4],
            "ESCALADE_LOG": str(directory / "escalade.log"),
        }
        known = {"settle_after": _SETTLE_AFTER, "poll_every": 2, "overlap": 2, "read_timeout": READ_TIMEOUT}
        self.house.settle_in(
            directory, self.emulator.url, store=store, workers=2, port=port, admin_port=self._admin_port, **known
        )
        commands = ["serve", "worker"] if store.startswith("postgresql") else ["serve"]
        self._spares = [
            [Spare([command, str(directory), "--force"], environment, directory, be_impatient) for command in commands]
            for _ in range(_SPARES)
        ]
        self._crew: list[Spare] = []
        self._meant: list[tuple[Row, Column]] = []
        self.served = Served()

    def tell(self, choose: Callable[[int], Sequence[tuple[Row, Column]]], calm: Calm) -> Served:
        """Tell the whole story; each act has to end as the calm one, which a run for each act has told before."""
        stop = threading.Event()
        with self.emulator:
            threading.Thread(target=self._keep_time, args=(stop,), daemon=True).start()
            try:
                self._subscribe()
                self._start()
                for act in range(ACTS):
                    self._act(act, choose(act), calm[act].seen)
                    if self.served.wrong:
                        break
                self._stop()
            finally:
                for process in itertools.chain(self._crew, *self._spares):
                    process.kill(signal.SIGKILL)
                stop.set()
        self._look_for_leaks()
        return self.served

    def _act(self, act: int, cells: Sequence[tuple[Row, Column]], wanted: Counter[str]) -> None:
        self.world.calls.reset()
        self._meant = list(cells)
        for row, column in cells:
            faults_before = len(self.world.faults.all())
            column.strike(self.world.faults, row, self.world.clock.now(), wait=1)
            assert len(self.world.faults.all()) == faults_before + 1
        self.house.people_act(act)
        self.world.outbox.deliver()
        unlike = self._rest(cells, wanted)
        self.served.wrong += [f"act {act}: {line}" for line in unlike]
        fired = zip(cells, self.world.faults.all(), strict=True)
        self.served.struck += [f"{row.name} × {column.name}" for (row, column), fault in fired if fault.fired]
        self.world.faults.clear()

    def _rest(self, cells: Sequence[tuple[Row, Column]], wanted: Counter[str]) -> list[str]:
        """Wait until all is as wanted and stays so; what is not as wanted."""
        began = quiet = time.monotonic()
        held_since: dict[str, float] = {}
        before = -1
        while time.monotonic() - began < _LONGEST:
            self._release(held_since)
            unlike = differences(wanted, self.house.seen(), _troubles(cells))
            total = self.world.calls.writes
            if unlike or held_since or total != before or not total:
                before, quiet = total, time.monotonic()
            elif time.monotonic() - quiet > _QUIET:
                return []
            time.sleep(0.02)
        return unlike or ["it does not come to rest"]

    def _release(self, since: dict[str, float]) -> None:
        """Kill those whose request is held for that; let requests go that nobody waits for any more."""
        now = time.monotonic()
        faults = self.world.faults
        for held in list(faults.held.values()):
            column = self._column_of(held)
            if column.kills:
                self._kill()
            elif now - since.setdefault(held.id, now) < READ_TIMEOUT + 0.2:
                continue
            since.pop(held.id, None)
            faults.release(held.id, drop=held.phase == "before" and not column.late)

    def _column_of(self, held: Held) -> Column:
        found = ROUTER.find(held.method, held.path)
        assert found is not None
        fitting = [
            column
            for row, column in self._meant
            if (row.method, row.template) == (held.method, found[0].template) and column.kind == f"hold_{held.phase}"
        ]
        return fitting[0]

    def _start(self) -> None:
        self._crew = self._spares.pop(0)
        for process in self._crew:
            process.go()
        end = time.monotonic() + _LONGEST
        while not self._answers():
            assert not self._crew[0].is_over, self._crew[0].output
            assert time.monotonic() < end, "the service does not start"
            time.sleep(0.02)

    def _kill(self) -> None:
        for process in self._crew:
            process.kill(signal.SIGKILL)
            self.served.wrong += process.complaints()
        self._start()

    def _stop(self) -> None:
        for process in self._crew:
            self.served.wrong += complaints(self._figures()) if process is self._crew[0] else []
            process.kill(signal.SIGTERM)
            self.served.wrong += process.complaints()
            if process.wait() != 0:
                self.served.wrong.append(f"it ended with {process.wait()}: {process.output[-300:]}")

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self._admin_port}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def _figures(self) -> str:
        try:
            address = f"http://127.0.0.1:{self._admin_port}"
            return "".join(requests.get(f"{address}/{page}", timeout=5).text for page in ("metrics", "readyz"))
        except requests.RequestException as error:
            return f"Traceback: the figures do not answer: {error}"

    def _subscribe(self) -> None:
        self.world.zendesk.subscribe({"url": f"{self._hooks}/zendesk", "secret": PLANTED[4]})
        self.house.jira.add_webhook(f"{self._hooks}/jira", events=_ISSUE_EVENTS, secret=PLANTED[4])
        self.world.auto_deliver = True

    def _keep_time(self, stop: threading.Event) -> None:
        while not stop.wait(0.02):
            with self.world.lock:
                self.world.clock.set(max(datetime.now(UTC), self.world.clock.now()))

    def _look_for_leaks(self) -> None:
        log = self.directory / "escalade.log"
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        self.served.wrong += complaints(text)
        self.served.wrong += [f"the log holds what a customer wrote: {word}" for word in CUSTOMER_WORDS if word in text]


def _troubles(cells: Sequence[tuple[Row, Column]]) -> list[tuple[str, str]]:
    return [(row.purpose, column.name) for row, column in cells]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
