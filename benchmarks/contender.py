"""Contenders side by side: each a process of its own that reads the same pages, in turns, round by round."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter, process_time
from types import TracebackType
from typing import Self

import msgspec
from section import table

#: Reads everything once and tells how many tickets that were.
Reading = Callable[[], int]
#: Opens a contender at an address, for pages of so many tickets.
Opening = Callable[[str, int], Reading]

#: How a race is run, in words.
CONDITIONS = (
    "Compressed pages, served from memory by another process; one process a contender; {rounds} rounds in turns. "
    "Medians; the last column is the median of each round's ratio."
)


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of everything."""

    tickets: int
    seconds: float
    #: Seconds of processor time.
    processor: float
    #: Peak memory of the process so far, in MB.
    peak: float

    @property
    def rate(self) -> float:
        """Tickets a second."""
        return self.tickets / self.seconds


_ROUND = msgspec.json.Decoder(Round)


class Contender:
    """A process that reads when it is told to; use it as a context manager."""

    def __init__(self, script: str, name: str, url: str, page_size: int) -> None:
        command = [sys.executable, script, "--contender", name, url, str(page_size)]
        # Whatever proxy the machine uses, the pages come from this machine.
        environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def read(self) -> Round:
        """Read everything once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("read\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a contender ended with exit status {self._process.wait()}; its error is above")
        return _ROUND.decode(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def serve_rounds(openings: Mapping[str, Opening]) -> bool:
    """Be a contender if the command line says so; False when it does not."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--contender", nargs=3, metavar=("NAME", "URL", "PAGE_SIZE"))
    chosen = options.parse_known_args()[0].contender
    if chosen is None:
        return False
    # Contenders say on standard error what they always say; it is no news here.
    logging.disable(logging.WARNING)
    name, url, page_size = chosen
    read = openings[name](url, int(page_size))
    for _ in sys.stdin:
        gc.collect()
        begin, processor = perf_counter(), process_time()
        tickets = read()
        seconds, used = perf_counter() - begin, process_time() - processor
        found = Round(tickets=tickets, seconds=seconds, processor=used, peak=_peak())
        print(msgspec.json.encode(found).decode(), flush=True)
    return True


def race(script: str, names: Sequence[str], url: str, page_size: int, rounds: int) -> dict[str, list[Round]]:
    """Let contenders read in turns, after one reading each that does not count.

    Raises:
        RuntimeError: a contender failed, or they did not all read the same number of tickets.
    """
    with ExitStack() as running:
        contenders = {name: running.enter_context(Contender(script, name, url, page_size)) for name in names}
        warm = {name: contender.read() for name, contender in contenders.items()}
        if len({each.tickets for each in warm.values()}) != 1:
            raise RuntimeError(f"the contenders disagree: { ({name: each.tickets for name, each in warm.items()}) }")
        found: dict[str, list[Round]] = {name: [] for name in names}
        for number in range(rounds):
            # Nobody is always the one that reads after a slow neighbour.
            start = number % len(names)
            for name in [*names[start:], *names[:start]]:
                found[name].append(contenders[name].read())
        return found


def ratio(found: Mapping[str, Sequence[Round]], ours: str, theirs: str) -> list[float]:
    """How many times as many tickets a second, round by round."""
    return [mine.rate / peer.rate for mine, peer in zip(found[ours], found[theirs], strict=True)]


def standing(found: Mapping[str, Sequence[Round]], ours: str) -> str:
    """The rounds as a table."""
    rows = []
    for name, rounds in found.items():
        rates = [each.rate for each in rounds]
        times = statistics.median(ratio(found, ours, name))
        rows.append(
            (
                name,
                f"{statistics.median(rates):,.0f}",
                f"{min(rates):,.0f} to {max(rates):,.0f}",
                f"{statistics.median(each.processor / each.tickets for each in rounds) * 1e6:,.0f} µs",
                f"{max(each.peak for each in rounds):,.0f} MB",
                f"{times:.2f}" if times < 2 else f"{times:.1f}",
            )
        )
    return table(
        ("contender", "tickets/s", "range", "processor a ticket", "peak memory", "Escalade is × as fast"), rows
    )


def _peak() -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status tells no peak memory: run the benchmarks on Linux")
