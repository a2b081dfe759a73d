"""What benchmarks of the service share: a Zendesk on the emulator in this process, and real processes that serve it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlalchemy import text

from escalade.emulator.deliver import Delivery
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.store.engine import READ_ONLY, make_engine
from escalade.store.sql import open_store
from rules.ticket import TicketRef

sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))
from served import SECRET, policy_text, settings_text


def post(delivery: Delivery) -> None:
    """Send a webhook."""
    request = Request(delivery.url, delivery.body, dict(delivery.sign(0)), method="POST")  # noqa: S310 - ours
    with suppress(OSError), urlopen(request, timeout=12):  # noqa: S310 - ours
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Shop:
    """A Zendesk that keeps the machine's time, and the service.

    Args:
        folder: Where settings, policy and a SQLite database go.
        tickets: How many there are.
        store: The database; None = a SQLite file.
        poll_every: Seconds between two polls.
        tells: Whether the Zendesk sends webhooks.
    """

    def __init__(
        self, folder: Path, tickets: int, *, store: str | None = None, poll_every: int = 60, tells: bool = True
    ) -> None:
        self.world = World.empty(datetime.now(UTC) - timedelta(minutes=5))
        self.zendesk = self.world.zendesk
        customer = self.zendesk.add_user(name="Cora", email="cora@acme.example")
        self.agent = self.zendesk.add_user(name="Ada", email="ada@desk.example", role="agent")
        long_ago = datetime.now(UTC) - timedelta(days=1)
        for _ in range(tickets):
            self.zendesk.add_ticket(
                subject="Nothing works", requester_id=customer.id, created_at=long_ago, priority="normal", status="open"
            )
        self.tickets = sorted(self.zendesk.tickets)
        self.folder, self.port, self.admin_port = folder, free_port(), free_port()
        self.emulator = RunningEmulator(self.world).start()
        self.store = store or f"sqlite:///{folder / 'escalade.db'}"
        self._engine = make_engine(self.store).execution_options(**{READ_ONLY: True})
        settings = settings_text(
            store=self.store, url=self.emulator.url, port=self.port, admin_port=self.admin_port, poll_every=poll_every
        )
        (folder / "escalade.yaml").write_text(settings, encoding="utf-8")
        (folder / "rules.yaml").write_text(policy_text(timeout="20s"), encoding="utf-8")
        hook = {"url": f"http://127.0.0.1:{self.port}/hooks/zendesk", "secret": SECRET}
        if tells:
            with self.world.lock:
                self.zendesk.subscribe(hook)
        self._senders = ThreadPoolExecutor(8)
        for target in (self._keep_time, self._send_webhooks):
            threading.Thread(target=target, daemon=True).start()

    def _keep_time(self) -> None:
        while True:
            with self.world.lock:
                self.world.clock.set(max(datetime.now(UTC), self.world.clock.now()))
            time.sleep(0.005)

    def _send_webhooks(self) -> None:
        """As Zendesk does: many at the same time, ours about our own writes included."""
        queued = self.world.outbox.queued
        while True:
            with self.world.lock:
                batch, queued[:] = list(queued), []
            for delivery in batch:
                self._senders.submit(post, delivery)
            time.sleep(0.002)

    def stop(self) -> None:
        """Close the Zendesk."""
        self._engine.dispose()
        self.emulator.stop()

    def act(self, ticket: int, **change: object) -> None:
        """An agent edits a ticket, and Zendesk tells of it."""
        with self.world.lock:
            answer = act(self.world, {"ticket": ticket, "user": self.agent.id, "change": change})
        assert answer.status == 200, answer.body

    def has(self, ticket: int, tag: str) -> bool:
        return tag in self.zendesk.tickets[ticket].tags

    def due(self) -> int:
        """Visits that are due now, those in hand included."""
        return int(self._ask("SELECT count(*) FROM visits WHERE due <= :now", now=int(time.time() * 1e6)))

    def noted(self, ticket: int, action: str, words: str) -> float:
        """When the journal says that something happened (seconds since 1970)."""
        query = "SELECT min(at) FROM journal WHERE ticket = :ticket AND action = :action AND text LIKE :words"
        return self._ask(query, ticket=str(ticket), action=action, words=f"{words}%") / 1e6

    def known(self) -> int:
        """Tickets that were taken in."""
        return int(self._ask("SELECT count(*) FROM tickets"))

    def _ask(self, query: str, **values: object) -> float:
        with self._engine.begin() as connection:
            return float(connection.execute(text(query), values).scalar_one())

    def answer_after(self, seconds: float) -> None:
        """Let the Zendesk take so long for each answer."""
        self.world.faults.clear()
        if seconds:
            self.world.faults.add("slow", {"nth": 1, "times": 0}, seconds=seconds)

    @contextmanager
    def service(self, *, workers: int = 0) -> Iterator[subprocess.Popen[bytes]]:
        """A running service that answers, and so many workers beside it."""
        with self.processes(1 + workers) as running:
            yield running[0]

    @contextmanager
    def processes(self, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        """One `escalade serve` and workers beside it, with eight threads each."""
        with ExitStack() as stack:
            commands = ["serve", *["worker"] * (count - 1)]
            running = [stack.enter_context(self._process(command)) for command in commands]
            until(self._answers, 120)
            yield running

    @contextmanager
    def _process(self, command: str) -> Iterator[subprocess.Popen[bytes]]:
        secrets = {"ZENDESK_TOKEN": "emulator-api-token", "HOOK_SECRET": SECRET}
        process = subprocess.Popen(
            [sys.executable, "-m", "escalade.cli", command, str(self.folder), "--workers", "8"],
            env={**os.environ, **secrets},
            stdout=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.admin_port}/healthz", timeout=5):
                return True
        except (URLError, ConnectionError):
            return False


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds; the seconds that took."""
    began = time.perf_counter()
    while not holds():
        assert time.perf_counter() - began < seconds, "too slow"
        time.sleep(0.002)
    return time.perf_counter() - began


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor that a process has used."""
    parts = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """The memory that a process holds, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def fill(url: str, count: int) -> None:
    """Give the store so many visits that are due some time."""
    with open_store(url) as store:
        far = datetime.now(UTC) + timedelta(days=30)
        for start in range(0, count, 10_000):
            refs = [TicketRef("zendesk", f"t{number}") for number in range(start, min(start + 10_000, count))]
            store.nudge(refs, far + timedelta(seconds=start), "timer")
