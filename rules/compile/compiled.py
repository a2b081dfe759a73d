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
from rules.compile.source import Source
from rules.compile.terms import NO, Due, Either, Term, Terms, Whole
from rules.conditions.base import Condition
from rules.facts import Facts

if TYPE_CHECKING:
    from rules.policy import Policy

#: By length of time: what began until then is over, what began from then on still runs (`rules.compile.horizon`).
_Bounds = tuple[datetime | None, tuple[datetime, ...], tuple[datetime, ...]]
#: Asks those of some conditions whose bits are set.
_Ask = Callable[..., list[Any]]
#: So many conditions are asked in one function: Python is fast with numbers of up to so many bits.
_TOGETHER = 30
_BITS = (1 << _TOGETHER) - 1


class Compiled:
    """Conditions, numbered in the order in which they were given. Safe to share between threads."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        terms = Terms()
        wholes = [terms.of(condition) for condition in conditions]
        guards = Guards(wholes, terms)
        #: The facts that any of the conditions reads.
        self.facts = frozenset().union(*(condition.facts for condition in conditions))
        self._candidates = guards.candidates
        self._left = guards.left
        parts = Counter(_parts(self._left))
        self._uses = parts
        self._due = [part for part in parts if isinstance(part, Due)]
        self._slots = {due: slot for slot, due in enumerate(self._due)}
        #: By the position of its first condition, and whether it also tells when answers turn.
        self._functions: dict[tuple[int, bool], _Ask] = {}
        unsure = (UNKNOWN[0],) * len(self._due), (UNKNOWN[1],) * len(self._due)
        self._unsure: _Bounds = (None, *unsure)
        self._seen: datetime | None = None
        self._bounds: _Bounds = self._unsure

    def holding(self, facts: Facts) -> list[int]:
        """The numbers of the conditions that hold, lowest first."""
        return self._found(facts, answers=False)

    def turning(self, facts: Facts) -> list[tuple[int, bool, datetime | None]]:
        """Of the conditions that hold or could change by themselves: number, whether it holds, and when it turns.

        The instant (UTC) is the earliest at which the answer could change; None = never by itself.
        """
        return self._found(facts, answers=True)

    def _found(self, facts: Facts, *, answers: bool) -> list[Any]:
        left = self._candidates(facts)
        if not left:
            return []
        now, kept = facts.now, {}  # type: datetime, dict[str, Any]
        bounds = self._bounds
        if bounds[0] is not now:
            bounds = self._bounds_at(now)
        _, over, running = bounds
        ticket, ledger = facts.ticket, facts.ledger
        found: list[Any] = []
        first = 0
        while left:
            if not (some := left & _BITS):
                # Jump to where the next candidate is.
                blocks = ((left & -left).bit_length() - 1) // _TOGETHER
                left >>= blocks * _TOGETHER
                first += blocks * _TOGETHER
                some = left & _BITS
            ask = self._functions.get((first, answers)) or self._function(first, answers=answers)
            found += ask(some, facts, ticket, ledger, now, over, running, kept)
            left >>= _TOGETHER
            first += _TOGETHER
        return found

    def _function(self, first: int, *, answers: bool) -> _Ask:
        terms = {
            number: term for number, term in enumerate(self._left[first : first + _TOGETHER], first) if term is not NO
        }
        made = self._functions[first, answers] = Source(self._slots, self._uses).several(terms, first, answers=answers)
        return made

    def _bounds_at(self, now: datetime) -> _Bounds:
        """What is known of the lengths of time at an instant: worked out when it comes up for the second time."""
        bounds = self._bounds
        if bounds[0] == now:
            return bounds
        if self._due and self._seen != now:
            self._seen = now
            return self._unsure
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
