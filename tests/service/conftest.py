"""A helpdesk whose clock is the machine's, and Escalade as real processes that serve it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from served import SECRET, policy_text, settings_text
from warm import Warm, WarmProcess

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World

SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """One Escalade."""

    command: str
    forked: WarmProcess
    said: Path

    @property
    def pid(self) -> int:
        return self.forked.pid

    @property
    def is_up(self) -> bool:
        """Whether it has said that it works."""
        log = Path(f"{self.said}.log")
        return log.exists() and "service.started" in log.read_text(encoding="utf-8", errors="replace")

    @property
    def words(self) -> str:
        return self.said.read_text(encoding="utf-8") if self.said.exists() else ""


class Brood:
    """Processes of Escalade for one settings file; they die in hundreds."""

    def __init__(self, warm: Warm, directory: Path, secrets: dict[str, str]) -> None:
        self._warm, self._directory, self._secrets = warm, directory, secrets
        self._count = 0
        self._living: list[Process] = []

    def start(self, command: str) -> Process:
        """Start `escalade serve` or `escalade worker`; returns at once."""
        self._count += 1
        said = self._directory / f"process-{self._count}"
        environment = {**os.environ, **self._secrets, "ESCALADE_LOG": f"{said}.log"}
        forked = self._warm.start([command, str(self._directory)], environment=environment, out=said)
        self._living.append(Process(command, forked, said))
        return self._living[-1]

    def gave_up(self, process: Process) -> bool:
        """Whether it ended by itself, as it does when the database cuts it off before it is up."""
        return process.forked.poll() is not None

    def kill(self, process: Process) -> None:
        """Kill it on the spot; one may end by itself a moment before."""
        process.forked.kill()
        code = self._wait(process)
        was_cut_off = not process.is_up and "nothing of this step was kept" in process.words
        assert code == -signal.SIGKILL or was_cut_off, (code, process.words)

    def end(self, process: Process) -> int:
        """Let it end in order; its exit code."""
        process.forked.terminate()
        return self._wait(process)

    def _wait(self, process: Process) -> int:
        self._living.remove(process)
        return process.forked.wait()

    def close(self) -> None:
        """Leave nothing running."""
        for process in self._living:
            process.forked.kill()
            process.forked.wait(60)


@dataclass
class Shop:
    """A Zendesk with one customer, and the settings of Escalade for it."""

    emulator: RunningEmulator
    directory: Path
    store: str
    workers: int
    warm: Warm
    running: list[WarmProcess | subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.emulator.world
        self.zendesk = self.world.zendesk
        self.customer = self.zendesk.add_user(name="Cora", email="cora@acme.example")
        self.agent = self.zendesk.add_user(name="Ada", email="ada@desk.example", role="agent")
        self.port, self.admin_port = free_port(), free_port()
        self.write_policy()
        settings = settings_text(
            store=self.store,
            url=self.emulator.url,
            port=self.port,
            admin_port=self.admin_port,
            poll_every=600,
            settle_after=2,
            workers=self.workers,
        )
        (self.directory / "escalade.yaml").write_text(settings, encoding="utf-8")

    def write_policy(self, *, timeout: str = "8h", most: int = 100_000, text: str | None = None) -> None:
        whole = text or policy_text(timeout=timeout, most=most)
        (self.directory / "rules.yaml").write_text(whole, encoding="utf-8")

    def poll_every(self, seconds: int) -> None:
        file = self.directory / "escalade.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("poll_every: 600", f"poll_every: {seconds}"), encoding="utf-8")

    @property
    def log_file(self) -> Path:
        return self.directory / "escalade.log"

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def start(
        self, command: str = "serve", *arguments: str, program: Sequence[str] = ()
    ) -> WarmProcess | subprocess.Popen[str]:
        """Start `escalade serve` (or `worker`) as a process; returns at once.

        Args:
            command: which of the two.
            arguments: what follows the directory.
            program: what Python is told to run instead of the Escalade that is tested.
        """
        words = [command, str(self.directory), *arguments]
        environment = {**self._environment, "ESCALADE_LOG": str(self.log_file)}
        process: WarmProcess | subprocess.Popen[str]
        if program:
            command_line = [sys.executable, *program, *words]
            pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            process = subprocess.Popen(command_line, env=environment, **pipes)
        else:
            process = self.warm.start(words, environment=environment)
        self.running.append(process)
        return process

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "ZENDESK_TOKEN": "emulator-api-token", "HOOK_SECRET": SECRET}

    def command(self, *arguments: str) -> str:
        """Run a command beside the service; what it printed."""
        process = self.warm.start(arguments, environment=self._environment)
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, said
        return said

    def serve(self, *arguments: str) -> WarmProcess | subprocess.Popen[str]:
        """Start `escalade serve`, and wait until it answers."""
        process = self.start("serve", *arguments)
        self.wait(lambda: self.answers(process))
        return process

    def answers(self, process: WarmProcess | subprocess.Popen[str]) -> bool:
        assert process.poll() is None, process.communicate()[0]
        try:
            return requests.get(f"http://127.0.0.1:{self.admin_port}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def end(self, process: WarmProcess | subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and wait for the end: exit code, and what was printed."""
        process.send_signal(number)
        output, _ = process.communicate(timeout=SECONDS)
        assert "Traceback" not in output, output
        return process.returncode, output

    def wait(self, holds: Callable[[], bool], seconds: float = SECONDS) -> float:
        """Wait until something holds; seconds that it took."""
        began = time.monotonic()
        while not holds():
            passed = time.monotonic() - began
            assert passed < seconds, self._state()
            # To look costs time that what is waited for would need.
            time.sleep(min(0.005 + passed / 20, 0.05))
        return time.monotonic() - began

    def _state(self) -> str:
        told = [
            f"{one['outcome']} {one['statuses']} {one['body'][:200]}"
            for one in self.control("GET", "/deliveries")["deliveries"]
        ]
        return f"too slow; the log: {self.log[-4000:]}; the webhooks: {told[-5:]}"

    def send_webhooks(self) -> None:
        """Let Zendesk tell Escalade of every event from now on."""
        url = f"http://127.0.0.1:{self.port}/hooks/zendesk"
        self.control("POST", "/webhooks", {"url": url, "secret": SECRET, "auto_deliver": True})

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.emulator.url}/_emulator{path}", json=body, timeout=SECONDS)
        assert answer.ok, answer.text
        return dict(answer.json()) if answer.content else {}

    def hold(self, nth: int, phase: str = "after") -> None:
        """Let the n-th write to a ticket hang, before or after it took effect."""
        match = {"method": "PUT", "path_regex": "/api/v2/tickets/", "nth": nth, "times": 1}
        self.control("POST", "/faults", {"kind": f"hold_{phase}", "match": match, "params": {}})

    def held(self) -> bool:
        return bool(self.world.faults.held)

    def ticket(self, *tags: str, age: timedelta = timedelta(days=1)) -> int:
        with self.world.lock:
            made = self.zendesk.add_ticket(
                subject="Nothing works",
                requester_id=self.customer.id,
                tags=tags,
                created_at=self.world.clock.now() - age,
                priority="normal",
                status="open",
            )
        return int(made.id)

    def act(self, ticket: int, **change: Any) -> None:
        """An agent edits a ticket in the browser."""
        self.control("POST", "/act", {"ticket": ticket, "user": self.agent.id, "change": change})
        self.control("POST", "/deliver", {})

    def tags(self, ticket: int) -> set[str]:
        with self.world.lock:
            return set(self.zendesk.tickets[ticket].tags)

    def notes(self, ticket: int) -> list[str]:
        """What Escalade said on a ticket."""
        with self.world.lock:
            said = self.zendesk.tickets[ticket].comments
            return [comment.body for comment in said if comment.author_id == self.zendesk.bot.id]

    @property
    def writes(self) -> int:
        return int(self.world.calls.writes)


def keep_time(world: World, stop: threading.Event) -> None:
    """Let the world's clock show the machine's time."""
    while not stop.wait(0.01):
        with world.lock:
            world.clock.set(max(datetime.now(UTC), world.clock.now()))


@pytest.fixture
def make_shop(tmp_path: Path, warm: Warm) -> Iterator[Callable[..., Shop]]:
    """Make shops; what runs for them is killed at the end of the test."""
    shops: list[Shop] = []
    stop = threading.Event()

    def make(store: str | None = None, *, workers: int = 2) -> Shop:
        world = World.empty(datetime.now(UTC) - timedelta(minutes=5))
        emulator = RunningEmulator(world).start()
        threading.Thread(target=keep_time, args=(world, stop), daemon=True).start()
        directory = tmp_path / f"shop-{len(shops)}"
        directory.mkdir()
        shop = Shop(emulator, directory, store or "sqlite:///escalade.db", workers, warm)
        shops.append(shop)
        return shop

    yield make
    stop.set()
    for shop in shops:
        for process in shop.running:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=SECONDS)
        shop.emulator.stop()


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_shop(request: pytest.FixtureRequest, make_shop: Callable[..., Shop]) -> Shop:
    """A shop on each kind of database."""
    if request.param == "sqlite":
        return make_shop()
    return make_shop(request.getfixturevalue("new_postgres_database")())


@pytest.fixture
def make_brood(warm: Warm) -> Iterator[Callable[..., Brood]]:
    """Make broods; what is left of them is killed at the end of the test."""
    broods: list[Brood] = []

    def make(directory: Path, secrets: dict[str, str]) -> Brood:
        broods.append(Brood(warm, directory, secrets))
        return broods[-1]

    yield make
    for brood in broods:
        brood.close()
