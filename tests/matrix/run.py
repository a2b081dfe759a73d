"""The matrix: every kind of write that Escalade knows × everything that can go wrong with it. `make matrix` runs it whole.

Each cell is a telling of one act of the story of house.py in which one write of it meets one fault. What people see in
the end has to be what they see when nothing went wrong: nothing is lost, nothing is there twice.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from columns import COLUMNS, Column, Row
from completeness import missing
from forks import forked, parted
from house import ACTS, PLOTS, House, Plot
from lines import Spot
from sqlalchemy import make_url
from stores import Databases, Files, Stores
from telling import JumpingClock, Telling, Told, be_quick, rehearse
from tolerance import differences

_numbers = itertools.count()


@dataclass
class Tally:
    """What came out."""

    cells: int = 0
    struck: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    #: The kinds of writes that were met so far: each is disturbed in the first plot that has it.
    known: set[str] = field(default_factory=set)
    written: set[tuple[str, str]] = field(default_factory=set)
    #: Lines of the code at which it was killed at least once.
    lines: set[tuple[str, int]] = field(default_factory=set)
    rows: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Death:
    """A line at which Escalade is killed: in which run of an act, and what it was writing."""

    act: int
    run: int
    purpose: str
    spot: Spot


class Drama:
    """One plot on one kind of store, act by act."""

    def __init__(self, plot: Plot, stores: Stores, home: Path, at_once: int, tally: Tally) -> None:
        self.house, self.clock = House(plot), JumpingClock()
        self.clock.rule()
        self.plot, self.stores, self.home, self.at_once, self.tally = plot, stores, home, at_once, tally

    def play(self, choose: Callable[[list[tuple[Row, Column]]], list[tuple[Row, Column]]]) -> None:
        """Tell every act once for each chosen cell, then calmly."""
        for act in range(ACTS):
            self._begin(act)
            ((_, calm),) = forked([self._telling], 1)
            if isinstance(calm, str) or calm.wrong:
                raise SystemExit(f"{self.plot.name}, act {act}, without trouble: {calm}")
            rows = [row for row in rows_of(act, calm) if row.name not in self.tally.known]
            rows = list({row.name: row for row in reversed(rows)}.values())[::-1]
            self.tally.known.update(row.name for row in rows)
            self.tally.written.update((row.method, row.template) for row in rows)
            cells = choose([(row, column) for row in rows for column in COLUMNS if column.fits(row)])
            jobs = [partial(self._telling, row, column) for row, column in cells]
            for number, told in forked(jobs, self.at_once):
                self._judge(calm, told, *cells[number])
            self._go_on()
            print(f"{self.plot.name}, act {act}: {len(rows)} writes, {len(cells)} cells told", flush=True)

    def kill(self, choose: Callable[[list[Death]], list[Death]]) -> None:
        """Tell every act once for each chosen line, killed there, then calmly."""
        for act in range(ACTS):
            self._begin(act)
            ((_, calm),) = forked([partial(self._in_copy, Telling.follow)], 1)
            if isinstance(calm, str) or calm.wrong:
                raise SystemExit(f"{self.plot.name}, act {act}, without trouble: {calm}")
            lines = list(self._deaths(act, calm))
            deaths = choose(lines)
            jobs = [partial(self._in_copy, partial(Telling.tell_until, run=d.run, spot=d.spot)) for d in deaths]
            for number, told in forked(jobs, self.at_once):
                self._judge_death(calm, told, deaths[number])
            self._go_on()
            print(f"{self.plot.name}, act {act}: killed at {len(deaths)} of {len(lines)} lines", flush=True)

    def _deaths(self, act: int, calm: Told) -> Iterator[Death]:
        """Every line of the first write of each kind."""
        for run, spots in enumerate(calm.spots):
            purposes = [call.purpose + f" in {call.vendor}" for call in calm.calls if call.run == run]
            fresh = {
                number
                for number, one in enumerate(purposes)
                if one not in purposes[:number] and one not in self.tally.known
            }
            self.tally.known.update(purposes)
            for spot in spots:
                if spot.write in fresh:
                    yield Death(act, run, purposes[spot.write], spot)

    def _judge_death(self, calm: Told, told: Told | str, death: Death) -> None:
        tally = self.tally
        tally.cells += 1
        where = f"{self.plot.name}, act {death.act}: {death.purpose}, killed at {death.spot}"
        if isinstance(told, str):
            tally.failed.append(f"{where}: {told}")
        else:
            tally.struck += told.struck
            wrong = [*told.wrong, *differences(calm.seen, told.seen, [(death.purpose, "killed")])]
            if wrong:
                tally.failed.append("\n    ".join([f"{where}: exit codes {told.codes}", *wrong]))
            else:
                return
        print(f"FAILED {tally.failed[-1]}", flush=True)

    def _begin(self, act: int) -> None:
        """People act; what they do shows in Zendesk's exports a minute later."""
        self.house.people_act(act)
        self.clock.sleep(120)
        self.house.world.clock.advance(120)

    def _in_copy(self, tell: Callable[[Telling], Told]) -> Told:
        directory = self.home / f"{os.getpid()}"
        directory.mkdir()
        url = self.stores.copy(directory)
        try:
            return tell(Telling(self.house, self.clock, directory, url))
        finally:
            self.stores.drop(url)
            shutil.rmtree(directory)

    def _telling(self, row: Row | None = None, column: Column | None = None) -> Told:
        return self._in_copy(lambda telling: telling.tell(row, column))

    def _go_on(self) -> None:
        directory = self.home / f"calm-{next(_numbers)}"
        directory.mkdir()
        told = Telling(self.house, self.clock, directory, self.stores.url()).tell()
        if told.wrong:
            raise SystemExit(f"{self.plot.name}, without trouble: {told.wrong}")

    def _judge(self, calm: Told, told: Told | str, row: Row, column: Column) -> None:
        tally = self.tally
        tally.cells += 1
        tally.rows.add(row.name)
        tally.columns.add(column.name)
        where = f"{self.plot.name}, act {row.act}: {row.name} × {column.name}"
        if isinstance(told, str):
            tally.failed.append(f"{where}: {told}")
            print(f"FAILED {tally.failed[-1]}", flush=True)
            return
        tally.struck += told.struck
        tally.seconds += told.seconds
        wrong = [*told.wrong, *([] if told.struck else ["the fault did not strike"])]
        wrong += differences(calm.seen, told.seen, [(row.purpose, column.name)])
        if wrong:
            runs = f"exit codes {told.codes}, {told.writes} writes for {calm.writes}"
            tally.failed.append("\n    ".join([f"{where}: {runs}", *wrong]))
            print(f"FAILED {tally.failed[-1]}", flush=True)


def rows_of(act: int, calm: Told) -> Iterator[Row]:
    """Every write of an act."""
    times: Counter[tuple[str, str, int]] = Counter()
    for call in calm.calls:
        times[call.method, call.path, call.run] += 1
        place = {"method": call.method, "path": call.path, "template": call.template, "vendor": call.vendor}
        nth = times[call.method, call.path, call.run]
        yield Row(act=act, nth=nth, run=call.run, purpose=call.purpose, **place)


def whole(cells: list[tuple[Row, Column]]) -> list[tuple[Row, Column]]:
    """Every cell."""
    return cells


def sampled(seed: int, share: float) -> Callable[[list[tuple[Row, Column]]], list[tuple[Row, Column]]]:
    """So many of the cells, every row and every column at least once."""
    dice = random.Random(seed)
    had: set[str] = set()

    def choose(cells: list[tuple[Row, Column]]) -> list[tuple[Row, Column]]:
        shuffled = dice.sample(cells, len(cells))
        chosen: list[tuple[Row, Column]] = []
        for row, column in shuffled:
            if {f"{row.template}", column.name} - had or dice.random() < share:
                had.update({f"{row.template}", column.name})
                chosen.append((row, column))
        return chosen

    return choose


def _told(tally: Tally, *, lines: bool) -> str:
    """How much was told."""
    if lines:
        return f"killed at {tally.cells} lines"
    return f"{tally.cells} cells ({len(tally.rows)} kinds of writes × {len(tally.columns)} faults)"


def _telling_deaths(deaths: Sequence[Death], lines: set[tuple[str, int]]) -> list[Death]:
    """Those that stand for all: the first and the last after each lasting step, and each line of the code once."""
    chosen: dict[Death, None] = {}
    for _, group in itertools.groupby(deaths, key=lambda death: (death.run, death.spot.write, death.spot.after)):
        alike = list(group)
        chosen |= dict.fromkeys((alike[0], alike[-1]))
        lines.update((death.spot.file, death.spot.line) for death in (alike[0], alike[-1]))
    for death in deaths:
        if (death.spot.file, death.spot.line) not in lines:
            lines.add((death.spot.file, death.spot.line))
            chosen[death] = None
    return list(chosen)


def _some_deaths(deaths: list[Death], only: str, share: float, dice: random.Random) -> list[Death]:
    """So many of the deaths, at least one in each kind of write."""
    fitting = [death for death in deaths if only in f"{death.purpose}, {death.spot}"]
    if share >= 1:
        return fitting
    had: set[str] = set()
    chosen = []
    for death in dice.sample(fitting, len(fitting)):
        if death.purpose not in had or dice.random() < share:
            had.add(death.purpose)
            chosen.append(death)
    return chosen


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="URL of a server whose user may create databases; else SQLite")
    parser.add_argument("--plots", default=",".join(PLOTS))
    parser.add_argument("--share", type=float, default=1.0, help="how many of the cells; 1 = all")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--lines", action="store_true", help="kill it at each line between intent and outcome instead")
    parser.add_argument("--every", action="store_true", help="with --lines: also at lines that others stand for")
    parser.add_argument("--only", default="", help="only cells whose name holds this")
    parser.add_argument("--part", default="1/1", help="which of several runs that share what is chosen: N/M")
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args(arguments)
    seed = random.randrange(1_000_000) if given.seed is None else given.seed
    be_quick()
    tally, began, dice = Tally(), time.monotonic(), random.Random(seed)
    choose, ours = whole if given.share >= 1 else sampled(seed, given.share), parted(given.part)

    def chosen(cells: list[tuple[Row, Column]]) -> list[tuple[Row, Column]]:
        return ours(choose([cell for cell in cells if given.only in f"{cell[0].name} × {cell[1].name}"]))

    def chosen_deaths(deaths: list[Death]) -> list[Death]:
        telling = deaths if given.every else _telling_deaths(deaths, tally.lines)
        return ours(_some_deaths(telling, given.only, given.share, dice))

    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as place:
        for name in given.plots.split(","):
            home = Path(place) / name
            home.mkdir()
            stores = Databases(make_url(given.postgres)) if given.postgres else Files(home)
            rehearse(PLOTS[name], stores)
            drama = Drama(PLOTS[name], stores, home, given.at_once, tally)
            if given.lines:
                drama.kill(chosen_deaths)
            else:
                drama.play(chosen)
    if set(given.plots.split(",")) == set(PLOTS) and not given.lines:
        lacking = missing(tally.written, tally.known)
        tally.failed += lacking
        print("".join(f"FAILED {line}\n" for line in lacking), end="", flush=True)
    took = time.monotonic() - began
    kind = "PostgreSQL" if given.postgres else "SQLite"
    print(
        f"{kind}: {_told(tally, lines=given.lines)}, {tally.struck} of them struck, {len(tally.failed)} failed, "
        f"{took:.0f} s, MATRIX_SEED={seed}"
    )
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
