"""The matrix under the running service, round by round. Part of `make matrix`."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from columns import COLUMNS
from forks import forked, parted
from house import ACTS, PLOTS, House, Plot
from serving import Calm, Served, Serving, cells_of
from sqlalchemy import make_url
from stores import Databases, Files, Stores
from telling import JumpingClock, Telling, Told, be_quick


def calmly(plot: Plot, home: Path) -> list[Told]:
    """How the acts end when every act is one undisturbed run."""
    house, clock = House(plot), JumpingClock()
    clock.rule()
    stores, told = Files(home), list[Told]()
    for act in range(ACTS):
        house.people_act(act)
        clock.sleep(120)
        house.world.clock.advance(120)
        directory = home / f"calm-{act}"
        directory.mkdir()
        told.append(Telling(house, clock, directory, stores.url()).tell())
    return told


def tell(plot: Plot, stores: Stores, home: Path, round_: int | None, calm: Calm) -> Served:
    """One telling in a process of its own; without a round it is not disturbed."""
    directory = home / f"{os.getpid()}"
    directory.mkdir()
    url = stores.copy(directory)
    try:
        serving = Serving(plot, directory, url)
        return serving.tell(lambda act: [] if round_ is None else list(cells_of(round_, act, calm[act])), calm)
    finally:
        stores.drop(url)
        shutil.rmtree(directory)


def main(arguments: Sequence[str]) -> int:
    """Tell rounds of each plot; 1 when one of them did not end as the calm one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="URL of a server whose user may create databases; else SQLite")
    parser.add_argument("--plots", default=",".join(PLOTS))
    parser.add_argument("--rounds", type=int, default=len(COLUMNS), help="how many, chosen by the seed")
    parser.add_argument("--only", type=int, help="only this round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", default="1/1", help="which of several runs that share the rounds: N/M")
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args(arguments)
    be_quick()
    rounds = sorted(random.Random(given.seed).sample(range(len(COLUMNS)), given.rounds))
    rounds = parted(given.part)(rounds) if given.only is None else [given.only]
    began, failed = time.monotonic(), 0
    struck: set[str] = set()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        for name in given.plots.split(","):
            plot, home = PLOTS[name], Path(place) / name
            home.mkdir()
            stores = Databases(make_url(given.postgres)) if given.postgres else Files(home)
            calm_home = home / "calm"
            calm_home.mkdir()
            ((_, calm),) = forked([partial(calmly, plot, calm_home)], 1)
            if isinstance(calm, str) or any(told.wrong for told in calm):
                raise SystemExit(f"{name}, without trouble: {calm}")
            numbers = [None, *rounds]
            jobs = [partial(tell, plot, stores, home, round_, calm) for round_ in numbers]
            for number, served in forked(jobs, given.at_once):
                where = f"{name}, round {numbers[number]}"
                if isinstance(served, str):
                    failed += 1
                    print(f"FAILED {where}: {served}", flush=True)
                    continue
                struck.update(f"{name}: {cell}" for cell in served.struck)
                if served.wrong:
                    failed += 1
                    print("\n    ".join([f"FAILED {where}", *served.wrong, *served.struck]), flush=True)
            print(f"{name}: {len(rounds)} rounds told", flush=True)
    kind = "PostgreSQL" if given.postgres else "SQLite"
    took = time.monotonic() - began
    print(
        f"{kind}, served: {len(struck)} cells struck, {failed} tellings failed, {took:.0f} s, MATRIX_SEED={given.seed}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
