"""Spread: how lengths of time lie, in a few figures; and their tally, whose size does not grow with their number."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import msgspec

_MINUTE = timedelta(minutes=1)
#: Lengths are kept to so many digits of minutes.
_DIGITS = 3


class Spread(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How lengths of time lie, to three digits of minutes. Negative ones are too late."""

    count: int = 0
    #: The least, the one that a tenth falls below, the middle one, the one that a tenth exceeds, and the greatest; None
    #: where there is no length at all.
    least: timedelta | None = None
    tenth: timedelta | None = None
    median: timedelta | None = None
    ninetieth: timedelta | None = None
    most: timedelta | None = None


class SpreadTally:
    """Counts lengths of time. Lengths that differ in the fourth digit of their minutes count as one."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, length: timedelta) -> None:
        """One more length."""
        self._counts[_rounded(length // _MINUTE)] += 1

    def spread(self) -> Spread:
        """What all of them add up to."""
        count = self._counts.total()
        if not count:
            return Spread()
        at = [(count - 1) * share // 100 for share in (0, 10, 50, 90, 100)]
        least, tenth, median, ninetieth, most = self._ranked(at)
        return Spread(count=count, least=least, tenth=tenth, median=median, ninetieth=ninetieth, most=most)

    def _ranked(self, ranks: list[int]) -> list[timedelta]:
        """The lengths at these ranks, which rise."""
        found: list[timedelta] = []
        passed = 0
        for minutes in sorted(self._counts):
            passed += self._counts[minutes]
            while len(found) < len(ranks) and ranks[len(found)] < passed:
                found.append(minutes * _MINUTE)
        return found


def _rounded(minutes: int) -> int:
    """The number cut off after its first digits."""
    step: int = 10 ** max(len(str(abs(minutes))) - _DIGITS, 0)
    return minutes // step * step
