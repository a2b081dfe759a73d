"""Values: by the value of one fact, the rows that it does not rule out. What was worked out for a value is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.compile.terms import answer
from rules.conditions.base import ValueCondition

#: A question, the answer that it needs, and the rows that ask it, as bits.
Asked = tuple[ValueCondition, bool, int]
#: Texts that are longer than so many characters are not kept.
_LONGEST = 250
#: About so many bytes are kept.
_ROOM = 1 << 23
#: Types of which no two values are equal.
_KEPT = frozenset({str, int, type(None)})


def most_kept(rows: int) -> int:
    """How many values are kept with the bits of so many rows each."""
    return _ROOM // (256 + rows // 8)


class Values(dict[Any, int]):
    """The rows, as bits, that a value does not rule out; values of one type only, as Python takes 1 and True for one.

    Args:
        asked: What is asked of the fact.
        everything: The bits of all rows.
    """

    __slots__ = ("_asked", "_everything", "_most")

    def __init__(self, asked: Sequence[Asked], everything: int) -> None:
        super().__init__()
        self._asked, self._everything = asked, everything
        self._most = most_kept(everything.bit_length())

    def __missing__(self, value: Any) -> int:
        """Work it out."""
        found = self.of(value)
        if value.__class__ is not str or len(value) <= _LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[value] = found
        return found

    def of_field(self, value: Any) -> int:
        """The rows that a custom field's value does not rule out: the types of those differ."""
        return self[value] if value.__class__ in _KEPT else self.of(value)

    def of(self, value: Any) -> int:
        """The rows that a value of any type does not rule out."""
        return self.all_of(self._asked, value)

    def all_of(self, asked: Sequence[Asked], value: Any) -> int:
        """The rows that do not ask these questions, and those that get from the value the answers that they need."""
        left = self._everything
        for condition, wanted, bits in asked:
            if answer(condition, value) is not wanted:
                left &= ~bits
        return left
