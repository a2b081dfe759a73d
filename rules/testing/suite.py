"""Suite: many tests, one after the other, with what became of each and what they touched of the policy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.policy import Policy
from rules.testing.coverage import Coverage, Share
from rules.testing.outcome import Outcome
from rules.testing.play import play
from rules.testing.rule_test import RuleTest


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all tests that were played."""

    outcomes: tuple[Outcome, ...]
    share: Share

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return sum(not outcome.passed for outcome in self.outcomes)


def play_all(tests: Sequence[RuleTest], policy: Policy) -> Suite:
    """Play tests in their order. The same tests and policy give the same answer, always.

    Args:
        tests: The tests.
        policy: The policy whose parts are counted.
    """
    coverage = Coverage(policy)
    outcomes = []
    for test in tests:
        outcome, visits, deeds = play(test)
        coverage.take(test.bench.policy, visits, deeds)
        outcomes.append(outcome)
    return Suite(outcomes=tuple(outcomes), share=coverage.share())


def chosen(tests: Sequence[RuleTest], word: str) -> tuple[RuleTest, ...]:
    """The tests whose name, or whose file's name, has these letters; case does not count."""
    wanted = word.casefold()
    return tuple(test for test in tests if wanted in test.name.casefold() or wanted in test.bench.file.casefold())
