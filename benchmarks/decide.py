"""How long deciding and planning take for one ticket under the starter policy.

python benchmarks/decide.py
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from msgspec.structs import replace
from section import Section, show, spread, table

from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import plan
from rules.ticket import (
    Account,
    AccountRef,
    AccountSummary,
    Comment,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

CONFIG = Path(__file__).parents[1] / "config"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = MONDAY + timedelta(hours=7)
ROUNDS, TIMES = 15, 400

ACCOUNT = Account(ref=AccountRef("zendesk", "7"), name="Acme", tags=frozenset({"pilot"}))
SUMMARY = AccountSummary(ref=ACCOUNT.ref, open_tickets=5, open_by_priority={Priority.URGENT: 1})
TICKET = Ticket(
    ref=TicketRef("zendesk", "35"),
    key="35",
    url="https://desk.example/agent/tickets/35",
    subject="The export stops with an error",
    status=StatusCategory.OPEN,
    status_name="open",
    priority=Priority.HIGH,
    created_at=MONDAY,
    updated_at=MONDAY,
    version="1",
    tags=frozenset({"export", "api"}),
    fields={"impact": "medium", "urgency": "medium"},
    comments=tuple(
        Comment(id=str(hour), at=MONDAY + timedelta(hours=hour), side=side, public=True)
        for hour, side in enumerate((Side.REQUESTER, Side.AGENT, Side.REQUESTER, Side.REQUESTER, Side.AGENT))
    ),
)


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Microseconds of processor time for one call, a round each."""
    found = []
    for _ in range(rounds):
        start = process_time()
        for _ in range(TIMES):
            work()
        found.append((process_time() - start) / TIMES * 1e6)
    return found


def measure(*, quick: bool) -> Section:
    """Measure deciding and planning."""
    rounds = 1 if quick else ROUNDS
    policy = load_policy({path.name: path.read_text(encoding="utf-8") for path in sorted(CONFIG.glob("*.yaml"))})
    ledger = Ledger(ref=TICKET.ref)
    quiet = decide(policy, TICKET, ACCOUNT, SUMMARY, ledger, NOW)
    down = replace(TICKET, tags=TICKET.tags | {"production_down"})
    climbs = decide(policy, down, ACCOUNT, SUMMARY, ledger, NOW)
    found = {
        "decide, nothing to do": timed(lambda: decide(policy, TICKET, ACCOUNT, SUMMARY, ledger, NOW), rounds),
        "decide without proofs, nothing to do": timed(
            lambda: decide(policy, TICKET, ACCOUNT, SUMMARY, ledger, NOW, proof=False), rounds
        ),
        "plan, nothing to do": timed(lambda: plan(TICKET, quiet, ledger, policy, 0, NOW), rounds),
        "decide, enters the top tier": timed(lambda: decide(policy, down, ACCOUNT, SUMMARY, ledger, NOW), rounds),
        "decide without proofs, enters the top tier": timed(
            lambda: decide(policy, down, ACCOUNT, SUMMARY, ledger, NOW, proof=False), rounds
        ),
        "plan, enters the top tier": timed(lambda: plan(down, climbs, ledger, policy, 0, NOW), rounds),
    }
    rows = [(what, *(f"{text} µs" for text in spread(times))) for what, times in found.items()]
    return Section(
        title="Deciding and planning",
        body=f"Processor time for one ticket under the starter policy, {rounds} rounds.\n\n"
        + table(("one ticket", "median", "range"), rows),
        figures={what: statistics.median(times) for what, times in found.items()},
    )


if __name__ == "__main__":
    show(measure)
