"""Fifty edits a second on 5,000 tickets for ten minutes: whether a backlog grows, and what it costs minute by minute.

A real `escalade serve` on SQLite, a Zendesk on the emulator in this process that shares the machine with it.

python benchmarks/service_sustained.py
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from section import Measure, Section, show, table
from shop import Shop, cpu_of, memory_of, until

#: Edits a second.
RATE = 50


class Part(NamedTuple):
    """What one part of the time showed: a minute of ten."""

    #: Edits a second that were really made.
    rate: float
    #: Visits that were due at most.
    waiting: int
    #: The share of a core that the service took.
    cpu: float
    #: Its memory at the end of the part (MB).
    memory: float


def sustained(shop: Shop, process: subprocess.Popen[bytes], seconds: float, *, parts: int) -> list[Part]:
    """Fifty edits a second, one in ten of which is answered."""
    found, sent = [], 0
    began = time.perf_counter()
    for part in range(parts):
        cpu, before, waiting = cpu_of(process), sent, [0]
        start = time.perf_counter()
        while (now := time.perf_counter()) - began < seconds * (part + 1) / parts:
            if sent >= (now - began) * RATE:
                time.sleep(0.001)
                continue
            ticket = shop.tickets[sent * 7919 % len(shop.tickets)]
            shop.act(ticket, tags=["question" if sent % 10 == 0 else f"word{sent % 9}"])
            sent += 1
            if sent % RATE == 0:
                waiting.append(shop.due())
        took = time.perf_counter() - start
        found.append(Part((sent - before) / took, max(waiting), (cpu_of(process) - cpu) / took, memory_of(process)))
    return found


def early_and_late(parts: Sequence[Part]) -> tuple[int, int, float, float]:
    """Visits waiting in the first and in the last third at most, the rate, and the processor."""
    third = max(1, len(parts) // 3)
    early, late = (max(part.waiting for part in some) for some in (parts[:third], parts[-third:]))
    rate, cpu = (sum(values) / len(parts) for values in zip(*((part.rate, part.cpu) for part in parts), strict=True))
    return early, late, rate, cpu


def measure(*, quick: bool = False) -> Section:
    """Measure."""
    tickets, seconds, parts = (100, 4, 2) if quick else (5000, 600, 10)
    with tempfile.TemporaryDirectory() as name:
        shop = Shop(Path(name), tickets)
        with shop.service() as process:
            until(lambda: shop.known() == tickets and shop.due() == 0, 300)
            before = memory_of(process)
            found = sustained(shop, process, seconds, parts=parts)
            settled = until(lambda: shop.due() == 0, 600)
        shop.stop()
    return section(found, before, settled, seconds / parts)


def section(parts: Sequence[Part], before: float, settled: float, each: float) -> Section:
    """What was found."""
    early, late, rate, cpu = early_and_late(parts)
    rows = [
        [f"{number}", f"{part.rate:.1f}", f"{part.waiting}", f"{part.cpu:.0%}", f"{part.memory:.0f} MB"]
        for number, part in enumerate(parts, 1)
    ]
    told = (
        f"Memory before: {before:.0f} MB. After the last edit everything was done within {settled:.1f} s. One edit in "
        f"ten is answered by a write. The Zendesk took its share of the same {len(parts) * each / 60:.0f} minutes."
    )
    keeps_up = rate > RATE - 1 and late <= max(2 * early, 2 * RATE)
    return Section(
        title="A service on SQLite under a sustained load",
        body=f"{table([f'each {each:.0f} s', 'edits/s', 'waiting at most', 'processor', 'memory'], rows)}\n\n{told}",
        measures=(
            Measure(
                text="50 edits/s on 5,000 tickets for 10 minutes without a growing backlog",
                found=f"{rate:.1f}/s at {cpu:.0%} of a core, {early} then {late} waiting",
                met=keeps_up,
            ),
        ),
        figures={"rate": rate, "cpu": cpu, "early": early, "late": late, "settled": settled},
    )


if __name__ == "__main__":
    show(measure)
