"""Worn: by the tags that are worn, the rows that they do not rule out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rules.compile.source import Source

#: So many times a row can need a tag.
_MOST_NEEDS = 4


class Worn:
    """What the rows ask of one fact with many values at once.

    A row needs one of some tags, and one of others, and so on: each time is a column of bits, one bit for each row.
    Behind the first column comes that of the rows that are ruled out.

    Args:
        rows: How many rows there are.
    """

    __slots__ = ("_lacks", "_needing", "_needs", "_rows")

    def __init__(self, rows: int) -> None:
        self._rows = rows
        #: By column and tag the rows that need it or one of others, as bits.
        self._needs: list[Counter[str]] = [Counter() for _ in range(_MOST_NEEDS)]
        self._needing = [0] * _MOST_NEEDS
        #: By tag the rows that must not have it.
        self._lacks: Counter[str] = Counter()

    def need(self, times: Sequence[Iterable[str]], bit: int) -> bool:
        """A row needs, each time, one of these tags; False when it needs too many to be noted."""
        free = [column for column, needing in enumerate(self._needing) if not needing & bit]
        if len(free) < len(times):
            return False
        for column, tags in zip(free, times, strict=False):
            self._needing[column] |= bit
            for tag in tags:
                self._needs[column][tag] |= bit
        return True

    def lack(self, tags: Iterable[str], bit: int) -> None:
        """A row holds only where none of these tags is worn."""
        for tag in tags:
            self._lacks[tag] |= bit

    @property
    def tags(self) -> frozenset[str]:
        """The tags that rows ask for."""
        return frozenset(self._lacks).union(*self._needs)

    @property
    def asking(self) -> int:
        """The rows that ask for tags, as bits."""
        found = 0
        for bits in (*self._needing, *self._lacks.values()):
            found |= bits
        return found

    def of(self, tags: Iterable[str] | None) -> int:
        """The rows that these tags do not rule out."""
        found, by_tag = 0, self._by_tag()
        for tag in tags or ():
            found |= by_tag.get(tag, 0)
        left = (1 << self._rows) - 1 & ~(found >> self._rows)
        for column, needing in enumerate(self._needing):
            left &= found >> self._shift(column) | ~needing
        return left

    def lines(self, worn: str, source: Source) -> list[str]:
        """The same as generated code that narrows `left`; what is worn is never None."""
        by_tag = source.name(self._by_tag())
        first, *others = self._needing
        lines = [
            f"found = {source.name((1 << self._rows) - 1 & ~first)}",
            f"for tag in {worn}:",
            f"    if tag in {by_tag}: found |= {by_tag}[tag]",
            "left &= found",
        ]
        if self._lacks:
            # Unwanted tags are rare.
            lines.append(f"if found >= {source.name(1 << self._rows)}: left &= ~(found >> {self._rows})")
        for column, needing in enumerate(others, start=1):
            if needing:
                # So are rows that need several tags and are left.
                wanted = f"found >> {self._shift(column)} | {source.name(~needing)}"
                lines.append(f"if left & {source.name(needing)}: left &= {wanted}")
        return lines

    def _shift(self, column: int) -> int:
        return self._rows * (column + 1) if column else 0

    def _by_tag(self) -> dict[str, int]:
        """By tag the columns, side by side."""
        shifts = [self._shift(column) for column in range(_MOST_NEEDS)]
        columns = [*zip(self._needs, shifts, strict=True), (self._lacks, self._rows)]
        return {tag: sum(rows[tag] << shift for rows, shift in columns) for tag in self.tags}
