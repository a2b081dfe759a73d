"""A small support desk on a real emulator, and Escalade as a real process that can be killed for real.

Escalade's clock is the bench's: what is open, late or due must not depend on when the tests run. It goes on by itself,
and jumps over what Escalade would sleep through. `call` runs the same command inside the test's own process, where
starting one would show nothing more.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner
from warm import Warm, WarmProcess

from connectors.http import HttpSession
from connectors.jira.helpdesk import JiraHelpdesk
from connectors.limiter import Limiter
from escalade.cli import cli
from escalade.clock import SystemClock
from escalade.demo.desk import JIRA_LOGIN, ZENDESK_LOGIN, demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator
from escalade.logs import log

_SECONDS = 120
#: A Wednesday in the office hours of the starter policy.
START = datetime(2026, 3, 4, 10, tzinfo=UTC)

#: Gives a process of Escalade the clock of the test, before anything of it has taken hold of the machine's.
_CLOCK = """
import time
from datetime import datetime, timedelta

runs, skipped = time.monotonic, 0.0

def skip(seconds):
    global skipped
    skipped += seconds

time.sleep = skip
time.monotonic = lambda: runs() + skipped

def begin(now):
    from escalade.clock import SystemClock

    start, began = datetime.fromisoformat(now), runs()
    SystemClock.now = lambda _self: start + timedelta(seconds=time.monotonic() - began)
"""
_SECRETS = [
    secret
    for login in (ZENDESK_LOGIN, JIRA_LOGIN)
    for secret in (login[1], base64.b64encode(":".join(login).encode()).decode())
]

#: Shorter words may be anybody's.
_TELLING = 12


@dataclass
class BenchClock:
    """Goes on by itself, jumps over sleeps, and is moved by tests."""

    skipped: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def sleep(self, seconds: float) -> None:
        self.skipped += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - self.began)


@dataclass
class Bench:
    """The desk, and Escalade's settings that point at it."""

    emulator: RunningEmulator
    directory: Path
    clock: BenchClock
    warm: Warm
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> WarmProcess:
        """Start `escalade` as a process of its own."""
        return self.warm.start(
            [*arguments, "--config", str(self.directory)],
            environment={**os.environ, **self.environment},
            prelude={"now": self.clock.now().isoformat()},
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run `escalade` to its end; exit code and everything that it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=_SECONDS)
        self._is_fit_for_people(output)
        return process.returncode, output

    def sync(self, *arguments: str) -> tuple[int, str]:
        return self.run("sync", "--once", "--force", *arguments)

    def call(self, *arguments: str) -> tuple[int, str]:
        """Run `escalade` inside this process; exit code and everything that it printed, white space joined."""
        command = [*(arguments or ("sync", "--once", "--force")), "--config", str(self.directory)]
        with pytest.MonkeyPatch.context() as patch:
            self._set_clock(patch)
            patch.setattr(log, "_lines", None)
            log.open(Path(self.environment["ESCALADE_LOG"]))
            for name in ("DEMO_ZENDESK_TOKEN", "DEMO_JIRA_TOKEN", "ESCALADE_STORE"):
                patch.delenv(name, raising=False)
            result = CliRunner().invoke(cli, command, env=self.environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        self._is_fit_for_people(result.output)
        return result.exit_code, re.sub(r"\s+", " ", result.output)

    def _set_clock(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(SystemClock, "now", lambda _: self.clock.now())
        patch.setitem(HttpSession.__init__.__kwdefaults__, "sleep", self.clock.sleep)
        for part, ticks in ((JiraHelpdesk, "ticks"), (Limiter, "clock")):
            patch.setitem(part.__init__.__kwdefaults__, "sleep", self.clock.sleep)
            patch.setitem(part.__init__.__kwdefaults__, ticks, self.clock.monotonic)

    @property
    def log(self) -> str:
        """What Escalade has logged."""
        file = Path(self.environment["ESCALADE_LOG"])
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def _is_fit_for_people(self, output: str) -> None:
        assert "Traceback" not in output, output
        assert "Internal error" not in output, output + self.log
        logged = self.log
        for secret in _SECRETS:
            assert secret not in output + logged
        assert not [words for words in self._customer_words() if words in logged], "the log holds what customers wrote"

    def _customer_words(self) -> Iterator[str]:
        """Everything that customers wrote in either helpdesk, their names and their addresses."""
        world = self.emulator.world
        with world.lock:
            for user in world.zendesk.users.values():
                if not user.is_agent:
                    yield from (word for word in (user.name, user.email) if word)
            for ticket in world.zendesk.tickets.values():
                ours = (world.zendesk.bot.id,)
                said = [comment.body for comment in ticket.comments if comment.author_id not in ours]
                yield from (words for words in (ticket.subject, *said) if len(words) >= _TELLING)
            for issue in world.jira.issues.values():
                said = [comment.body for comment in issue.comments if comment.author != world.jira.bot.account_id]
                yield from (str(words) for words in said if len(str(words)) >= _TELLING)

    def fault(self, kind: str, method: str, path: str, *, times: int = 1, nth: int = 1, **params: Any) -> None:
        """Let the n-th such request and `times` in all (0 = every one from there) meet a fault."""
        match = {"method": method, "path_regex": path, "nth": nth, "times": times}
        self.control("POST", "/faults", {"kind": kind, "match": match, "params": params})

    def mend(self) -> None:
        """End all faults, and let the time pass that Escalade may wait."""
        self.control("DELETE", "/faults")
        self.pass_minutes(65)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the settings or the policy."""
        path = self.directory / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.emulator.url}/_emulator{path}", json=body, timeout=_SECONDS)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    @property
    def writes(self) -> int:
        """Write calls that the emulator has served, by its own count."""
        return int(self.emulator.world.calls.writes)

    def written(self) -> dict[str, int]:
        """Write calls by method and path, whatever came of them."""
        counts: dict[str, int] = self.emulator.world.calls.counts()
        reads = ("GET ", "POST /rest/api/2/search", "POST /rest/api/2/issue/bulkfetch")
        return {call: count for call, count in counts.items() if not call.startswith(reads)}

    def pass_minutes(self, minutes: float) -> None:
        self.clock.sleep(minutes * 60)
        self.control("POST", "/advance", {"seconds": minutes * 60})

    def wait_until_held(self, process: WarmProcess) -> bool:
        """Wait until a fault holds a request of the process; False when the process ended before."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if self.emulator.world.faults.held:
                return True
            if process.poll() is not None:
                return False
            time.sleep(0.02)
        raise AssertionError("neither held nor ended")

    def kill(self, process: WarmProcess) -> None:
        """Kill it as `kill -9` does."""
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=_SECONDS)

    def seen(self) -> dict[str, Any]:
        """What people see in both helpdesks, without the words that tell the time."""
        zendesk, jira = self.emulator.world.zendesk, self.emulator.world.jira
        with self.emulator.world.lock:
            groups = {group.id: group.name for group in zendesk.groups.values()}
            tickets = {
                ticket.id: (
                    ticket.status,
                    ticket.priority,
                    groups.get(ticket.group_id or 0),
                    tuple(sorted(ticket.tags)),
                    sum(comment.author_id == zendesk.bot.id for comment in ticket.comments),
                )
                for ticket in zendesk.tickets.values()
            }
            work = Counter(
                (
                    issue.fields["summary"],
                    issue.fields["status"],
                    tuple(sorted(label for label in issue.fields.get("labels") or () if "escalade" not in label)),
                    len(issue.subtasks),
                    len(issue.remote_links),
                    sum(comment.author == jira.bot.account_id for comment in issue.comments),
                )
                for issue in jira.issues.values()
            )
            links = Counter(link.ticket_id for link in zendesk.links.values())
        return {"tickets": tickets, "work": work, "links": links}


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Starts processes of Escalade on the clocks of benches."""
    waiting = Warm(_CLOCK)
    yield waiting
    waiting.close()


@pytest.fixture
def make_bench(tmp_path: Path, warm: Warm) -> Iterator[Callable[..., Bench]]:
    """Make benches with desks of their own; all start alike, at the present."""
    running: list[RunningEmulator] = []

    def make(*, tickets: int = 40, store: str | None = None, seed: int = 3, linked: int = 4) -> Bench:
        world = build_desk(seed=seed, start=START, tickets=tickets, organizations=8, linked=linked)
        emulator = RunningEmulator(world)
        emulator.start()
        running.append(emulator)
        directory = tmp_path / f"bench-{len(running)}"
        directory.mkdir()
        demo_settings(directory, emulator.url)
        log = directory / "escalade.log"
        environment = {
            "DEMO_ZENDESK_TOKEN": ZENDESK_LOGIN[1],
            "DEMO_JIRA_TOKEN": JIRA_LOGIN[1],
            "ESCALADE_LOG": str(log),
        }
        if store is not None:
            environment["ESCALADE_STORE"] = store
        return Bench(emulator, directory, BenchClock(), warm, environment)

    yield make
    for emulator in running:
        emulator.stop()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture(autouse=True)
def _loaded_once(policies_loaded_once: None) -> None:
    """Most tests run several times under one policy."""
