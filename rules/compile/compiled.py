"""Compiled: many conditions asked at once, in time that grows with those that can apply.

The answers are those of the conditions themselves (`Condition.evaluate`), without the proofs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rules.compile.guards import Guards
from rules.compile.horizon import UNKNOWN, horizon
from rules.compile.rows import Row, rows_of
from rules.compile.source import Source
from rules.compile.terms import YES, Due, Either, Leaf, Term, Terms, Whole
from rules.compile.values import most_kept
from rules.conditions.base import Condition
from rules.facts import Facts

if TYPE_CHECKING:
    from rules.policy import Policy

#: By length of time: what began until then is over, what began from then on still runs (`rules.compile.horizon`).
_Bounds = tuple[datetime | None, tuple[datetime, ...], tuple[datetime, ...], object]


class Compiled:
    """Conditions, numbered in the order in which they were given. Safe to share between threads."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._terms = Terms()
        self._wholes = [self._terms.of(condition) for condition in conditions]
        #: The facts that any of the conditions reads.
        self.facts = frozenset().union(*(condition.facts for condition in conditions))
        self._holding: _Asking | None = None
        self._turning: _Asking | None = None

    def holding(self, facts: Facts) -> list[int]:
        """The numbers of the conditions that hold, lowest first."""
        asking = self._holding
        if asking is None:
            asking = self._holding = _Asking(self._wholes, self._terms, answers=False)
        return asking.holding(facts)

    def turning(self, facts: Facts) -> list[tuple[int, bool, datetime | None]]:
        """Of the conditions that hold or could change by themselves: number, whether it holds, and when it turns.

        The instant (UTC) is the earliest at which the answer could change; None = never by itself.
        """
        asking = self._turning
        if asking is None:
            asking = self._turning = _Asking(self._wholes, self._terms, answers=True)
        return asking.turning(facts)


class _Asking:
    """The rows of all conditions, and the functions that ask what is left of them."""

    def __init__(self, wholes: Sequence[Term], terms: Terms, *, answers: bool) -> None:
        rows = rows_of(wholes, terms, answers=answers)
        guards = Guards(rows, answers=answers)
        self._guards, self._candidates, self._answers = guards, guards.candidates, answers
        self._numbers = [row.number for row in rows]
        left = [_rest(values, row, terms) for row, values in zip(rows, guards.left, strict=True)]
        #: Rows that have to be asked in any case.
        self._asked = _bits(place for place, (rest, _) in enumerate(left) if rest is not YES)
        self._terms = [whole for _, whole in left]
        self._uses = Counter(_parts(self._terms))
        self._due = [part for part in self._uses if isinstance(part, Due)]
        self._slots = {due: slot for slot, due in enumerate(self._due)}
        self._functions: list[Callable[..., Any] | None] = [None] * len(rows)
        #: By the bits of rows that hold: the numbers of their conditions.
        self._lists: dict[int, list[Any]] = {}
        self._most = most_kept(len(rows))
        unsure = (UNKNOWN[0],) * len(self._due), (UNKNOWN[1],) * len(self._due)
        self._unsure: _Bounds = (None, *unsure, guards.tables(self._slots, *unsure))
        self._seen: datetime | None = None
        self._bounds: _Bounds = self._unsure

    def holding(self, facts: Facts) -> list[int]:
        """As `Compiled.holding`."""
        bounds = self._bounds
        if bounds[0] is not facts.now:
            bounds = self._bounds_at(facts.now)
        left, unsure = self._candidates(facts, bounds[3])
        if asked := left & (unsure | self._asked):
            left ^= asked
            _, over, running, _ = bounds
            kept: dict[str, Any] = {}
            while asked:
                bit = asked & -asked
                place = bit.bit_length() - 1
                ask = self._functions[place] or self._function(place)
                if ask(facts, facts.ticket, facts.ledger, facts.now, over, running, kept):
                    left |= bit
                asked ^= bit
        return (self._lists.get(left) or self._listed(left)).copy() if left else []

    def turning(self, facts: Facts) -> list[tuple[int, bool, datetime | None]]:
        """As `Compiled.turning`."""
        bounds = self._bounds
        if bounds[0] is not facts.now:
            bounds = self._bounds_at(facts.now)
        left, unsure = self._candidates(facts, bounds[3])
        if not (asked := left & (unsure | self._asked)):
            return (self._lists.get(left) or self._listed(left)).copy() if left else []
        left ^= asked
        _, over, running, _ = bounds
        kept: dict[str, Any] = {}
        # Rows that are not asked hold for good.
        sure = (self._lists.get(left) or self._listed(left)) if left else ()
        turns: dict[int, tuple[bool, datetime | None]] = {number: (True, None) for number, _, _ in sure}
        while asked:
            bit = asked & -asked
            asked ^= bit
            place = bit.bit_length() - 1
            number = self._numbers[place]
            if number not in turns:
                ask = self._functions[place] or self._function(place)
                answer = ask(facts, facts.ticket, facts.ledger, facts.now, over, running, kept)
                if answer[0] or answer[1] is not None:
                    turns[number] = answer
        return [(number, *turns[number]) for number in sorted(turns)]

    def _function(self, place: int) -> Callable[..., Any]:
        made = Source(self._slots, self._uses).one(self._terms[place], answers=self._answers)
        self._functions[place] = made
        return made

    def _listed(self, left: int) -> list[Any]:
        numbers: list[int] = []
        last, rest = -1, left
        while rest:
            bit = rest & -rest
            rest ^= bit
            # The rows of one condition stand side by side.
            if (number := self._numbers[bit.bit_length() - 1]) != last:
                numbers.append(number)
                last = number
        found: list[Any] = [(number, True, None) for number in numbers] if self._answers else numbers
        if len(self._lists) >= self._most:
            self._lists.clear()
        self._lists[left] = found
        return found

    def _bounds_at(self, now: datetime) -> _Bounds:
        """What is known of the lengths of time at an instant: worked out when it comes up for the second time."""
        bounds = self._bounds
        if bounds[0] == now:
            return bounds
        if self._due and self._seen != now:
            self._seen = now
            return self._unsure
        pairs = [horizon(due.condition, now) for due in self._due]
        over, running = tuple(over for over, _ in pairs), tuple(running for _, running in pairs)
        self._bounds = bounds = now, over, running, self._guards.tables(self._slots, over, running)
        return bounds


def _rest(values: Sequence[tuple[Leaf, bool]], row: Row, terms: Terms) -> tuple[Term, Term]:
    """What is left to ask of a row, without its lengths of time and with them."""
    leaves = [leaf if wanted else terms.either([leaf], negated=True) for leaf, wanted in values]
    return terms.whole([*leaves, *row.rest]), terms.whole([*leaves, *row.rest, *row.dues])


def _bits(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


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
