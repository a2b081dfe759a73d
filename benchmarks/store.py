"""How fast the store takes pages in, and finds what is due among a million visits.

python benchmarks/store.py                              # SQLite, in a temporary folder
python benchmarks/store.py postgresql://user@host/empty_database
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter

from section import Section, show, spread, table

from connectors.base import Page
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from rules.ticket import Account, AccountRef, Priority, StatusCategory, Ticket, TicketRef
from sync import DueVisit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE = 1000
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


def pages(version: int, count: int) -> Iterator[Page]:
    """So many pages, one at a time."""
    accounts = tuple(
        Account(ref=AccountRef("zendesk", str(number)), name=f"Account {number}") for number in range(ACCOUNTS)
    )
    for page in range(count):
        tickets = tuple(ticket(page * PAGE + number, version) for number in range(PAGE))
        yield Page(stream="tickets", checkpoint=f"{version}.{page}", tickets=tickets, accounts=accounts)


@dataclass(slots=True, kw_only=True)
class Findings:
    """Rows of the table, one a measured thing."""

    rounds: int
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def note(self, what: str, unit: str, values: list[float]) -> None:
        """Add what was measured, round by round."""
        middle, between = spread(values, ",.2f" if unit == "ms" else ",.0f")
        self.rows.append((what, f"{middle} {unit}", between))
        self.figures[what] = statistics.median(values)

    def time(self, what: str, work: Callable[[], object]) -> None:
        """Measure something in milliseconds."""
        self.note(what, "ms", [timed(work) * 1000 for _ in range(self.rounds)])


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def take_in(found: Findings, store: SqlStore, what: str, version: int) -> None:
    """Every page is a round."""
    speeds = []
    for page in pages(version, found.rounds):
        begin = perf_counter()
        store.take_in("zendesk", page, NOW)
        speeds.append(PAGE / (perf_counter() - begin))
    found.note(f"take_in, {what}, {PAGE:,} a page", "tickets/s", speeds)


def visit(found: Findings, store: SqlStore, visits: int) -> None:
    """Sleep and wake many visits, then look for the due ones among them."""
    spread_out = [TicketRef("jira", str(number)) for number in range(visits)]
    begin = perf_counter()
    for start in range(0, visits, PAGE * 10):
        store.nudge(spread_out[start : start + PAGE * 10], NOW + timedelta(days=1, seconds=start), "timer")
    found.note("nudge, 10,000 a call", "tickets/s", [visits / (perf_counter() - begin)])
    late = NOW + timedelta(days=100)
    found.time(f"due, nothing of {visits:,} is due", lambda: store.due(NOW - timedelta(days=1), SCAN))
    found.time(f"due, {SCAN} of {visits:,} due ones", lambda: store.due(late, SCAN))
    page: list[DueVisit] = list(store.due(late, SCAN))
    waiting = iter(page)
    found.time("finish, one transaction each", lambda: store.finish(next(waiting), NOW, "timer"))
    rests = [(one, NOW, "timer") for one in page]
    found.time(f"finish_all, {SCAN} in one transaction", lambda: store.finish_all(rests))


def measure_on(url: str, *, quick: bool) -> Section:
    """Measure the store in an empty database."""
    found = Findings(rounds=2 if quick else ROUNDS)
    with open_store(url) as store:
        take_in(found, store, "new tickets", 0)
        take_in(found, store, "the same tickets again", 0)
        take_in(found, store, "changed tickets", 1)
    with open_store(url, horizon=Horizon(siblings=True)) as store:
        take_in(found, store, f"changed tickets, siblings nudged ({ACCOUNTS} accounts)", 2)
    with open_store(url) as store:
        refs = [TicketRef("zendesk", str(number)) for number in range(SCAN)]
        found.time(f"load, {SCAN} tickets", lambda: store.load(refs))
        visit(found, store, 1000 if quick else VISITS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Section(
        title=f"The store on {url.partition(':')[0]}",
        body=f"{found.rounds} rounds; peak memory {peak:,.0f} MB.\n\n" + table(("what", "median", "range"), found.rows),
        figures=found.figures,
    )


def measure(*, quick: bool) -> Section:
    """Measure the store on SQLite, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return measure_on(f"sqlite:///{folder}/escalade.db", quick=quick)


if __name__ == "__main__":
    if sys.argv[1:] and "://" in sys.argv[1]:
        print(measure_on(sys.argv[1], quick=False).markdown())
    else:
        show(measure)
