"""How soon a service reacts, how exactly it keeps deadlines, what it costs when idle, and whether it keeps up.

A real `escalade serve` on SQLite, a Zendesk on the emulator in this process, no latency in between.

python benchmarks/service.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from section import Measure, Section, show, table
from service_sustained import early_and_late, sustained
from shop import Shop, cpu_of, fill, until

TIMERS = 1_000_000


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(*, quick: bool = False) -> Section:
    """Measure."""
    events, idle, seconds, tickets = (5, 2, 5, 200) if quick else (100, 20, 60, 5000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = Shop(folder, tickets)
        fill(shop.store, 10_000 if quick else TIMERS)
        began = time.perf_counter()
        with shop.service() as process:
            started = time.perf_counter() - began
            until(lambda: shop.known() == tickets and shop.due() == 0, 120)
            time.sleep(5)
            before = cpu_of(process)
            time.sleep(idle)
            idle_cpu = (cpu_of(process) - before) / idle
            reactions = [reaction(shop, ticket) for ticket in shop.tickets[:events]]
            late = lateness(shop, shop.tickets[events : events + (2 if quick else 40)])
            early, final, rate, cpu = early_and_late(sustained(shop, process, seconds, parts=12))
        shop.stop()
    return section(started, idle_cpu, reactions, late, (early, final, rate, cpu, seconds))


def reaction(shop: Shop, ticket: int) -> float:
    """Seconds from an agent's edit to what it brings about."""
    time.sleep(0.05)
    began = time.perf_counter()
    shop.act(ticket, tags=["question"])
    until(lambda: shop.has(ticket, "asked"), 30)
    return time.perf_counter() - began


def lateness(shop: Shop, tickets: list[int]) -> list[float]:
    """Seconds from the deadline of each ticket to our write, by our own journal: this process may be late itself."""
    for ticket in tickets:
        shop.act(ticket, tags=["complaint"])
        time.sleep(0.05)
    until(lambda: all(shop.has(ticket, "esc_t2") for ticket in tickets), 120)
    time.sleep(2)
    return [
        shop.noted(ticket, "write.applied", "add tag esc_t2")
        - shop.noted(ticket, "write.intended", "add tag esc_t1")
        - 20
        for ticket in tickets
    ]


def section(
    started: float, idle: float, reactions: list[float], late: list[float], load: tuple[int, int, float, float, float]
) -> Section:
    """What was found."""
    p50, p99 = statistics.median(reactions), percentile(reactions, 0.99)
    worst = percentile(late, 0.99)
    early, final, rate, cpu, seconds = load
    rows = [
        ["start with 1,000,000 pending timers until it answers", f"{started:.1f} s"],
        ["processor when idle", f"{idle:.1%} of a core"],
        ["an agent's edit → our write in the helpdesk, median", f"{p50 * 1000:.0f} ms"],
        ["… 99 of 100", f"{p99 * 1000:.0f} ms"],
        ["a deadline → our write, median", f"{statistics.median(late) * 1000:.0f} ms late"],
        ["… 99 of 100", f"{worst * 1000:.0f} ms late"],
        [f"sustained for {seconds:.0f} s", f"{rate:.1f} edits/s, {cpu:.0%} of a core"],
        ["visits waiting in the first and in the last third, at most", f"{early} and {final}"],
    ]
    return Section(
        title="A service on SQLite",
        body=table(["", "found"], rows),
        measures=(
            Measure(text="edit → write, idle: p50 < 150 ms", found=f"{p50 * 1000:.0f} ms", met=p50 < 0.15),
            Measure(text="edit → write, idle: p99 < 500 ms", found=f"{p99 * 1000:.0f} ms", met=p99 < 0.5),
            Measure(text="deadline → write: p99 < 2 s with 1,000,000 timers", found=f"{worst:.2f} s", met=worst < 2),
            Measure(text="idle processor < 3 % of a core with 1,000,000 timers", found=f"{idle:.1%}", met=idle < 0.03),
            Measure(text="start-up < 5 s with 1,000,000 timers", found=f"{started:.1f} s", met=started < 5),
            Measure(
                text="50 edits/s on 5,000 tickets without a growing backlog",
                found=f"{rate:.0f}/s, {early} then {final} waiting",
                met=rate > 49 and final <= max(2 * early, 100),
            ),
        ),
        figures={"p50": p50, "p99": p99, "late": worst, "idle": idle, "start": started, "rate": rate},
    )


if __name__ == "__main__":
    show(measure)
