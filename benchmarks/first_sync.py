"""The first sync of a large account: memory, time, and calls against the fewest that the page sizes allow.

    python benchmarks/first_sync.py

`escalade sync --once` runs as a process of its own against the emulator in another one, on a new SQLite file, with the
starter policy. The brakes stop the reading runs before their first write, as they would with a real backlog; what
writing costs is counted on a small account, with --force.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import requests
import yaml
from replay import emulator
from section import Measure, Section, show, table

from escalade.demo.desk import ZENDESK_LOGIN
from escalade.settings import FILE_NAME, starter_directory

ESCALADE = str(Path(sys.executable).with_name("escalade"))
MOST_MEMORY = 300
#: In MB, what ten times the tickets may take more: caches that fill up to their fixed size, and the allocator's noise.
GROWTH = 20
MOST_CALLS = 1.05
PAGE = 1000
TICKETS = "GET /api/v2/incremental/tickets/cursor"
EVENTS = "GET /api/v2/incremental/ticket_events"
LINKS = "GET /api/v2/jira/links"
#: Once each: who we are, and what the account calls its groups, agents and fields.
WORDS = ("GET /api/v2/users/me", "GET /api/v2/groups", "GET /api/v2/users", "GET /api/v2/ticket_fields")
READ = ("GET /api/v2/tickets/show_many", "GET /api/v2/tickets/{id}/comments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One first sync."""

    tickets: int
    seconds: float
    #: Peak memory, in MB.
    peak: float
    #: As the emulator counted them.
    calls: Mapping[str, int]
    #: The fewest that the page sizes allow.
    fewest: Mapping[str, int]
    writes: int

    @property
    def excess(self) -> float:
        """Calls as a multiple of the fewest."""
        return sum(self.calls.values()) / sum(self.fewest.values())


def settings(directory: Path, url: str, backlog: str) -> None:
    """Lay out the starter policy for Zendesk alone, and settings without limits: the emulator has none."""
    for file in starter_directory().glob("*.yaml"):
        if file.name != FILE_NAME:
            (directory / file.name).write_bytes(file.read_bytes())
    tiers = yaml.safe_load((directory / "tiers.yaml").read_text(encoding="utf-8"))
    for tier in tiers["tiers"]:
        # There is no tracker to open remediation work in.
        tier.pop("remediation", None)
    (directory / "tiers.yaml").write_text(yaml.safe_dump(tiers), encoding="utf-8")
    # … nor to keep records of accounts in.
    (directory / "account-escalations.yaml").unlink()
    rules = yaml.safe_load((directory / "rules.yaml").read_text(encoding="utf-8"))
    rules["rules"] = [rule for rule in rules["rules"] if {"helpdesk": "jira"} not in rule["when"].get("all", ())]
    (directory / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    zendesk: dict[str, Any] = {
        "vendor": "zendesk",
        "url": url,
        "auth": {"email": ZENDESK_LOGIN[0].removesuffix("/token"), "token_env": "BENCHMARK_TOKEN"},
        "fields": {name: name for name in ("impact", "urgency", "escalation_tier", "product")},
        "product_field": "product",
        "tracker": "jira",
        "budget": {"share": 1},
        "exports_per_minute": 6000,
        "updates_per_minute": 60_000,
    }
    found = {"version": 1, "store": "sqlite:///escalade.db", "policy": ".", "helpdesks": {"zendesk": zendesk}}
    found["backlog"] = backlog
    (directory / FILE_NAME).write_text(yaml.safe_dump(found), encoding="utf-8")


def sync(directory: Path, *options: str, command: str = "sync") -> tuple[float, float, str]:
    """Run `escalade sync`, or another command; seconds, peak memory in MB, and what it said."""
    line = [ESCALADE, command, "--config", str(directory), *options]
    environment = {**os.environ, "BENCHMARK_TOKEN": ZENDESK_LOGIN[1]}
    said = directory / "said"
    begin = perf_counter()
    with said.open("wb") as output:
        process = subprocess.Popen(line, env=environment, stdout=output, stderr=subprocess.STDOUT)
        # Of this child alone; the peak of a dead process can be had in no other way.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return perf_counter() - begin, usage.ru_maxrss / 1024, said.read_text(encoding="utf-8")


def first_sync(tickets: int, *options: str, expected: str) -> Run:
    """Sync an account of so many tickets for the first time."""
    with emulator(f"big:{tickets}") as url, tempfile.TemporaryDirectory() as folder:
        account = _ask(url, "state")["zendesk"]
        settings(Path(folder), url, "write")
        seconds, peak, said = sync(Path(folder), *options)
        if expected not in said:
            raise RuntimeError(f"escalade sync did not say {expected!r}, but: {said}")
        calls = _ask(url, "calls")
    fewest = {
        TICKETS: math.ceil(account["tickets"] / PAGE),
        EVENTS: math.ceil(account["audits"] / PAGE),
        LINKS: max(1, math.ceil(account["links"] / PAGE)),
        **dict.fromkeys(WORDS, 1),
    }
    return Run(
        tickets=tickets,
        seconds=seconds,
        peak=peak,
        calls=calls["counts"],
        fewest=fewest,
        writes=calls["writes"],
    )


def adoption(tickets: int) -> tuple[float, float, int]:
    """Adopt an account of so many tickets, and run once after it: seconds of each, and writes to the helpdesk."""
    with emulator(f"big:{tickets}") as url, tempfile.TemporaryDirectory() as folder:
        settings(Path(folder), url, "ask")
        adopting, _, told = sync(Path(folder), command="adopt")
        if "Took note of the" not in told:
            raise RuntimeError(f"escalade adopt said: {told}")
        after, _, said = sync(Path(folder))
        if "0 writes to 0 tickets" not in said:
            raise RuntimeError(f"escalade sync said: {said}")
        return adopting, after, int(_ask(url, "calls")["writes"])


def _ask(url: str, what: str) -> dict[str, Any]:
    answer = requests.get(f"{url}/_emulator/{what}", timeout=120)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def memory(runs: list[Run]) -> str:
    """The runs as a table."""
    rows = [
        (
            f"{run.tickets:,}",
            f"{run.seconds:,.0f} s",
            f"{run.tickets / run.seconds:,.0f}",
            f"{run.peak:,.0f} MB",
            f"{sum(run.calls.values()):,}",
            f"{sum(run.fewest.values()):,}",
            f"{run.writes:,}",
        )
        for run in runs
    ]
    return table(("tickets", "time", "tickets/s", "peak memory", "calls", "fewest possible", "writes"), rows)


def calls_of(run: Run) -> str:
    """The calls of a run as a table."""
    names = sorted({*run.calls, *run.fewest}, key=lambda name: -run.calls.get(name, 0))
    rows = [(f"`{name}`", f"{run.calls.get(name, 0):,}", f"{run.fewest.get(name, 0):,}") for name in names]
    return table((f"call, {run.tickets:,} tickets", "made", "fewest possible"), rows)


def writing_calls(run: Run) -> str:
    """What each written ticket costs, as a table."""
    beyond = {name: count - run.fewest.get(name, 0) for name, count in run.calls.items()}
    rows = [(f"`{name}`", f"{count:,}") for name, count in sorted(beyond.items()) if count > 0]
    return table((f"call, besides reading, {run.tickets:,} tickets written to", "made"), rows)


def measure(*, quick: bool) -> Section:
    """Measure first syncs."""
    sizes = (150, 300) if quick else (10_000, 30_000, 100_000)
    runs = [first_sync(size, expected="This run would write to") for size in sizes]
    forced = first_sync(50 if quick else 500, "--force", expected="writes to")
    backlog = 150 if quick else 50_000
    adopting, after, written = adoption(backlog)
    before, largest = runs[0], runs[-1]
    growth = largest.peak - before.peak
    return Section(
        title="First sync",
        body="`escalade sync --once` on a new SQLite file, starter policy, the whole process with its start-up. The "
        "brakes refuse to write to a backlog of this size: these runs read and decide. What writing adds comes last. "
        "Memory includes SQLite's page cache, 8 MB once the database is that large."
        f"\n\n{memory(runs)}\n\n{calls_of(largest)}\n\n{writing_calls(forced)}\n\n`escalade adopt` "
        f"on {backlog:,} tickets took {adopting:,.0f} s with reading them, and the run after it {after:,.0f} s.",
        measures=(
            Measure(
                text=f"peak memory of {largest.tickets:,} tickets under {MOST_MEMORY} MB",
                found=f"{largest.peak:,.0f} MB",
                met=largest.peak < MOST_MEMORY,
            ),
            Measure(
                text="memory does not grow with the number of tickets: "
                f"from {before.tickets:,} to {largest.tickets:,} by at most {GROWTH} MB",
                found=f"{growth:+,.0f} MB",
                met=growth <= GROWTH,
            ),
            Measure(
                text="API calls within 5 % of the fewest that the page sizes allow",
                found=f"{largest.excess - 1:+.1%}",
                met=largest.excess <= MOST_CALLS,
            ),
            Measure(
                text=f"adopting a backlog of {backlog:,} tickets, and the run after it, write nothing",
                found=f"{written} writes",
                met=written == 0,
            ),
        ),
        figures={"peak": largest.peak, "growth": growth, "excess": largest.excess},
    )


if __name__ == "__main__":
    show(measure)
