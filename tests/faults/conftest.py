"""A small support desk on a real emulator, and Escalade as a real process that can be killed for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from escalade.demo.desk import demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator

ESCALADE = str(Path(sys.executable).with_name("escalade"))
_SECONDS = 120


@dataclass
class Bench:
    """The desk, and Escalade's settings that point at it."""

    emulator: RunningEmulator
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `escalade` as a process of its own."""
        command = [ESCALADE, *arguments, "--config", str(self.directory)]
        return subprocess.Popen(
            command, env={**os.environ, **self.environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run `escalade` to its end; exit code and everything that it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=_SECONDS)
        return process.returncode, output

    def sync(self, *arguments: str) -> tuple[int, str]:
        return self.run("sync", "--once", "--force", *arguments)

    def control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.emulator.url}/_emulator{path}", json=body, timeout=_SECONDS)
        assert answer.ok, answer.text
        return answer.json()

    @property
    def writes(self) -> int:
        """Write calls that the emulator has served, by its own count."""
        return int(self.control("GET", "/calls")["writes"])

    def pass_minutes(self, minutes: float) -> None:
        self.control("POST", "/advance", {"seconds": minutes * 60})

    def wait_until_held(self, process: subprocess.Popen[str]) -> bool:
        """Wait until a fault holds a request of the process; False when the process ended before."""
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if self.control("GET", "/held")["held"]:
                return True
            if process.poll() is not None:
                return False
            time.sleep(0.02)
        raise AssertionError("neither held nor ended")

    def kill(self, process: subprocess.Popen[str]) -> None:
        """kill -9."""
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
                    tuple(sorted(label for label in issue.fields.get("labels") or () if "escalade" not in label)),
                    len(issue.subtasks),
                    len(issue.remote_links),
                    sum(comment.author == jira.bot.account_id for comment in issue.comments),
                )
                for issue in jira.issues.values()
            )
            links = Counter(link.ticket_id for link in zendesk.links.values())
        return {"tickets": tickets, "work": work, "links": links}


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make benches with desks of their own; all start alike, at the present."""
    running: list[RunningEmulator] = []

    def make(*, tickets: int = 40, store: str | None = None, seed: int = 3) -> Bench:
        start = datetime.now(UTC).replace(microsecond=0)
        world = build_desk(seed=seed, start=start, tickets=tickets, organizations=8, linked=4)
        emulator = RunningEmulator(world)
        emulator.start()
        running.append(emulator)
        directory = tmp_path / f"bench-{len(running)}"
        directory.mkdir()
        demo_settings(directory, emulator.url)
        environment = {"DEMO_ZENDESK_TOKEN": "emulator-api-token", "DEMO_JIRA_TOKEN": "jira-token"}
        if store is not None:
            environment["ESCALADE_STORE"] = store
        return Bench(emulator, directory, environment)

    yield make
    for emulator in running:
        emulator.stop()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
