"""Compiled: many conditions asked at once, in time that grows with those that can apply.

The answers are those of the conditions themselves (`Condition.evaluate`), without the proofs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from rules.compile.generated import function
from rules.compile.guards import Guards
from rules.compile.listing import listing, places
from rules.compile.moments import Moment, Moments
from rules.compile.rows import Row, rows_of
from rules.compile.source import Source
from rules.compile.terms import YES, Due, Either, Leaf, Term, Terms, Whole
from rules.conditions.base import Condition
from rules.facts import Facts

if TYPE_CHECKING:
    from rules.escalation.record.programme import AccountProgramme
    from rules.policy import Policy

#: The number of a condition, whether it holds, and when that turns.
_Turn = tuple[int, bool, datetime | None]


class Compiled:
    """Conditions, numbered in the order in which they were given. Safe to share between threads.

    Attributes:
        facts: The facts that any of the conditions reads.
        holding: Tells of some facts the numbers of the conditions that hold, lowest first.
        turning: Tells of the conditions that hold or could change by themselves: number, whether it holds, and when it
            turns. The instant (UTC) is the earliest at which the answer could change; None = never by itself.
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._terms = Terms()
        self._wholes = [self._terms.of(condition) for condition in conditions]
        self.facts = frozenset().union(*(condition.facts for condition in conditions))
        # Both become the generated function itself when they are first called: that saves two calls for each ticket.
        self.holding: Callable[[Facts], list[int]] = self._first_holding
        self.turning: Callable[[Facts], list[_Turn]] = self._first_turning

    def _first_holding(self, facts: Facts) -> list[int]:
        self.holding = _Asking(self._wholes, self._terms, answers=False).asked
        return self.holding(facts)

    def _first_turning(self, facts: Facts) -> list[_Turn]:
        self.turning = _Asking(self._wholes, self._terms, answers=True).asked
        return self.turning(facts)


class _Asking:
    """The rows of all conditions, and the functions that ask what is left of them.

    Attributes:
        asked: What `Compiled` offers under the name of the question.
    """

    def __init__(self, wholes: Sequence[Term], terms: Terms, *, answers: bool) -> None:
        rows = rows_of(wholes, terms, answers=answers)
        guards = Guards(rows, answers=answers)
        self._answers = answers
        self._numbers = [row.number for row in rows]
        left = [_rest(values, row, terms) for row, values in zip(rows, guards.left, strict=True)]
        self._terms = [whole for _, whole in left]
        self._uses = Counter(_parts(self._terms))
        self._slots = {due: slot for slot, due in enumerate(part for part in self._uses if isinstance(part, Due))}
        self._functions: list[Callable[..., Any] | None] = [None] * len(rows)
        self._moments = Moments(self._slots, partial(guards.tables, self._slots))
        # Rows that have to be asked in any case.
        always = sum(1 << place for place, (rest, _) in enumerate(left) if rest is not YES)
        self.asked: Callable[[Facts], list[Any]] = self._generated(guards, always)

    def _generated(self, guards: Guards, always: int) -> Callable[[Facts], list[Any]]:
        source = Source({}, Counter())
        moments, settle = source.name(self._moments), source.name(self._turn if self._answers else self._settle)
        told = _for_good if self._answers else int
        lines = [
            f"moment = {moments}.last",
            f"if moment[0] is not facts.now: moment = {moments}.at(facts.now)",
            *guards.lines(source),
            f"asked = left & (unsure | {source.name(always)})",
        ]
        if self._answers:
            lines.append(f"if asked: return {settle}(left ^ asked, asked, facts, moment)")
        else:
            lines.append(f"if asked: left = {settle}(left ^ asked, asked, facts, moment)")
        lines.append(f"return {listing(self._numbers, told, source)}")
        made: Callable[[Facts], list[Any]] = function("facts", lines, source.names)
        return made

    def _settle(self, left: int, asked: int, facts: Facts, moment: Moment) -> int:
        """The rows that hold: those that are left, and those of the asked ones that say so."""
        kept: dict[str, Any] = {}
        while asked:
            bit = asked & -asked
            place = bit.bit_length() - 1
            ask = self._functions[place] or self._function(place)
            if ask(facts, facts.ticket, facts.ledger, facts.now, moment[1], moment[2], kept):
                left |= bit
            asked ^= bit
        return left

    def _turn(self, left: int, asked: int, facts: Facts, moment: Moment) -> list[_Turn]:
        """What holds or turns: the rows that are left hold for good, the others are asked."""
        kept: dict[str, Any] = {}
        turns = {self._numbers[place]: _for_good(self._numbers[place]) for place in places(left)}
        for place in places(asked):
            number = self._numbers[place]
            if number not in turns:
                ask = self._functions[place] or self._function(place)
                holds, at = ask(facts, facts.ticket, facts.ledger, facts.now, moment[1], moment[2], kept)
                if holds or at is not None:
                    turns[number] = number, holds, at
        return [turns[number] for number in sorted(turns)]

    def _function(self, place: int) -> Callable[..., Any]:
        made = Source(self._slots, self._uses).one(self._terms[place], answers=self._answers)
        self._functions[place] = made
        return made


def _for_good(number: int) -> _Turn:
    return number, True, None


def _rest(values: Sequence[tuple[Leaf, bool]], row: Row, terms: Terms) -> tuple[Term, Term]:
    """What is left to ask of a row, without its lengths of time and with them."""
    leaves = [leaf if wanted else terms.either([leaf], negated=True) for leaf, wanted in values]
    return terms.whole([*leaves, *row.rest]), terms.whole([*leaves, *row.rest, *row.dues])


def compiled_rules(policy: Policy) -> Compiled:
    """The conditions of a policy's rules, numbered as the rules are; made when first asked for."""
    if not policy.compiled:
        policy.compiled.append(Compiled([rule.when for rule in policy.rules]))
    return policy.compiled[0]


def compiled_criteria(programme: AccountProgramme) -> Compiled:
    """The conditions of the criteria that propose records, numbered as these are; made when first asked for."""
    if not programme.compiled:
        programme.compiled.append(Compiled([one.when for one in programme.criteria]))
    return programme.compiled[0]


def _parts(terms: Iterable[Term]) -> Iterator[Term]:
    for term in terms:
        yield term
        if isinstance(term, Whole | Either):
            yield from _parts(term.parts)
