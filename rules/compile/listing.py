"""Listing: from the bits of rows to the numbers of their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from math import ceil
from typing import Any

from rules.compile.source import Source
from rules.compile.values import most_kept

#: So many rows are looked up at once at most: Python is quickest with numbers of thirty bits.
_WIDTH = 30
#: With more than so many look-ups it is quicker to go from bit to bit.
_MOST_RUNS = 8


class Run(dict[int, tuple[Any, ...]]):
    """What is told of some rows that stand side by side, by their bits; what was listed is kept.

    Args:
        told: What is told of each row; rows of one condition tell the same, and it is told once.
    """

    __slots__ = ("_most", "_told")

    def __init__(self, told: Sequence[Any]) -> None:
        super().__init__()
        self._told = told
        self._most = most_kept(_WIDTH)

    def __missing__(self, bits: int) -> tuple[Any, ...]:
        """List it."""
        told = (self._told[place] for place in places(bits))
        found = tuple(one for one, _ in groupby(told))
        if len(self) >= self._most:
            self.clear()
        self[bits] = found
        return found


def listing(numbers: Sequence[int], told: Callable[[int], Any], source: Source) -> str:
    """Source text of a list of what is told of the rows `left`.

    Args:
        numbers: The condition of each row; rows of one condition stand side by side.
        told: What is told of a condition.
        source: Where names are given.
    """
    of_rows = [told(number) for number in numbers]
    starts = list(_starts(numbers))
    if len(starts) > _MOST_RUNS:
        return f"{source.name(lambda left: [one for one, _ in groupby(of_rows[at] for at in places(left))])}(left)"
    runs = []
    for start, end in pairwise([*starts, len(numbers)]):
        shifted = f"left >> {start}" if start else "left"
        bits = shifted if end == len(numbers) else f"{shifted} & {(1 << end - start) - 1}"
        runs.append(f"*{source.name(Run(of_rows[start:end]))}[{bits}]")
    return f"[{', '.join(runs)}]"


def places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while bits:
        bit = bits & -bits
        yield bit.bit_length() - 1
        bits ^= bit


def _starts(numbers: Sequence[int]) -> Iterator[int]:
    """Where runs of rows begin; no condition has rows in two of them."""
    # Runs of about one length: the shorter the longest is, the fewer ways there are in which its rows can hold.
    width = ceil(len(numbers) / ceil(len(numbers) / _WIDTH)) if numbers else _WIDTH
    start = end = 0
    for _, rows in groupby(numbers):
        count = len(list(rows))
        if end == 0 or end - start >= width or end + count - start > _WIDTH:
            start = end
            yield start
        end += count
