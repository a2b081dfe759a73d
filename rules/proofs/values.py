"""Values: all that is asked of the value of one fact, answered in one go. Answers to a value are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rules.conditions.base import ValueCondition
from rules.facts import Facts, FactType, Value, reader, spec_of
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


class Values(dict[Any, tuple[Verdict, ...]]):
    """The answers of conditions on one fact, by its value. Safe to share between threads.

    Args:
        fact: Its name.
        conditions: What is asked of it, in the order of the answers.

    Attributes:
        key: Reads what stands for the fact's value here. Custom fields have values of any type, of which 1 and True are
            equal, but told in other words: the type stands beside them.
    """

    __slots__ = ("_conditions", "_most", "_typed", "key")

    def __init__(self, fact: str, conditions: Sequence[ValueCondition]) -> None:
        super().__init__()
        spec, read = spec_of(fact), reader(fact)
        self._typed = spec is None or spec.type is FactType.ANY
        self.key: Callable[[Facts], Any] = _with_type(read) if self._typed else read
        self._conditions = tuple(conditions)
        self._most = _ROOM // (_VALUE + _ANSWER * len(conditions)) or 1

    def __missing__(self, key: Any) -> tuple[Verdict, ...]:
        """Ask every condition."""
        value: Value = key[1] if self._typed else key
        text = words(value)
        found = tuple([condition.answer(value, text) for condition in self._conditions])
        if not isinstance(value, _UNKEPT) and (not isinstance(value, str) or len(value) <= _LONGEST):
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found


def _with_type(read: Callable[[Facts], Value]) -> Callable[[Facts], tuple[type, Value]]:
    def key(facts: Facts) -> tuple[type, Value]:
        value = read(facts)
        return value.__class__, value

    return key
