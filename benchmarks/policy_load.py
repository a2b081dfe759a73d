"""How long loading a policy takes, and deciding under it where ten of its rules can apply.

python benchmarks/policy_load.py
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

from section import Measure, Section, show, spread, table

from rules.decide import decide
from rules.ledger import Ledger
from rules.load import load_policy
from rules.ticket import Priority, StatusCategory, Ticket, TicketRef

CONFIG = Path(__file__).parents[1] / "config"
SIZES, ROUNDS, TIMES = (50, 500, 5000), 9, 200
#: Rules of one product: so many can apply to a ticket, however many there are.
APPLYING = 10
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
RULE = """\
  - id: product-{product}-rule-{number}
    description: Something is wrong with product {product}, kind {number}
    when:
      all:
        - helpdesk: zendesk
        - status: {{in: [new, open]}}
        - priority: {{at_least: {priority}}}
        - product: product-{product}
        - any:
            - tags: {{contains: tag_{number}}}
            - subject: {{matches: '(?i)\\b(problem|fault) {number}\\b'}}
        - age: {{at_least: {hours}h, calendar: support}}
    escalate_to: tier1
    tags: [product_{product}]
"""


def policy_files(rules: int) -> Mapping[str, str]:
    """The starter policy with so many rules in all, ten for each product."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(CONFIG.glob("*.yaml"))}
    known = sum(text.count("\n  - id: ") for name, text in files.items() if name == "rules.yaml")
    more = (
        RULE.format(
            product=index // APPLYING,
            number=index % APPLYING,
            priority=("low", "normal", "high")[index % 3],
            hours=1 + index % 30,
        )
        for index in range(rules - known)
    )
    return files | {"products.yaml": "version: 1\nrules:\n" + "".join(more)}


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    gc.collect()
    start = process_time()
    work()
    return process_time() - start


def measure(*, quick: bool) -> Section:
    """Load policies of several sizes, and decide about one ticket under each."""
    rounds, sizes = (1, SIZES[:2]) if quick else (ROUNDS, SIZES)
    files = {size: policy_files(size) for size in (60, *sizes)}
    loading: dict[int, list[float]] = {size: [] for size in files}
    for _ in range(rounds):
        for size, found in loading.items():
            found.append(seconds(lambda size=size: load_policy(files[size])))
    ticket = Ticket(
        ref=TicketRef("zendesk", "35"),
        key="35",
        url="https://desk.example/35",
        subject="A problem with the export",
        status=StatusCategory.OPEN,
        status_name="open",
        priority=Priority.HIGH,
        created_at=MONDAY,
        updated_at=MONDAY,
        version="1",
        product="product-1",
        tags=frozenset({"tag_3", "api"}),
    )
    deciding = _deciding(files, sizes, ticket, rounds)
    rows = [
        (f"{size:,}", *(f"{text} ms" for text in spread([each * 1e3 for each in found])))
        + (("–",) if size not in deciding else (f"{statistics.median(deciding[size]):,.0f} µs",))
        for size, found in loading.items()
    ]
    return Section(
        title="Loading a policy, and deciding under a large one",
        body=f"The starter policy with more rules, ten for each product; processor time, {rounds} rounds; the garbage "
        "collector runs as it always does. Deciding is about one ticket to which ten of the added rules can apply, "
        "without proofs, all clocks included.\n\n" + table(("rules", "load", "range", "decide about one ticket"), rows),
        measures=_measures(loading, deciding, sizes),
        figures={f"load {size}": statistics.median(found) for size, found in loading.items()},
    )


def _deciding(
    files: Mapping[int, Mapping[str, str]], sizes: tuple[int, ...], ticket: Ticket, rounds: int
) -> dict[int, list[float]]:
    """Microseconds for one decision, by the number of rules."""
    policies = {size: load_policy(files[size]) for size in sizes}
    ledger, now = Ledger(ref=ticket.ref), MONDAY + timedelta(hours=7)
    found: dict[int, list[float]] = {size: [] for size in sizes}
    for size, policy in policies.items():
        decide(policy, ticket, None, None, ledger, now, proof=False)
        assert len(policy.rules) == size
    for _ in range(rounds):
        for size, policy in policies.items():
            start = process_time()
            for _ in range(TIMES):
                decide(policy, ticket, None, None, ledger, now, proof=False)
            found[size].append((process_time() - start) / TIMES * 1e6)
    return found


def _measures(
    loading: Mapping[int, list[float]], deciding: Mapping[int, list[float]], sizes: tuple[int, ...]
) -> tuple[Measure, ...]:
    small, large = statistics.median(loading[60]), statistics.median(loading[sizes[-1]])
    ratio = statistics.median(big / little for big, little in zip(deciding[sizes[-1]], deciding[50], strict=True))
    return (
        Measure(text="60 rules load in 150 ms", found=f"{small * 1e3:,.0f} ms", met=small < 0.15),
        Measure(text=f"{sizes[-1]:,} rules load in 3 s", found=f"{large:,.2f} s", met=large < 3),
        Measure(
            text=f"deciding under {sizes[-1]:,} rules takes at most twice as long as under 50",
            found=f"{ratio:,.2f} times",
            met=ratio <= 2,
        ),
    )


if __name__ == "__main__":
    show(measure)
