"""Lengths: all that is asked of the time since one instant, in one calendar, answered in one go."""

from __future__ import annotations

from collections.abc import Sequence

from rules.conditions.duration import DurationCondition
from rules.facts import Facts
from rules.verdict import Verdict


class Lengths:
    """The conditions on one length of time in one calendar. Safe to share between threads.

    Args:
        conditions: What is asked of it, in the order of the answers: one at least.
    """

    __slots__ = ("_asked", "_calendar", "_fact")

    def __init__(self, conditions: Sequence[DurationCondition]) -> None:
        self._fact, self._calendar = conditions[0].fact, conditions[0].calendar
        self._asked = [condition.answer for condition in conditions]

    def answers(self, facts: Facts) -> list[Verdict]:
        """The answer of each condition."""
        lasted, now = facts.lasted(self._fact, self._calendar), facts.now
        return [answer(lasted, now) for answer in self._asked]
