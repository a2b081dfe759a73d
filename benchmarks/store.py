"""How fast the store takes pages in, and finds what is due among a million visits.

    python benchmarks/store.py                              # SQLite, in a temporary folder
    python benchmarks/store.py postgresql://user@host/empty_database

Prints Markdown table rows: the median of the rounds, with the slowest and the fastest one.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

from connectors.base import Page
from escalade.store.sql import SqlStore, open_store
from rules.ticket import Account, AccountRef, Priority, StatusCategory, Ticket, TicketRef
from sync import DueVisit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE = 1000
PAGES = 30
ACCOUNTS = 400
VISITS = 1_000_000
SCAN = 100
ROUNDS = 30


def ticket(number: int, version: int) -> Ticket:
    """A ticket of ordinary size: about 800 bytes as JSON."""
    priorities = (None, *Priority)
    return Ticket(
        ref=TicketRef("zendesk", str(number)),
        key=str(number),
        url=f"https://desk.example/agent/tickets/{number}",
        subject=f"Cannot sign in after the update of module {number % 97}, revision {version}",
        status=StatusCategory.OPEN if number % 3 else StatusCategory.SOLVED,
        status_name="open",
        priority=priorities[(number + version) % len(priorities)],
        created_at=NOW - timedelta(minutes=number % 100_000),
        updated_at=NOW + timedelta(minutes=version),
        version=f"2026-03-02T09:{version:02}:00Z",
        account=AccountRef("zendesk", str(number % ACCOUNTS)),
        requester=str(number % 5000),
        group=f"Tier {number % 3 + 1}",
        assignee=str(number % 60),
        tags=frozenset({f"module-{number % 97}", "sign-in", "web", f"region-{number % 5}"}),
        fields={f"field-{index}": f"value {number % (index + 2)}" for index in range(10)},
    )


def pages(version: int) -> Iterator[Page]:
    """All pages, one at a time."""
    accounts = tuple(
        Account(ref=AccountRef("zendesk", str(number)), name=f"Account {number}") for number in range(ACCOUNTS)
    )
    for page in range(PAGES):
        tickets = tuple(ticket(page * PAGE + number, version) for number in range(PAGE))
        yield Page(stream="tickets", checkpoint=f"{version}.{page}", tickets=tickets, accounts=accounts)


def report(database: str, what: str, unit: str, figures: list[float]) -> None:
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    print(f"| {database} | {what} | {middle:,.2f} {unit} | {low:,.2f} – {high:,.2f} |", flush=True)


def timed(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def take_in(database: str, store: SqlStore, what: str, version: int) -> None:
    """Every page is a round."""
    speeds = []
    for page in pages(version):
        seconds = timed(lambda page=page: store.take_in("zendesk", page, NOW))  # type: ignore[misc]
        speeds.append(PAGE / seconds)
    report(database, f"take_in, {what}, {PAGE} a page", "tickets/s", speeds)


def visit(database: str, store: SqlStore) -> None:
    """Sleep and wake a million visits, then look for the due ones among them."""
    spread = [TicketRef("jira", str(number)) for number in range(VISITS)]
    begin = perf_counter()
    for start in range(0, VISITS, PAGE * 10):
        store.nudge(spread[start : start + PAGE * 10], NOW + timedelta(days=1, seconds=start), "timer")
    report(database, "nudge, 10,000 a call", "tickets/s", [VISITS / (perf_counter() - begin)])
    idle = [timed(lambda: store.due(NOW - timedelta(days=1), SCAN)) * 1000 for _ in range(ROUNDS)]
    report(database, f"due, nothing of {VISITS:,} is due", "ms", idle)
    busy = [timed(lambda: store.due(NOW + timedelta(days=100), SCAN)) * 1000 for _ in range(ROUNDS)]
    report(database, f"due, {SCAN} of {VISITS:,} due ones", "ms", busy)
    page: list[DueVisit] = list(store.due(NOW + timedelta(days=100), SCAN))
    each = [timed(lambda one=one: store.finish(one, NOW, "timer")) * 1000 for one in page[:ROUNDS]]  # type: ignore[misc]
    report(database, "finish, one transaction each", "ms", each)
    rests = [(one, NOW, "timer") for one in page]
    report(
        database,
        f"finish_all, {SCAN} in one transaction",
        "ms",
        [timed(lambda: store.finish_all(rests)) * 1000 for _ in range(ROUNDS)],
    )


def load(database: str, store: SqlStore) -> None:
    refs = [TicketRef("zendesk", str(number)) for number in range(SCAN)]
    report(database, f"load, {SCAN} tickets", "ms", [timed(lambda: store.load(refs)) * 1000 for _ in range(ROUNDS)])


def main(url: str) -> None:
    database = url.partition(":")[0]
    print("| database | what | median | range |\n|---|---|---|---|")
    with open_store(url) as store:
        take_in(database, store, "new tickets", 0)
        take_in(database, store, "the same tickets again", 0)
        take_in(database, store, "changed tickets", 1)
    with open_store(url, sibling_nudge=True) as store:
        take_in(database, store, f"changed tickets, siblings nudged ({ACCOUNTS} accounts)", 2)
    with open_store(url) as store:
        load(database, store)
        visit(database, store)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{folder}/escalade.db")
