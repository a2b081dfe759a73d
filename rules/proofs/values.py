"""Values: all that is asked of the value of one fact, answered in one go. Answers to a value are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rules.conditions.base import ValueCondition
from rules.facts import Facts, Value, reader
from rules.verdict import Verdict
from rules.words import words

#: Longer texts are not kept.
_LONGEST = 250
#: About so many bytes of answers are kept for one fact.
_ROOM = 1 << 21
#: About so many bytes one answer takes, and a value with the text that says it.
_ANSWER, _VALUE = 128, 1024
#: Hardly any two tickets share such a value, or equal ones are told in other words (0.0 and -0.0).
_UNKEPT = (float, datetime)


class Values:
    """The conditions on one fact's value. Safe to share between threads.

    Args:
        fact: Its name.
        conditions: What is asked of it, in the order of the answers.
    """

    __slots__ = ("_conditions", "_given", "_most", "_read")

    def __init__(self, fact: str, conditions: Sequence[ValueCondition]) -> None:
        self._read = reader(fact)
        self._conditions = tuple(conditions)
        #: Texts stand for themselves, other values beside their types: 1 and True are equal, but told in other words.
        self._given: dict[Any, tuple[Verdict, ...]] = {}
        self._most = _ROOM // (_VALUE + _ANSWER * len(conditions)) or 1

    def answers(self, facts: Facts) -> tuple[Verdict, ...]:
        """The answer of each condition."""
        value = self._read(facts)
        known = self._given.get(value if value.__class__ is str else (value.__class__, value))
        return self._anew(value) if known is None else known

    def _anew(self, value: Value) -> tuple[Verdict, ...]:
        text = words(value)
        found = tuple([condition.answer(value, text) for condition in self._conditions])
        if not isinstance(value, _UNKEPT) and (not isinstance(value, str) or len(value) <= _LONGEST):
            if len(self._given) >= self._most:
                self._given.clear()
            self._given[value if value.__class__ is str else (value.__class__, value)] = found
        return found
