"""How fast one, two and four processes on one PostgreSQL work a backlog off, and what limits them.

A Zendesk on the emulator in this process shares the machine with them. So the same is measured with a Zendesk that
takes 100 ms for each answer: then workers wait, as they do for a real one, and what remains is how our own code scales.

python benchmarks/service_scale.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from database import postgresql
from section import Measure, Section, show, table
from shop import Shop, cpu_of, fill, until

from escalade.store.sql import open_store
from rules.ticket import TicketRef

#: Processes.
SIZES = (1, 2, 4)
#: Seconds that the slow Zendesk takes for an answer.
SLOW = 0.1
TIMERS = 1_000_000


class Run(NamedTuple):
    """A backlog that was worked off."""

    processes: int
    writes: bool
    #: Seconds that the Zendesk took for an answer.
    latency: float
    #: Visits a second.
    rate: float
    #: Cores that our processes took together, and those that the Zendesk took.
    ours: float
    theirs: float


def measure(*, quick: bool = False) -> Section:
    """Measure."""
    tickets, timers, idle = (30, 1000, 1) if quick else (3000, TIMERS, 20)
    sizes = SIZES[:2] if quick else SIZES
    with tempfile.TemporaryDirectory() as name, postgresql() as url:
        shop = Shop(Path(name), tickets, store=url, poll_every=3600, tells=False)
        fill(url, timers)
        runs: list[Run] = []
        began = time.perf_counter()
        with shop.service() as process:
            started = time.perf_counter() - began
            until(lambda: shop.known() == tickets and shop.due() == 0, 300)
            time.sleep(idle / 4)
            before = cpu_of(process)
            time.sleep(idle)
            idle_cpu = (cpu_of(process) - before) / idle
        for latency in (0.0, SLOW):
            for size in sizes:
                runs += worked_off(shop, size, latency)
        shop.stop()
    return section(runs, started, idle_cpu, timers)


def worked_off(shop: Shop, processes: int, latency: float) -> Sequence[Run]:
    """Make every ticket due twice, once with something to write and once without, and see how long it takes."""
    runs: list[Run] = []
    with shop.processes(processes) as running:
        # The workers have no address to ask: all take part a moment after the service answers.
        time.sleep(3)
        shop.answer_after(latency)
        for writes in (True, False):
            if writes:
                # Our tag is put on where it is missing, and taken off where nothing asks for it any more.
                for ticket in shop.tickets:
                    shop.act(ticket, tags=["asked"] if shop.has(ticket, "asked") else ["question"])
            before, own = sum(cpu_of(one) for one in running), time.process_time()
            with open_store(shop.store) as store:
                refs = [TicketRef("zendesk", str(ticket)) for ticket in shop.tickets]
                store.nudge(refs, datetime.now(UTC), "webhook")
            took = until(lambda: shop.due() == 0, 600)
            ours = (sum(cpu_of(one) for one in running) - before) / took
            theirs = (time.process_time() - own) / took
            runs.append(Run(processes, writes, latency, len(shop.tickets) / took, ours, theirs))
        shop.answer_after(0)
    return runs


def section(runs: Sequence[Run], started: float, idle: float, timers: int) -> Section:
    """What was found."""
    rows = [
        [
            f"{run.processes}",
            "one write each" if run.writes else "nothing to write",
            f"{run.latency * 1000:.0f} ms",
            f"{run.rate:.0f}",
            f"{run.ours:.2f}",
            f"{run.theirs:.2f}",
        ]
        for run in runs
    ]
    head = ["processes of 8 threads", "visits", "an answer takes", "visits/s", "our cores", "the Zendesk's cores"]
    slow = {run.processes: run.rate for run in runs if run.latency and run.writes}
    most = max(slow)
    gain = slow[most] / slow[1]
    told = (
        f"With {timers:,} timers pending a service on PostgreSQL starts in {started:.1f} s and takes {idle:.1%} of a "
        "core when idle. Where answers take no time, processes, database and Zendesk share the cores of this machine, "
        f"and these are the limit. Where answers take {SLOW * 1000:.0f} ms, {most} processes work {gain:.1f} times as "
        "fast as one; the vendors' own limits come long before either ([how far it goes](../docs/howto/scale-out.md))."
    )
    return Section(
        title="Several processes on PostgreSQL",
        body=f"{table(head, rows)}\n\n{told}",
        measures=(
            Measure(
                text=f"{most} processes, an answer takes {SLOW * 1000:.0f} ms: > {0.6 * most:.1f} × as fast as one",
                found=f"{gain:.1f} times",
                met=gain >= 0.6 * most,
            ),
            Measure(
                text=f"idle processor < 3 % of a core with {timers:,} timers on PostgreSQL",
                found=f"{idle:.1%}",
                met=idle < 0.03,
            ),
            Measure(
                text=f"start-up < 5 s with {timers:,} timers on PostgreSQL", found=f"{started:.1f} s", met=started < 5
            ),
        ),
        figures={"gain": gain, "idle": idle, "start": started, **{f"rate_{size}": rate for size, rate in slow.items()}},
    )


if __name__ == "__main__":
    show(measure)
