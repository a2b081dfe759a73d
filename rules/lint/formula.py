"""Formula: a condition as statements joined by and, or, not; and whether any ticket at all can fulfil one.

`satisfiable` never says no without a proof: where it cannot tell, it says yes. So all claims that are built on a no
(never holds, implies, cannot hold together) are true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.lint.atoms import Atom
from rules.lint.worlds import World

#: Cases that are looked into before the answer is "perhaps".
_MOST_CASES = 3_000


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement, or its opposite."""

    atom: Atom
    holds: bool


@dataclass(frozen=True, slots=True)
class Both:
    """All of its parts; without parts it is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of its parts; without parts it is false."""

    parts: tuple[Formula, ...]


Formula = Fact | Both | Either


class _TooMany(Exception):  # noqa: N818 - control flow inside this module
    """More cases than are worth it."""


def satisfiable(formula: Formula, world: World, known: Mapping[Atom, bool] | None = None) -> bool:
    """Whether some ticket of which these statements are known could fulfil the formula; True also when nobody knows."""
    try:
        return _Search(world).possible([formula], known or {})
    except _TooMany:
        return True


def witness(formula: Formula, world: World) -> Mapping[Atom, bool] | None:
    """Statements that make the formula true and go together; None when there are none, or none was found in time."""
    search = _Search(world)
    try:
        return search.found if search.possible([formula], {}) else None
    except _TooMany:
        return None


class _Search:
    def __init__(self, world: World) -> None:
        self._world = world
        self._left = _MOST_CASES
        #: What is known in the case that turned out to be possible.
        self.found: Mapping[Atom, bool] = {}

    def possible(self, pending: Iterable[Formula], known: Mapping[Atom, bool]) -> bool:
        """Take what is certain first, then go through the cases of one alternative."""
        certain, choices, known = list(pending), list[Either](), dict(known)
        while certain:
            part = certain.pop()
            if isinstance(part, Both):
                certain.extend(part.parts)
            elif isinstance(part, Either):
                choices.append(part)
            elif not self._learn(part, known):
                return False
        if not choices:
            self.found = known
            return True
        choices.sort(key=lambda choice: len(choice.parts))
        first, *rest = choices
        return any(self._case([part, *rest], known) for part in first.parts)

    def _case(self, pending: list[Formula], known: Mapping[Atom, bool]) -> bool:
        self._left -= 1
        if self._left < 0:
            raise _TooMany
        return self.possible(pending, known)

    def _learn(self, fact: Fact, known: dict[Atom, bool]) -> bool:
        """Add one statement; False when it contradicts what is known."""
        if fact.atom in known:
            return known[fact.atom] is fact.holds
        known[fact.atom] = fact.holds
        return self._world.allows(known, fact.atom)
