"""Lengths: all that is asked of the time since one instant, in one calendar, answered in one go."""

from __future__ import annotations

from collections.abc import Sequence

from rules.catalogue.registry import SINCE
from rules.conditions.duration import DurationCondition
from rules.facts import Facts
from rules.verdict import Verdict


class Lengths:
    """The conditions on one length of time in one calendar. Safe to share between threads.

    Args:
        conditions: What is asked of it, in the order of the answers: one at least.
    """

    __slots__ = ("_asked", "_calendar", "_fact", "_since", "_unset")

    def __init__(self, conditions: Sequence[DurationCondition]) -> None:
        self._fact, self._calendar = conditions[0].fact, conditions[0].calendar
        self._since = SINCE[self._fact]
        self._asked = [(one.limit, one.after, one.wanted, one.answer) for one in conditions]
        self._unset = [condition.unset() for condition in conditions]

    def answers(self, facts: Facts) -> list[Verdict]:
        """The answer of each condition."""
        since, now = self._since(facts), facts.now
        if since is None:
            return self._unset
        length = self._calendar.elapsed(since, now)
        passed, fact = self._calendar.spell_open(length), self._fact
        # Most spans are used up, and their conditions need not be asked.
        return [
            Verdict(holds=after, subject=fact, wanted=wanted, observed=passed)
            if length > limit
            else answer(since, length, passed, now)
            for limit, after, wanted, answer in self._asked
        ]
