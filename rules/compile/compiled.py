"""Compiled: many conditions asked at once, in time that grows with those that can apply.

The answers are those of the conditions themselves (`Condition.evaluate`), without the proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rules.compile.cell import Cell
from rules.compile.guards import Shelf, reader, shelve
from rules.compile.horizon import UNKNOWN, horizon
from rules.compile.reads import FEW_VALUES
from rules.compile.terms import Due, Either, Leaf, Term, Terms, Whole
from rules.conditions.base import Condition
from rules.facts import Facts

if TYPE_CHECKING:
    from rules.policy import Policy

#: Up to so many conditions are asked in one function; more of them are put on shelves by what they need first.
_ONE_FUNCTION = 100
#: By length of time: what began until then is over, what began from then on still runs (`rules.compile.horizon`).
_Bounds = tuple[datetime | None, tuple[datetime, ...], tuple[datetime, ...]]


class Compiled:
    """Conditions, numbered in the order in which they were given. Safe to share between threads.

    Args:
        conditions: What is asked.
        together: Up to so many conditions are asked in one function.
    """

    def __init__(self, conditions: Sequence[Condition], *, together: int = _ONE_FUNCTION) -> None:
        terms = Terms()
        numbered = [(number, terms.of(condition)) for number, condition in enumerate(conditions)]
        parts = dict.fromkeys(_parts(term for _, term in numbered))
        self._due = [part for part in parts if isinstance(part, Due)]
        slots = {due: slot for slot, due in enumerate(self._due)}
        asked = {part.condition.fact for part in parts if isinstance(part, Leaf)}
        few = tuple(fact for fact in FEW_VALUES if fact in asked)
        self._few = reader(few)

        def cell(some: Sequence[tuple[int, Term]]) -> Cell:
            return Cell(some, terms, few, slots)

        self._cell: Cell
        self._shelves: tuple[Shelf, ...] = ()
        if len(numbered) <= together:
            self._cell = cell(numbered)
        else:
            self._cell, self._shelves = shelve(numbered, FEW_VALUES, cell)
        self._unsure: tuple[tuple[datetime, ...], tuple[datetime, ...]] = (
            (UNKNOWN[0],) * len(self._due),
            (UNKNOWN[1],) * len(self._due),
        )
        self._seen: datetime | None = None
        self._bounds: _Bounds = (None, *self._unsure)

    def holding(self, facts: Facts) -> list[int]:
        """The numbers of the conditions that hold, lowest first."""
        ticket, ledger, now = facts.ticket, facts.ledger, facts.now
        bounds = self._bounds
        if bounds[0] is not now:
            bounds = self._bounds_at(now)
        values = self._few(facts, ticket, ledger)
        _, over, running = bounds
        found = self._cell.holding(values)(facts, ticket, ledger, now, over, running)
        if not self._shelves:
            return found
        cells = dict.fromkeys(cell for shelf in self._shelves for cell in shelf.cells(facts))
        for cell in cells:
            found += cell.holding(values)(facts, ticket, ledger, now, over, running)
        return sorted(set(found))

    def turning(self, facts: Facts) -> list[tuple[int, bool, datetime | None]]:
        """Of the conditions that hold or could change by themselves: number, whether it holds, and when it turns.

        The instant (UTC) is the earliest at which the answer could change; None = never by itself.
        """
        ticket, ledger, now = facts.ticket, facts.ledger, facts.now
        values = self._few(facts, ticket, ledger)
        _, over, running = self._bounds_at(now)
        found: list[Any] = []
        cells = dict.fromkeys(cell for shelf in self._shelves for cell in shelf.cells(facts))
        for cell in (self._cell, *cells):
            found += cell.turning(values)(facts, ticket, ledger, now, over, running)
        return sorted(dict.fromkeys(found)) if cells else found

    def _bounds_at(self, now: datetime) -> _Bounds:
        """What is known of the lengths of time at an instant: worked out when it comes up for the second time."""
        bounds = self._bounds
        if bounds[0] == now:
            return bounds
        if self._due and self._seen != now:
            self._seen = now
            return (None, *self._unsure)
        pairs = [horizon(due.condition, now) for due in self._due]
        self._bounds = bounds = now, tuple(over for over, _ in pairs), tuple(running for _, running in pairs)
        return bounds


def compiled_rules(policy: Policy) -> Compiled:
    """The conditions of a policy's rules, numbered as the rules are; made when first asked for."""
    if not policy.compiled:
        policy.compiled.append(Compiled([rule.when for rule in policy.rules]))
    return policy.compiled[0]


def _parts(terms: Iterable[Term]) -> Iterator[Term]:
    for term in terms:
        yield term
        if isinstance(term, Whole | Either):
            yield from _parts(term.parts)
