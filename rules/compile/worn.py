"""Worn: by the tags that are worn, the rows that they do not rule out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rules.compile.source import Source


@dataclass(slots=True)
class Worn:
    """What the rows ask of one fact with many values at once.

    Attributes:
        rows: How many rows there are.
        needs: By tag the rows that need it or one of others, as bits.
        lacks: By tag the rows that must not have it.
        needing: The rows that need one of some tags.
    """

    rows: int
    needs: dict[str, int] = field(default_factory=dict)
    lacks: dict[str, int] = field(default_factory=dict)
    needing: int = 0

    def need(self, tags: Iterable[str], bit: int) -> None:
        """A row needs one of these tags; it can say so once."""
        self.needing |= bit
        for tag in tags:
            self.needs[tag] = self.needs.get(tag, 0) | bit

    def lack(self, tags: Iterable[str], bit: int) -> None:
        """A row holds only where none of these tags is worn."""
        for tag in tags:
            self.lacks[tag] = self.lacks.get(tag, 0) | bit

    @property
    def asking(self) -> int:
        """The rows that ask for tags."""
        found = self.needing
        for bits in self.lacks.values():
            found |= bits
        return found

    def of(self, tags: Iterable[str] | None) -> int:
        """The rows that these tags do not rule out."""
        found, unwanted = self._start, 0
        for tag in tags or ():
            found |= self.needs.get(tag, 0)
            unwanted |= self.lacks.get(tag, 0)
        return found & ~unwanted

    def lines(self, worn: str, source: Source) -> list[str]:
        """The same as generated code that narrows `left`; what is worn is never None."""
        by_tag = source.name(self._by_tag())
        return [
            f"found = {source.name(self._start)}",
            f"for tag in {worn}:",
            f"    if tag in {by_tag}: found |= {by_tag}[tag]",
            f"left &= found & ~(found >> {self.rows})" if self.lacks else "left &= found",
        ]

    @property
    def _start(self) -> int:
        return (1 << self.rows) - 1 & ~self.needing

    def _by_tag(self) -> dict[str, int]:
        """The rows that a tag allows, and above all rows the ones that it rules out."""
        return {
            tag: self.needs.get(tag, 0) | self.lacks.get(tag, 0) << self.rows for tag in {**self.needs, **self.lacks}
        }
