"""How much a tick costs with open records of accounts over many tickets: with nothing due, and after news.

python benchmarks/records.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast

from msgspec.structs import replace
from section import Measure, Section, show, table
from store import Findings, ticket

from connectors.base import CommentSeen, Page
from escalade.progress import QuietProgress
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from rules.escalation.standing import RECORD_TAG, AccountState, Standing, account_tag
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ticket import AccountRef, Comment, Side, TicketRef
from sync import Sync

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECORDS, TICKETS = 2_000, 50_000
PAGE = 1_000
MOST_MS = 50
POLICY = """
version: 1
rules: [{id: quiet, description: Nothing, when: {tags: {contains: never}}, tags: [x]}]
"""


@dataclass(slots=True)
class Desk:
    """A helpdesk that counts what is asked of it; there is nothing new in it."""

    calls: int = 0
    streams: tuple[str, ...] = ("tickets",)
    source: Any = None

    def __post_init__(self) -> None:
        self.source = self

    def poll(self, *_: object) -> Iterator[Page]:
        """Nothing new. What asking costs, the helpdesk's benchmarks tell."""
        return iter(())

    def read(self, _refs: Sequence[TicketRef]) -> Mapping[TicketRef, None]:
        """Count a fresh read."""
        self.calls += 1
        return {}


class Idle:
    """A visitor that has nothing to do."""

    def prepare(self, _now: datetime) -> None:
        """Nothing to prepare."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"nothing was due, and yet {name} was asked for")


class At:
    """A clock that stands still."""

    def now(self) -> datetime:
        """The same instant at every call."""
        return NOW


def account_of(number: int, records: int) -> AccountRef:
    """The account of a ticket."""
    return AccountRef("zendesk", str(number % records))


def record_ref(number: int) -> TicketRef:
    """A record's ticket."""
    return TicketRef("jira", str(number))


def fill(store: SqlStore, records: int, tickets: int) -> None:
    """Take everything in, let every record say red, and let every visit rest."""
    for start in range(0, tickets, PAGE):
        page = [
            replace(ticket(number, 0), account=account_of(number, records))
            for number in range(start, min(start + PAGE, tickets))
        ]
        store.take_in("zendesk", Page(stream="tickets", checkpoint=str(start), tickets=tuple(page)), NOW)
    for start in range(0, records, PAGE):
        page = [
            replace(
                ticket(1, 0),
                ref=record_ref(number),
                account=None,
                tags=frozenset({RECORD_TAG, account_tag(account_of(number, records))}),
            )
            for number in range(start, min(start + PAGE, records))
        ]
        store.take_in("jira", Page(stream="issues", checkpoint=str(start), tickets=tuple(page)), NOW)
    for number in range(records):
        store.begin(Ledger(ref=record_ref(number), standing=standing(number, records, "red")), (), ())
    rest(store)


def standing(number: int, records: int, colour: str) -> Standing:
    """What a record says."""
    return Standing(
        record=record_ref(number),
        key=f"ESC-{number}",
        url="",
        accounts=(account_of(number, records),),
        state=AccountState.IN_PROGRESS,
        colour=colour,
        since=NOW,
    )


def rest(store: SqlStore) -> None:
    """Every visit sleeps until the day after tomorrow."""
    while due := store.due(NOW + timedelta(days=1), PAGE):
        store.finish_all([(visit, NOW + timedelta(days=2), "timer") for visit in due])


def measure(*, quick: bool) -> Section:
    """Measure ticks on SQLite, in a temporary folder."""
    records, tickets = (20, 500) if quick else (RECORDS, TICKETS)
    found, desk = Findings(rounds=3 if quick else 50), Desk()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{folder}/escalade.db", horizon=Horizon(records=True)) as store,
    ):
        fill(store, records, tickets)
        run = Sync(
            helpdesks=cast("Any", {"zendesk": desk, "jira": desk}),
            absent={},
            store=store,
            visitor=cast("Any", Idle()),
            policy=load_policy({"policy.yaml": POLICY}),
            clock=At(),
            progress=QuietProgress(),
        )
        store.adopt(_rule(run), NOW)
        rest(store)
        idle = f"a tick, nothing due: {records:,} records, {tickets:,} tickets"
        found.time(idle, run.once)
        found.time("what stands around 100 records", lambda: store.load([record_ref(n) for n in range(100)]))
        some = [TicketRef("zendesk", str(number)) for number in range(100)]
        found.time("what stands around 100 of their tickets", lambda: store.load(some))
        said = iter(range(10**6))
        found.time("a customer speaks on a ticket: its record is woken", lambda: _speak(store, next(said)))
        rest(store)
        shades = iter(range(10**6))
        told = "a record changes its colour: its open tickets are woken"
        found.time(told, lambda: _shade(store, next(shades), records))
    slow = found.figures[idle]
    return Section(
        title="Records of accounts",
        body=f"{found.rounds} rounds.\n\n" + table(("what", "median", "range"), found.rows),
        measures=(
            Measure(
                text=f"{idle}: under {MOST_MS} ms without a call",
                found=f"{slow:,.2f} ms, {desk.calls} calls",
                met=slow < MOST_MS and not desk.calls,
            ),
        ),
        figures=found.figures,
    )


def _rule(run: Sync) -> str:
    """What a run keeps as the rule in force, so that the next one wakes nobody for its sake."""
    return " ".join([run.policy.hash, *sorted(run.helpdesks)])


def _speak(store: SqlStore, number: int) -> None:
    comment = Comment(id=str(number), at=NOW, side=Side.REQUESTER, public=True)
    seen = CommentSeen(on=TicketRef("zendesk", "1"), comment=comment)
    store.take_in("zendesk", Page(stream="events", checkpoint="e", comments=(seen,)), NOW)


def _shade(store: SqlStore, number: int, records: int) -> None:
    colour = "red" if number % 2 else "green"
    store.begin(Ledger(ref=record_ref(3), standing=standing(3, records, colour)), (), ())
    store.due(NOW, 100)


if __name__ == "__main__":
    show(measure)
