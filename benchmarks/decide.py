"""How long deciding and planning take for one ticket under the starter policy.

    python benchmarks/decide.py

Prints Markdown table rows: processor time a ticket, the median of the rounds, with the fastest and the slowest one.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from msgspec.structs import replace

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


def measured(name: str, work: Callable[[], object]) -> str:
    """One row: the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(TIMES):
            work()
        rounds.append((process_time() - start) / TIMES * 1e6)
    return f"| {name} | {statistics.median(rounds):.0f} µs | {min(rounds):.0f} to {max(rounds):.0f} µs |"


def main() -> None:
    """Print the table."""
    policy = load_policy({path.name: path.read_text(encoding="utf-8") for path in sorted(CONFIG.glob("*.yaml"))})
    ledger = Ledger(ref=TICKET.ref)
    quiet = decide(policy, TICKET, ACCOUNT, SUMMARY, ledger, NOW)
    down = replace(TICKET, tags=TICKET.tags | {"production_down"})
    climbs = decide(policy, down, ACCOUNT, SUMMARY, ledger, NOW)
    print("| one ticket | median | range |\n|---|---|---|")
    print(measured("decide, nothing to do", lambda: decide(policy, TICKET, ACCOUNT, SUMMARY, ledger, NOW)))
    print(measured("plan, nothing to do", lambda: plan(TICKET, quiet, ledger, policy, 0, NOW)))
    print(measured("decide, enters the top tier", lambda: decide(policy, down, ACCOUNT, SUMMARY, ledger, NOW)))
    print(measured("plan, enters the top tier", lambda: plan(down, climbs, ledger, policy, 0, NOW)))


if __name__ == "__main__":
    main()
