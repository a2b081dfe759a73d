"""Suite: many tests, one after the other, with what became of each and what they touched of the policy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.policy import Policy
from rules.testing.coverage import Coverage, Share
from rules.testing.outcome import Outcome
from rules.testing.play import outcome_of, play
from rules.testing.rule_test import RuleTest


class Suite(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all tests that were played."""

    outcomes: tuple[Outcome, ...]
    share: Share

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return sum(not outcome.passed for outcome in self.outcomes)


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some of the tests, told shortly: it can be handed from process to process."""

    #: Positions among them.
    failed: tuple[int, ...]
    #: Keys of the parts of the policy that none of them touched.
    untouched: frozenset[tuple[str, str]]


def play_all(tests: Sequence[RuleTest], policy: Policy) -> Suite:
    """Play tests in their order. The same tests and policy give the same answer, always.

    Args:
        tests: The tests.
        policy: The policy whose parts are counted.
    """
    outcomes, coverage = _played(tests, policy)
    return Suite(outcomes=tuple(outcomes), share=coverage.share())


def play_shortly(tests: Sequence[RuleTest], policy: Policy) -> Played:
    """Play tests, and tell only which of them failed and what they touched."""
    outcomes, coverage = _played(tests, policy)
    failed = tuple(number for number, outcome in enumerate(outcomes) if not outcome.passed)
    return Played(failed=failed, untouched=coverage.untouched)


def put_together(parts: Sequence[tuple[Sequence[RuleTest], Played]], policy: Policy) -> Suite:
    """The same as `play_all` of all tests, of which parts were played elsewhere; what failed there is played again."""
    coverage = Coverage(policy)
    outcomes: list[Outcome] = []
    for tests, played in parts:
        failed = frozenset(played.failed)
        outcomes += [play(test)[0] if number in failed else outcome_of(test) for number, test in enumerate(tests)]
        coverage.touched_elsewhere(played.untouched)
    return Suite(outcomes=tuple(outcomes), share=coverage.share())


def _played(tests: Sequence[RuleTest], policy: Policy) -> tuple[list[Outcome], Coverage]:
    coverage = Coverage(policy)
    outcomes = []
    for test in tests:
        outcome, visits, deeds = play(test)
        coverage.take(test.bench.policy, visits, deeds)
        outcomes.append(outcome)
    return outcomes, coverage


def chosen(tests: Sequence[RuleTest], word: str) -> tuple[RuleTest, ...]:
    """The tests whose name, or whose file's name, has these letters; case does not count."""
    wanted = word.casefold()
    return tuple(test for test in tests if wanted in test.name.casefold() or wanted in test.bench.file.casefold())
