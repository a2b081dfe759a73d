"""One telling of one act: Escalade runs as its own command does, on a clock that jumps over what it would sleep through."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from columns import Column, Row
from house import CUSTOMER_WORDS, PLANTED, START, House, Plot
from lines import Lines, Spot
from spare import Spare
from stores import Stores
from typer.testing import CliRunner

from connectors import channel
from connectors.base import Intent, Write
from connectors.http import HttpSession
from connectors.jira.helpdesk import JiraHelpdesk
from connectors.limiter import Limiter
from escalade import app
from escalade.cli import cli
from escalade.clock import SystemClock
from escalade.emulator.routing import Router
from escalade.emulator.server import RunningEmulator
from escalade.emulator.vendors import all_vendors
from escalade.logs import log
from escalade.store.sql import SqlStore
from rules.journal import JournalEntry
from rules.ledger import Ledger
from rules.load import load_policy

#: Longest that an answer is waited for (seconds of real time).
READ_TIMEOUT = 1.5
#: Runs after the disturbed one, until nothing is left to do.
MOST_RUNS = 6
ROUTER = Router([route for vendor in all_vendors() for route in vendor.routes])


#: What the writes of the present run are for, in the order of their intents.
INTENDED: list[str] = []


@dataclass
class JumpingClock:
    """Goes on by itself, and jumps over sleeps."""

    skipped: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self.skipped += seconds

    def ticks(self) -> float:
        """Seconds, never running backwards."""
        return time.monotonic() + self.skipped

    def now(self) -> datetime:
        """The present of the story."""
        return START + timedelta(seconds=self.ticks() - self.began)

    def rule(self) -> None:
        """Let everything in this process go by this clock."""
        SystemClock.now = lambda _: self.now()  # type: ignore[method-assign]
        for part, ticks in ((HttpSession, ""), (JiraHelpdesk, "ticks"), (Limiter, "clock")):
            known: dict[str, Any] = part.__init__.__kwdefaults__  # type: ignore[misc]
            known |= {"sleep": self.sleep, **({ticks: self.ticks} if ticks else {})}


def be_quick() -> None:
    """Wait for no answer of a channel for long, read each policy once, and work out once what stores can share."""
    sys.path.append(str(Path(__file__).parents[1] / "support"))
    from shortcuts import shorten

    shorten(pytest.MonkeyPatch())

    def session(**known: Any) -> HttpSession:
        return HttpSession(**{**known, "timeout": (READ_TIMEOUT, READ_TIMEOUT)})

    channel.HttpSession = session  # type: ignore[assignment,misc]
    loaded: dict[frozenset[tuple[str, str]], Any] = {}

    def load_once(files: Mapping[str, str]) -> Any:
        key = frozenset(files.items())
        if key not in loaded:
            loaded[key] = load_policy(files)
        return loaded[key]

    app.load_policy = load_once
    begin = SqlStore.begin

    def noted(store: SqlStore, ledger: Ledger, intents: Sequence[Intent], entries: Sequence[JournalEntry]) -> None:
        begin(store, ledger, intents, entries)
        INTENDED.extend(purpose_of(intent.write) for intent in intents)

    SqlStore.begin = noted  # type: ignore[method-assign]


def purpose_of(write: Write) -> str:
    """What a write is for, in the words of the code."""
    return f"{write.kind}: {', '.join(sorted({type(change).__name__ for change in write.changes}))}"


@dataclass(frozen=True, kw_only=True)
class Called:
    """A call that would change something."""

    method: str
    path: str
    template: str
    vendor: str
    status: int
    #: In which run of the act it came; the first is 0.
    run: int
    #: What it was for: the kind of the write, and of the changes in it.
    purpose: str


@dataclass
class Told:
    """What became of one telling."""

    seen: Counter[str] = field(default_factory=Counter)
    #: Calls that would change something, as they came.
    calls: list[Called] = field(default_factory=list)
    #: Calls that changed something.
    writes: int = 0
    #: Exit codes of the runs.
    codes: list[int] = field(default_factory=list)
    #: The fault struck.
    struck: bool = True
    #: What is wrong whatever was seen.
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    #: Only of a telling that is followed: where the runs were between intents and outcomes, a list a run.
    spots: list[list[Spot]] = field(default_factory=list)


class Telling:
    """Escalade in one house, with a directory and a store of its own."""

    def __init__(self, house: House, clock: JumpingClock, directory: Path, store: str) -> None:
        self.house, self.clock, self.directory = house, clock, directory
        self.emulator = RunningEmulator(house.world)
        self.environment = {
            "ZENDESK_TOKEN": PLANTED[1],
            "JIRA_TOKEN": PLANTED[2],
            "ROOM_URL": f"{self.emulator.url}/room/{PLANTED[3]}",
            "HOOK_SECRET": PLANTED[4],
            "ESCALADE_LOG": str(directory / "escalade.log"),
        }
        known = {"settle_after": 90, "poll_every": 60, "port": 0, "admin_port": 0, "overlap": 300}
        house.settle_in(directory, self.emulator.url, store=store, workers=1, read_timeout=READ_TIMEOUT, **known)
        self.arguments = ["sync", "--once", "--force", "--config", str(directory)]
        self.told = Told()
        self._counted, self._said, self._follows = 0, "", False
        self._purposes: Iterator[str] = iter(())

    def follow(self) -> Told:
        """Tell the act, and keep where it was, line by line."""
        self._follows = True
        return self.tell()

    def tell_until(self, run: int, spot: Spot) -> Told:
        """Tell the act, killed at a line of one of its runs, and then until nothing is left to do."""
        lines = Lines(spot)

        def before(skipped: float) -> None:
            self.clock.skipped = skipped
            lines.begin()

        spare = Spare(self.arguments, self.environment, self.directory, before)
        self.house.world.calls.reset()
        with self.emulator:
            for _ in range(run):
                self.run()
                self.pass_minutes(11)
            spare.go(self.clock.skipped)
            self.told.struck = spare.wait() == -signal.SIGKILL
            self.told.wrong += spare.complaints()
            self.pass_minutes(65)
            self._settle()
        self.told.seen = self.house.seen()
        self._look_for_leaks()
        return self.told

    def tell(self, row: Row | None = None, column: Column | None = None) -> Told:
        """Tell the act, disturbed or not, until nothing is left to do."""
        began = time.monotonic()
        world = self.house.world
        spare = (
            Spare(self.arguments, self.environment, self.directory, self._set_clock)
            if column is not None and column.kills
            else None
        )
        world.calls.reset()
        self.emulator.start()
        try:
            if row is not None and column is not None:
                for _ in range(row.run):
                    self.run()
                    self.pass_minutes(11)
                self._disturbed(row, column, spare)
            self._settle()
        finally:
            self.emulator.stop()
        self.told.seen = self.house.seen()
        self._look_for_leaks()
        self.told.seconds = time.monotonic() - began
        return self.told

    def _disturbed(self, row: Row, column: Column, spare: Spare | None) -> None:
        faults = self.house.world.faults
        column.strike(faults, row, self.clock.now())
        if spare is not None:
            self._killed(spare)
        else:
            self.run()
        self.told.struck = any(fault.fired for fault in faults.all())
        faults.clear()
        faults.release(drop=not column.late and column.kind == "hold_before")
        # What was let go is carried out by another thread.
        time.sleep(0.02 if column.late else 0)
        self.pass_minutes(65)

    def _killed(self, spare: Spare) -> None:
        """Kill Escalade as soon as its request is held."""
        spare.go(self.clock.skipped)
        while not self.house.world.faults.held and not spare.is_over:
            time.sleep(0.002)
        spare.kill(signal.SIGKILL)
        self.told.wrong += spare.complaints()

    def _set_clock(self, skipped: float) -> None:
        self.clock.skipped = skipped

    def _settle(self) -> None:
        """Run until a run writes nothing and all is well."""
        for _ in range(MOST_RUNS):
            before = self.house.world.calls.writes
            code = self.run()
            self.pass_minutes(11)
            if code == 0 and self.house.world.calls.writes == before:
                break
        else:
            self.told.wrong.append(f"it does not come to rest: {self._said}")
        self.told.writes = self.house.world.calls.writes

    def run(self) -> int:
        """Run Escalade inside this process."""
        INTENDED.clear()
        log._lines = None
        log.open(Path(self.environment["ESCALADE_LOG"]))
        with self._followed():
            result = CliRunner().invoke(cli, self.arguments, env=self.environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            self.told.wrong.append(f"crashed: {result.exception!r}")
        self.told.wrong += complaints(result.output)
        self._said = " ".join(result.output.split())[-600:]
        self._purposes = iter(INTENDED)
        self._count_calls()
        self.told.codes.append(result.exit_code)
        return result.exit_code

    @contextmanager
    def _followed(self) -> Iterator[None]:
        if not self._follows:
            yield
            return
        lines = Lines()
        lines.begin()
        yield
        lines.end()
        self.told.spots.append(list(lines.spots))

    def pass_minutes(self, minutes: float) -> None:
        """Let time pass for everybody."""
        self.clock.sleep(minutes * 60)
        with self.house.world.lock:
            self.house.world.clock.advance(minutes * 60)

    def _count_calls(self) -> None:
        for call in list(self.house.world.calls.requests)[self._counted :]:
            self._counted += 1
            found = ROUTER.find(call.method, call.path)
            if found is not None and found[0].write:
                route = found[0]
                place = {"method": call.method, "path": call.path, "template": route.template, "vendor": route.vendor}
                purpose = next(self._purposes, "unknown")
                run = len(self.told.codes)
                self.told.calls.append(Called(**place, status=call.status, run=run, purpose=purpose))

    def _look_for_leaks(self) -> None:
        logged = Path(self.environment["ESCALADE_LOG"])
        text = logged.read_text(encoding="utf-8") if logged.exists() else ""
        self.told.wrong += complaints(text)
        self.told.wrong += [
            f"the log holds what a customer wrote: {words}" for words in CUSTOMER_WORDS if words in text
        ]


def rehearse(plot: Plot, stores: Stores) -> None:
    """Tell the first act once for nobody: tellings that are forked afterwards have read and compiled what they need."""
    house, clock = House(plot), JumpingClock()
    clock.rule()
    house.people_act(0)
    clock.sleep(120)
    house.world.clock.advance(120)
    with tempfile.TemporaryDirectory() as directory:
        url = stores.spare(Path(directory))
        Telling(house, clock, Path(directory), url).tell()
        stores.drop(url)


def complaints(text: str) -> list[str]:
    """What nobody should ever read."""
    found = [f"a secret is told: {secret}" for secret in PLANTED if secret in text]
    for word in ("Traceback", "Internal error", "visit.crashed"):
        if word in text:
            at = text.index(word)
            found.append(f"{word} is told: {text[max(0, at - 300) : at + 900]}")
    return found
