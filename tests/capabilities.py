"""Run the tests that prove capabilities, and print which capability is proved by which: `make capabilities`.

A capability is proved when at least one test is marked with it, all tests marked with it ran, and none failed. What no
test proves yet is missing, unless docs/capabilities.yaml gives the reason why it comes later. Leaps, which go beyond
what the documents ask for, are shown below them, also those that are not built. Ends with 1 while a capability or leap
is missing or disproved.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "docs" / "capabilities.yaml"
#: The key of the reports' properties that tests/conftest.py fills from the marks.
PROPERTY = "capability"
LATER, NOT_BUILT = "later", "not built"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The capabilities and leaps by id, and the reasons of what comes later or is not built."""

    capabilities: Mapping[str, str]
    later: Mapping[str, str]
    leaps: Mapping[str, str] = field(default_factory=dict)
    not_built: Mapping[str, str] = field(default_factory=dict)

    @property
    def excuses(self) -> Mapping[str, str]:
        """The state of everything that may be without a proof."""
        later = {one: f"{LATER}: {reason}" for one, reason in self.later.items()}
        return later | {one: f"{NOT_BUILT}: {reason}" for one, reason in self.not_built.items()}


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue of that file."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Catalogue(
        capabilities=read["capabilities"],
        later=read.get("later") or {},
        leaps=read.get("leaps") or {},
        not_built=read.get("not_built") or {},
    )


@dataclass
class Proofs:
    """A plugin that listens which marked test came out how."""

    #: Capability → test without its parameters → outcomes.
    outcomes: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of a test's body, and of its set-up and tear-down where they are to blame."""
        if report.when != "call" and report.passed:
            return
        test = report.nodeid.partition("[")[0]
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.outcomes.setdefault(str(value), {}).setdefault(test, []).append(report.outcome)

    def state(self, capability: str) -> str:
        """`passed`, `failed`, `skipped` (what did not run proves nothing), or `none yet`."""
        found = {outcome for tests in self.outcomes.get(capability, {}).values() for outcome in tests}
        return next((state for state in ("failed", "skipped", "passed") if state in found), "none yet")

    def tests(self, capability: str) -> list[str]:
        """The tests that are marked with it, with how many cases they ran."""
        found = sorted(self.outcomes.get(capability, {}).items())
        return [f"{test} ({len(cases)} cases)" if len(cases) > 1 else test for test, cases in found]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    id: str
    capability: str
    state: str
    tests: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Proved, or excused."""
        return self.state == "passed" or self.state.startswith((f"{LATER}: ", f"{NOT_BUILT}: "))


def rows_of(catalogue: Catalogue, proofs: Proofs) -> list[Row]:
    """Every capability and leap with its proofs; a reason for later counts only where no test is marked."""
    asked = {**catalogue.capabilities, **catalogue.leaps}
    return [_row(one, told, catalogue.excuses, proofs) for one, told in asked.items()]


def _row(one: str, told: str, excuses: Mapping[str, str], proofs: Proofs) -> Row:
    state = proofs.state(one)
    if state == "none yet":
        state = excuses.get(one, state)
    return Row(id=one, capability=told, state=state, tests=tuple(proofs.tests(one)))


_COLOURS = {"passed": "green", "failed": "red", "skipped": "red", "none yet": "red"}


def show(rows: list[Row], console: Console) -> None:
    """The table, and the sum of its states."""
    table = Table("id")
    table.add_column("capability", ratio=2)
    table.add_column("state", max_width=24)
    table.add_column("proving tests", ratio=3, overflow="fold")
    for row in rows:
        state = f"[{_COLOURS.get(row.state, 'yellow')}]{escape(row.state)}[/]"
        table.add_row(row.id, escape(row.capability), state, escape("\n".join(map(_shortened, row.tests))))
    console.print(table)
    counts = {state: sum(row.state.startswith(state) for row in rows) for state in (*_COLOURS, LATER, NOT_BUILT)}
    console.print(", ".join(f"{count} {state}" for state, count in counts.items() if count))


def _shortened(test: str) -> str:
    """A test's name without the directory that all of them are in."""
    return re.sub(r"^tests/", "", test)


def main(arguments: list[str]) -> int:
    """Run what is marked below the tests' directory; more arguments go to pytest."""
    proofs = Proofs()
    ended = pytest.main([str(ROOT / "tests"), "-m", "capability", "-q", "--no-header", *arguments], plugins=[proofs])
    rows = rows_of(read_catalogue(CATALOGUE), proofs)
    console = Console(width=None if sys.stdout.isatty() else 180)
    show(rows, console)
    return int(ended != pytest.ExitCode.OK or not all(row.is_good for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
