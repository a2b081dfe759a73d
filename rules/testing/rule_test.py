"""RuleTest: one test as it is played: when it begins, how things are then, and its steps at their instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.policy import Policy, Position
from rules.schema.rule_tests import ExpectShape, Meanwhile, RuleTestShape, RuleTestsShape, StepShape
from rules.testing.kinds import Kind
from rules.yamltext import Path, Tree

#: What a test with a single ticket calls it.
ONLY = "ticket"
#: What tickets are called that Escalade opens; further ones are `record-2`, `tracker-2`, …
OPENED = ("record", "tracker")
_EVERY_KIND = frozenset(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step at its instant."""

    #: When (UTC).
    at: datetime
    shape: StepShape
    path: Path
    #: What the test calls the ticket that it is about.
    ticket: str
    #: What may be done up to here although no expectation names it.
    allowed: frozenset[Kind]

    @property
    def is_guard(self) -> bool:
        """It only says that nothing is done before its instant."""
        return self.shape.until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A file of tests with the policy that it tests, its people included."""

    file: str
    tree: Tree
    shape: RuleTestsShape
    policy: Policy
    #: Names of the policy's templates.
    templates: tuple[str, ...]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test."""

    name: str
    bench: Bench
    shape: RuleTestShape
    path: Path
    #: When it begins (UTC).
    starts: datetime
    steps: tuple[Step, ...]

    @property
    def place(self) -> Position:
        """Where it stands."""
        return self.bench.tree.at(self.path)

    @property
    def expects(self) -> bool:
        """Whether anything in it can fail."""
        return any(step.is_guard or step.shape.expect is not None for step in self.steps)


def expected_of(step: Step) -> tuple[str, ExpectShape] | None:
    """The ticket of an expectation, and what is expected; None where nothing is."""
    expect = step.shape.expect
    return None if expect is None else (expect.ticket or step.ticket, expect)


def allowed_by(meanwhile: Meanwhile | None) -> frozenset[Kind]:
    """The kinds of changes that may be done unnamed."""
    if meanwhile is None:
        return frozenset()
    return _EVERY_KIND if "anything" in meanwhile else frozenset(map(Kind, meanwhile))
