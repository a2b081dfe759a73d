"""How long it takes to find and judge everything that is escalated, among many tickets that Escalade ever touched.

python benchmarks/status.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, cast

from section import Measure, Section, show, table
from store import Findings, ticket

from connectors.base import Page
from escalade import escalations
from escalade.policies import Policies
from escalade.store import writes
from escalade.store.horizon import Horizon
from escalade.store.sql import SqlStore, open_store
from rules.account_facts import AccountFacts
from rules.ledger import Escalation, Ledger
from rules.load import load_policy
from rules.ticket import TicketRef

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKETS, ESCALATED = 50_000, 2_000
PAGE = 1_000
MOST_SECONDS = 15
RULE = "the rule in force"
CONFIG = Path(__file__).parents[1] / "config"


class Nobody:
    """Knows no group."""

    def read(self, _groups: object, _now: datetime) -> dict[Any, Any]:
        """Nothing."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What judging needs of the program."""

    store: SqlStore
    policies: Policies
    rule: str = RULE
    account_facts: AccountFacts = field(default_factory=AccountFacts)

    @property
    def visitor(self) -> Desk:
        """Knows what is known of accounts."""
        return self

    def sync_quietly(self) -> Desk:
        """Knows the rule in force."""
        return self


def fill(store: SqlStore, version: str, tickets: int, escalated: int) -> None:
    """Take tickets in, touch every one, let some be on the ladder, and let every visit rest."""
    for start in range(0, tickets, PAGE):
        page = tuple(ticket(number, 0) for number in range(start, min(start + PAGE, tickets)))
        store.take_in("zendesk", Page(stream="tickets", checkpoint=str(start), tickets=page), NOW)
    open_ones = [number for number in range(tickets) if ticket(number, 0).status.is_open]
    climbing = set(open_ones[:: len(open_ones) // escalated][:escalated])
    for start in range(0, tickets, PAGE):
        with store.writing_many() as connection:
            for number in range(start, min(start + PAGE, tickets)):
                writes.keep_ledger(connection, ledger(number, version, is_escalated=number in climbing))
    store.adopt(RULE, NOW)
    while due := store.due(NOW + timedelta(days=1), PAGE):
        store.finish_all([(visit, NOW + timedelta(days=2), "timer") for visit in due])


def ledger(number: int, version: str, *, is_escalated: bool) -> Ledger:
    """What is kept of one ticket."""
    entered = NOW - timedelta(hours=1)
    climb = Escalation(tier="tier1", entered_at=entered, because="rule:complaint", since=entered, policy=version)
    return Ledger(
        ref=TicketRef("zendesk", str(number)),
        escalation=climb if is_escalated else None,
        tags=frozenset({"esc_seen"}),
        comments={"rule:complaint:1": entered},
    )


def measure(*, quick: bool) -> Section:
    """Measure on SQLite, in a temporary folder, under the starter policy."""
    tickets, escalated = (300, 20) if quick else (TICKETS, ESCALATED)
    texts = {file.name: file.read_text(encoding="utf-8") for file in CONFIG.glob("*.yaml")}
    policy = load_policy(texts)
    found = Findings(rounds=1 if quick else 3)
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/escalade.db") as store:
        store.watch(Horizon.of(policy))
        fill(store, policy.hash, tickets, escalated)
        policies = Policies(current=policy, texts=texts, versions=store, check=lambda _: (), groups=Nobody())
        desk = cast("Any", Desk(store=store, policies=policies))
        few = f"{escalated:,} escalations among {tickets:,} touched tickets"
        found.time(few, lambda: list(escalations.running(desk, NOW)))
        touched = store.touched()
        whole = _one_by_one(desk, touched[: max(1, len(touched) // 20)]) * 20
        found.note("the same by deciding on every one of them, from a twentieth", "ms", [whole * 1000])
    seconds = found.figures[few] / 1000
    return Section(
        title="Everything that is escalated",
        body=f"{found.rounds} rounds, under the starter policy; a third of the tickets is solved.\n\n"
        + table(("what", "median", "range"), found.rows),
        measures=(
            Measure(
                text=f"{few}: listed in under {MOST_SECONDS} s",
                found=f"{seconds:,.1f} s",
                met=seconds < MOST_SECONDS,
            ),
        ),
        figures=found.figures,
    )


def _one_by_one(desk: Any, refs: Sequence[TicketRef]) -> float:
    """Seconds that it takes to decide on these tickets."""
    begin = perf_counter()
    for known in desk.store.load(list(refs)).values():
        escalations.judged(desk, known, NOW)
    return perf_counter() - begin


if __name__ == "__main__":
    show(measure)
