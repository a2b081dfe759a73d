"""Killed at random instants under a mixed load: nothing that was accepted is lost, nothing visible happens twice.

`make chaos` runs the long form; CHAOS_KILLS, CHAOS_SEED choose how long and which.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from typing import Any

import pytest

KILLS = int(os.environ.get("CHAOS_KILLS", "4"))
#: Tickets for each kill: most are edited while something dies.
TICKETS_EACH = 6
SETTLED_WITHIN = 60.0


class Customers:
    """Edit tickets at random instants; Zendesk tells of it until Escalade has accepted."""

    def __init__(self, shop: Any, tickets: list[int], seed: int) -> None:
        self._shop, self._dice = shop, random.Random(seed)
        self._waiting = list(tickets)
        self.wanted: dict[int, str] = {}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._edit, self._tell)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Edit what is left, and have everything accepted."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _edit(self) -> None:
        while self._waiting:
            self._stop.wait(self._dice.uniform(0.02, 0.6))
            ticket = self._waiting.pop(self._dice.randrange(len(self._waiting)))
            tag = self._dice.choice(["complaint", "complaint", "question"])
            body = {"ticket": ticket, "user": self._shop.agent.id, "change": {"tags": [tag]}}
            self._shop.control("POST", "/act", body)
            self.wanted[ticket] = tag

    def _tell(self) -> None:
        outbox = self._shop.world.outbox
        while True:
            refused = [one for one in outbox.deliver() if one.outcome != "delivered"]
            for delivery in refused:
                outbox.enqueue(delivery)
            if self._stop.is_set() and not self._waiting and not outbox.queued:
                return
            time.sleep(0.05)


def is_settled(shop: Any, wanted: dict[int, str]) -> bool:
    marks = {"complaint": "esc_t1", "question": "asked"}
    return all(marks[tag] in shop.tags(ticket) for ticket, tag in wanted.items())


def twice(shop: Any, wanted: dict[int, str]) -> dict[int, list[str]]:
    """Tickets on which something else was said than one note of each escalation."""
    return {
        ticket: shop.notes(ticket)
        for ticket, tag in wanted.items()
        if len(shop.notes(ticket)) != (1 if tag == "complaint" else 0)
    }


@pytest.mark.slow
@pytest.mark.timeout(300 + 30 * KILLS)
@pytest.mark.parametrize(("kind", "processes"), [("sqlite", 1), ("postgresql", 1), ("postgresql", 3)])
def test_nothing_is_lost_and_nothing_happens_twice_whenever_a_process_is_killed(
    make_shop: Any, request: pytest.FixtureRequest, kind: str, processes: int
) -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(1_000_000))
    dice = random.Random(seed)
    store = None if kind == "sqlite" else request.getfixturevalue("new_postgres_database")()
    shop = make_shop(store, workers=3)
    tickets = [shop.ticket() for _ in range(TICKETS_EACH * KILLS)]
    crew: list[subprocess.Popen[str]] = [shop.serve()]
    shop.send_webhooks()
    # By `Customers`, until they are accepted.
    shop.control("POST", "/webhooks", {"auto_deliver": False})
    customers = Customers(shop, tickets, seed)
    customers.start()
    for _ in range(KILLS):
        while len(crew) < processes:
            crew.append(shop.start("worker"))
        time.sleep(dice.uniform(0.5, 4.0))
        which = dice.randrange(len(crew))
        crew[which].kill()
        crew[which].communicate()
        if which == 0:
            crew[0] = shop.start()
        else:
            del crew[which]
    customers.finish()
    took = shop.wait(lambda: is_settled(shop, customers.wanted), SETTLED_WITHIN)
    time.sleep(1)
    assert len(customers.wanted) == len(tickets)
    assert twice(shop, customers.wanted) == {}, f"CHAOS_SEED={seed}"
    print(f"{kind}, {processes}: {KILLS} kills, {len(tickets)} tickets, settled {took:.1f} s after all was said")
    for process in crew:
        code, output = shop.end(process)
        assert code == 0, output
