"""How long rule tests take: those of the starter policy over and over, and small ones of one instant.

python benchmarks/rule_tests.py
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from section import Measure, Section, show, spread, table

from escalade import garbage
from escalade.playing import play_on_all_cores
from rules.load import Loaded, load_document
from rules.testing.load import load_rule_tests
from rules.testing.rule_test import RuleTest
from rules.testing.suite import play_all

CONFIG = Path(__file__).parents[1] / "config"
TESTS, ROUNDS, MOST = 1000, 5, 5.0
STORIES = "those of the starter, over and over"
ON_THE_CLOCK = "the same as `escalade test` plays them, on the clock"
SMALL = """\
  - name: Ticket {number} of impact {impact} and urgency {urgency}
    at: 2026-03-0{day} 09:00
    given: {{ticket: {{fields: {{impact: {impact}, urgency: {urgency}}}}}}}
    expect: {{rules: [], no_tags: [esc_t3]}}
"""


def sources(folder: Path) -> dict[str, str]:
    """The YAML files of a folder."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))}


def small_tests(count: int) -> str:
    """A file of tests that look at one ticket at one instant."""
    levels = ("low", "medium", "high")
    tests = (
        SMALL.format(number=number, impact=levels[number % 3], urgency=levels[number // 3 % 3], day=2 + number % 4)
        for number in range(count)
    )
    return "version: 1\nevery_ticket: {helpdesk: zendesk, priority: high}\ntests:\n" + "".join(tests)


def seconds(tests: Sequence[RuleTest], starter: Loaded) -> float:
    """Processor time for playing these tests, all of which pass."""
    gc.collect()
    start = process_time()
    suite = play_all(tests, starter.policy)
    taken = process_time() - start
    assert suite.failed == 0
    return taken


def waited(tests: Sequence[RuleTest], starter: Loaded) -> float:
    """Time on the clock for playing these tests as `escalade test` does: on each core a part of them."""
    start = perf_counter()
    suite = play_on_all_cores(tests, starter.policy)
    taken = perf_counter() - start
    assert suite.failed == 0
    return taken


def measure(*, quick: bool) -> Section:
    """Play a thousand tests of each kind."""
    count, rounds = (100, 1) if quick else (TESTS, ROUNDS)
    # As the command does.
    garbage.look_less_often()
    files = sources(CONFIG)
    starter = load_document(files)
    own = load_rule_tests(sources(CONFIG / "tests"), starter, files)
    start = process_time()
    small = load_rule_tests({"small.yaml": small_tests(count)}, starter, files)
    reading = process_time() - start
    kinds = {STORIES: tuple(islice(cycle(own), count)), "one ticket, one instant": small}
    taken: dict[str, list[float]] = {name: [] for name in (*kinds, ON_THE_CLOCK)}
    for _ in range(rounds):
        for name, tests in kinds.items():
            taken[name].append(seconds(tests, starter))
        taken[ON_THE_CLOCK].append(waited(kinds[STORIES], starter))
    rows = [
        (name, f"{count:,}", *(f"{text} s" for text in spread(found, ",.2f")), f"{min(found) / count * 1e3:,.2f} ms")
        for name, found in taken.items()
    ]
    expectations = sum(step.shape.expect is not None or step.is_guard for test in own for step in test.steps)
    return Section(
        title="Rule tests",
        body="Playing them under the starter policy; files were read before; processor time, but for the row on the "
        f"clock, where each core plays a part; {rounds} rounds. The {len(own)} tests of the starter are stories with "
        f"{expectations} expectations, many about accounts with their records. Reading and checking the {count:,} "
        f"small ones took {reading:,.2f} s.\n\n"
        + table(("tests", "how many", "time", "range", "one test, at best"), rows),
        measures=tuple(_measure(name, found) for name, found in taken.items()),
        figures={name: statistics.median(found) for name, found in taken.items()},
    )


def _measure(name: str, found: Sequence[float]) -> Measure:
    middle = statistics.median(found)
    return Measure(text=f"1,000 rule tests ({name}) in {MOST:.0f} s", found=f"{middle:,.2f} s", met=middle < MOST)


if __name__ == "__main__":
    show(measure)
