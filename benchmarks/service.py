"""How soon a service reacts, how exactly it keeps deadlines, what it costs when idle, and whether it keeps up.

A real `escalade serve` on SQLite, a Zendesk on the emulator in this process, no latency in between.

python benchmarks/service.py
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from section import Measure, Section, show, table

from escalade.emulator.deliver import Delivery
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.store.sql import open_store
from rules.ticket import TicketRef

SECRET = "a-secret-of-the-webhook"  # noqa: S105 - it signs between two processes of this benchmark
TIMERS = 1_000_000
SETTINGS = """\
version: 1
policy: .
backlog: write
service: {{port: {port}, admin_port: {admin_port}}}
webhooks: {{zendesk: {{secret_env: HOOK_SECRET}}}}
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {{email: escalation.bot@example.com, token_env: ZENDESK_TOKEN}}
    budget: {{share: 100%}}
    exports_per_minute: 10000
    updates_per_minute: 100000
"""
POLICY = """\
version: 1
default_calendar: always
brakes: {max_tickets: 100000, max_share: 1}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 20s, note: entered}
  - {id: tier2, name: Tier 2, tag: esc_t2, note: entered}
rules:
  - id: complaint
    description: The customer complained
    when: {helpdesk: zendesk, tags: {contains: complaint}}
    escalate_to: tier1
  - id: question
    description: Somebody asks
    when: {helpdesk: zendesk, tags: {contains: question}}
    tags: [asked]
templates:
  entered: "Escalated to {{ tier.name }}: {{ reason }}"
"""


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
    """A Zendesk that keeps the machine's time, and the service."""

    def __init__(self, folder: Path, tickets: int) -> None:
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
        text = SETTINGS.format(url=self.emulator.url, port=self.port, admin_port=self.admin_port)
        (folder / "escalade.yaml").write_text(text, encoding="utf-8")
        (folder / "rules.yaml").write_text(POLICY, encoding="utf-8")
        hook = {"url": f"http://127.0.0.1:{self.port}/hooks/zendesk", "secret": SECRET}
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

    def act(self, ticket: int, **change: object) -> None:
        """An agent edits a ticket, and Zendesk tells of it."""
        with self.world.lock:
            answer = act(self.world, {"ticket": ticket, "user": self.agent.id, "change": change})
        assert answer.status == 200, answer.body

    def has(self, ticket: int, tag: str) -> bool:
        return tag in self.zendesk.tickets[ticket].tags

    def due(self) -> int:
        """Visits that are due now."""
        return int(self._ask("SELECT count(*) FROM visits WHERE due <= ?", int(time.time() * 1e6)))

    def noted(self, ticket: int, action: str, text: str) -> float:
        """When the journal says that something happened (seconds since 1970)."""
        query = "SELECT min(at) FROM journal WHERE ticket = ? AND action = ? AND text LIKE ?"
        return self._ask(query, str(ticket), action, f"{text}%") / 1e6

    def known(self) -> int:
        """Tickets that were taken in."""
        return int(self._ask("SELECT count(*) FROM tickets"))

    def _ask(self, query: str, *values: object) -> float:
        with closing(sqlite3.connect(self.folder / "escalade.db", timeout=10)) as db:
            return float(db.execute(query, values).fetchone()[0])

    @contextmanager
    def service(self) -> Iterator[subprocess.Popen[bytes]]:
        """A running service that has read everything."""
        secrets = {"ZENDESK_TOKEN": "emulator-api-token", "HOOK_SECRET": SECRET}
        process = subprocess.Popen(
            [sys.executable, "-m", "escalade.cli", "serve", str(self.folder), "--workers", "8"],
            env={**os.environ, **secrets},
            stdout=subprocess.DEVNULL,
        )
        try:
            until(self._answers, 120)
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


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def fill(folder: Path, count: int) -> None:
    """Give the store so many visits that are due some time."""
    with open_store(f"sqlite:///{folder / 'escalade.db'}") as store:
        far = datetime.now(UTC) + timedelta(days=30)
        for start in range(0, count, 10_000):
            refs = [TicketRef("zendesk", f"t{number}") for number in range(start, min(start + 10_000, count))]
            store.nudge(refs, far + timedelta(seconds=start), "timer")


def measure(*, quick: bool = False) -> Section:
    """Measure."""
    events, idle, seconds, tickets = (5, 2, 5, 200) if quick else (100, 20, 60, 5000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = Shop(folder, tickets)
        fill(folder, 10_000 if quick else TIMERS)
        began = time.perf_counter()
        with shop.service() as process:
            started = time.perf_counter() - began
            until(lambda: shop.known() == tickets and shop.due() == 0, 120)
            time.sleep(5)
            before = cpu_of(process)
            time.sleep(idle)
            idle_cpu = (cpu_of(process) - before) / idle
            reactions = [reaction(shop, ticket) for ticket in shop.tickets[:events]]
            late = lateness(shop, shop.tickets[events : events + (2 if quick else 40)])
            early, final, rate, cpu = sustained(shop, process, seconds)
        shop.emulator.stop()
    return section(started, idle_cpu, reactions, late, (early, final, rate, cpu, seconds))


def reaction(shop: Shop, ticket: int) -> float:
    """Seconds from an agent's edit to what it brings about."""
    time.sleep(0.05)
    began = time.perf_counter()
    shop.act(ticket, tags=["question"])
    until(lambda: shop.has(ticket, "asked"), 30)
    return time.perf_counter() - began


def lateness(shop: Shop, tickets: list[int]) -> list[float]:
    """Seconds from the deadline of each ticket to our write, by our own journal: this process may be late itself."""
    for ticket in tickets:
        shop.act(ticket, tags=["complaint"])
        time.sleep(0.05)
    until(lambda: all(shop.has(ticket, "esc_t2") for ticket in tickets), 120)
    time.sleep(2)
    return [
        shop.noted(ticket, "write.applied", "add tag esc_t2")
        - shop.noted(ticket, "write.intended", "add tag esc_t1")
        - 20
        for ticket in tickets
    ]


def sustained(shop: Shop, process: subprocess.Popen[bytes], seconds: float) -> tuple[int, int, float, float]:
    """Fifty edits a second, one in ten of which is answered: the backlog early and late, the rate, the processor."""
    began, sent, waiting = time.perf_counter(), 0, []
    before = cpu_of(process)
    while (now := time.perf_counter()) - began < seconds:
        if sent < (now - began) * 50:
            ticket = shop.tickets[sent * 7919 % len(shop.tickets)]
            shop.act(ticket, tags=["question" if sent % 10 == 0 else f"word{sent % 9}"])
            sent += 1
            if sent % 50 == 0:
                waiting.append(shop.due())
        else:
            time.sleep(0.001)
    took = time.perf_counter() - began
    third = max(1, len(waiting) // 3)
    cpu = (cpu_of(process) - before) / took
    return max(waiting[:third], default=0), max(waiting[-third:], default=0), sent / took, cpu


def section(
    started: float, idle: float, reactions: list[float], late: list[float], load: tuple[int, int, float, float, float]
) -> Section:
    """What was found."""
    p50, p99 = statistics.median(reactions), percentile(reactions, 0.99)
    worst = percentile(late, 0.99)
    early, final, rate, cpu, seconds = load
    rows = [
        ["start with 1,000,000 pending timers until it answers", f"{started:.1f} s"],
        ["processor when idle", f"{idle:.1%} of a core"],
        ["an agent's edit → our write in the helpdesk, median", f"{p50 * 1000:.0f} ms"],
        ["… 99 of 100", f"{p99 * 1000:.0f} ms"],
        ["a deadline → our write, median", f"{statistics.median(late) * 1000:.0f} ms late"],
        ["… 99 of 100", f"{worst * 1000:.0f} ms late"],
        [f"sustained for {seconds:.0f} s", f"{rate:.1f} edits/s, {cpu:.0%} of a core"],
        ["visits waiting in the first and in the last third, at most", f"{early} and {final}"],
    ]
    return Section(
        title="A service on SQLite",
        body=table(["", "found"], rows),
        measures=(
            Measure(text="edit → write, idle: p50 < 150 ms", found=f"{p50 * 1000:.0f} ms", met=p50 < 0.15),
            Measure(text="edit → write, idle: p99 < 500 ms", found=f"{p99 * 1000:.0f} ms", met=p99 < 0.5),
            Measure(text="deadline → write: p99 < 2 s with 1,000,000 timers", found=f"{worst:.2f} s", met=worst < 2),
            Measure(text="idle processor < 3 % of a core with 1,000,000 timers", found=f"{idle:.1%}", met=idle < 0.03),
            Measure(text="start-up < 5 s with 1,000,000 timers", found=f"{started:.1f} s", met=started < 5),
            Measure(
                text="50 edits/s on 5,000 tickets without a growing backlog",
                found=f"{rate:.0f}/s, {early} then {final} waiting",
                met=rate > 49 and final <= max(2 * early, 100),
            ),
        ),
        figures={"p50": p50, "p99": p99, "late": worst, "idle": idle, "start": started, "rate": rate},
    )


if __name__ == "__main__":
    show(measure)
