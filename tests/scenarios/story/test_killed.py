"""The story of an account at risk ends alike however often Escalade is killed while it is told."""

from __future__ import annotations

import os
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from escalade.drill.engine import Settled
from escalade.drill.house import CREDENTIALS
from escalade.drill.look import plain
from escalade.drill.scenario import Scenario

#: Forks a process of its own for every run, without importing everything again: one line in, pid and status out.
_FORKS = """
import os, sys
from datetime import datetime
from pathlib import Path
from escalade.app import open_app
from escalade.clock import ManualClock
from escalade.progress import QuietProgress
from escalade.settings import EnvironmentSecrets, load_settings
import sqlalchemy.dialects.sqlite, jira, zenpy

for line in sys.stdin:
    at, directory = line.split()
    child = os.fork()
    if child == 0:
        with open_app(load_settings(Path(directory) / "escalade.yaml"), ManualClock(datetime.fromisoformat(at))) as app:
            app.sync(QuietProgress()).once()
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Doomed:
    """An engine that runs Escalade in processes that are killed at random points of their work, then once in peace."""

    def __init__(self, seed: int, share: float) -> None:
        self.dice, self.share = random.Random(seed), share
        self.kills: Counter[str] = Counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FORKS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **CREDENTIALS},
        )

    def settle(self, stage: Any) -> Settled:
        """Runs a while apart, so that lost writes can be looked for; the last one is left in peace."""
        for _ in range(2):
            while self.dice.random() < self.share:
                doom = self.dice.choice((("calls", self.dice.randint(1, 20)), ("writes", self.dice.randint(1, 2))))
                self.run(stage, doom)
            self.run(stage, None)
            stage.pass_time(timedelta(seconds=100))
        self.run(stage, None)
        return Settled()

    def run(self, stage: Any, doom: tuple[str, int] | None) -> None:
        """One run; killed once so many calls, or writes, have reached the helpdesks, or a moment later."""
        log = stage.world.calls
        before = {"calls": log.total, "writes": log.writes}
        later = self.dice.uniform(0, 0.01)
        print(stage.now.isoformat(), stage.directory, file=self.process.stdin, flush=True)
        pid = int(self.process.stdout.readline())
        while not select.select([self.process.stdout], [], [], 0.0005)[0]:
            now = {"calls": log.total, "writes": log.writes}
            if doom is not None and now[doom[0]] - before[doom[0]] >= doom[1]:
                time.sleep(later)
                os.kill(pid, signal.SIGKILL)
                break
        killed = int(self.process.stdout.readline()) == signal.SIGKILL
        if killed:
            self.kills["writing" if log.writes > before["writes"] else "reading"] += 1

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def seen(stage: Any) -> dict[str, list[Any]]:
    """What people see in both helpdesks, without numbers of tickets, times of the day and minutes that are left."""

    def worded(text: str) -> str:
        return re.sub(r"\d\d:\d\d|\d+h \d+m|OPS-\d+|127\.0\.0\.1:\d+", "…", plain(text))

    zendesk = [
        (one.subject, one.status, one.priority, sorted(one.tags), [(c.public, worded(c.body)) for c in one.comments])
        for one in stage.world.zendesk.tickets.values()
    ]
    jira = [
        (
            *(str(one.fields.get(name)) for name in ("summary", "status", "duedate", "assignee")),
            sorted(label for label in one.fields["labels"] if not label.startswith("escalade-")),
            len(one.subtasks),
            [worded(comment.body) for comment in one.comments],
        )
        for one in stage.world.jira.issues.values()
    ]
    return {"zendesk": sorted(zendesk), "jira": sorted(jira)}


@pytest.fixture
def told(make_stage: Callable[..., Any], play: Callable[[Any], Any]) -> Callable[..., tuple[dict[str, Any], Any]]:
    """Tell a scenario by runs of which a share is killed: what people see then, and how many were killed at what."""

    def tell(scenario: Scenario, *, seed: int = 0, share: float = 0) -> tuple[dict[str, Any], Counter[str]]:
        doomed = Doomed(seed, share)
        try:
            stage = make_stage(scenario=scenario, engine=doomed)
            assert play(stage).misses == (), f"seed {seed}"
            return seen(stage), doomed.kills
        finally:
            doomed.close()

    return tell


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_the_story_goes_on_alike_when_escalade_is_killed_again_and_again(
    told: Callable[..., Any], scenario: Scenario
) -> None:
    """Its first chapters, killed some dozen times; with STORY_SEEDS=3 all of it, three times over."""
    seeds = int(os.environ.get("STORY_SEEDS", "0"))
    story = scenario if seeds else replace(scenario, chapters=scenario.chapters[:2])
    calm, _ = told(story)
    kills = Counter[str]()
    for seed in range(1, 1 + (seeds or 1)):
        there, killed = told(story, seed=seed, share=0.6)
        kills += killed
        assert there == calm, f"seed {seed}"
    print(f"killed {kills.total()} times, {kills['writing']} of them after a write")
    assert kills["writing"] >= 5
