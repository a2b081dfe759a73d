"""Joint: by the values of several facts at once, the rows that they do not rule out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rules.compile.values import most_kept

#: The values of the facts, in their order.
Key = tuple[Any, ...]
#: The rows that the value of one fact does not rule out, as bits.
Look = Callable[[Any], int]


class Joint(dict[Key, int]):
    """The rows, as bits, that the values of some facts together do not rule out; what was worked out is kept.

    Tickets differ in many ways, but in status, priority and type together there are few: one look-up answers what is
    asked of all three.

    Args:
        looks: The rows by the value of each fact.
        everything: The bits of all rows.
    """

    __slots__ = ("_everything", "_looks", "_most")

    def __init__(self, looks: Sequence[Look], everything: int) -> None:
        super().__init__()
        self._looks, self._everything = looks, everything
        self._most = most_kept(everything.bit_length())

    def __missing__(self, key: Key) -> int:
        """Work it out."""
        found = self.of(key)
        if all(self._is_settled(look, value) for look, value in zip(self._looks, key, strict=True)):
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found

    def of(self, key: Key) -> int:
        """The rows that none of these values rules out; values that cannot be looked up may be among them."""
        left = self._everything
        for look, value in zip(self._looks, key, strict=True):
            left &= look(value)
        return left

    @staticmethod
    def _is_settled(look: Look, value: Any) -> bool:
        """Whether every value that Python takes for the same leaves the same rows."""
        found = look(value)
        return all(look(twin) == found for twin in _twins(value))


def _twins(value: object) -> Sequence[object]:
    """The values of other types that are equal to a number."""
    if not isinstance(value, int | float):
        return ()
    twins: list[object] = [bool(value)] if value in {0, 1} else []
    try:
        return [*twins, int(value), float(value)]
    except (ValueError, OverflowError):
        # Infinite, not a number, or beyond the floats.
        return twins
