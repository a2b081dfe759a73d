"""Row: one way in which a condition can hold, as a list of questions that all have to be answered with yes.

`any` of three parts makes three rows. What one value or one instant answers is looked up for all rows at once
(`rules.compile.guards`); what is left is asked row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.compile.terms import NO, YES, Due, Either, Leaf, Term, Terms, Whole, changes_by_itself

#: A condition that could hold in more ways than this is left as it is.
_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way in which a condition can hold."""

    #: Which condition.
    number: int
    #: Questions to values, and the answers that they need.
    values: tuple[tuple[Leaf, bool], ...]
    #: Lengths of time that have to be as they ask.
    dues: tuple[Due, ...]
    #: What else has to hold.
    rest: tuple[Term, ...]


def rows_of(wholes: Sequence[Term], terms: Terms, *, answers: bool) -> list[Row]:
    """The rows of numbered conditions, in their order.

    Args:
        wholes: The conditions.
        terms: Where they were made.
        answers: It shall also be told when a condition could change: then what changes by itself stays in one piece.
    """
    return [
        _row(number, parts)
        for number, whole in enumerate(wholes)
        for parts in _ways(whole, terms, answers=answers)
        if NO not in parts
    ]


def _ways(term: Term, terms: Terms, *, answers: bool) -> list[tuple[Term, ...]]:
    """Lists of parts; the term holds when all parts of one of them hold."""
    found: list[tuple[Term, ...]] = [()]
    for part in term.parts if isinstance(term, Whole) else (term,):
        options: list[tuple[Term, ...]] = [(part,)]
        if isinstance(part, Either) and not (answers and changes_by_itself(part)):
            options = _options(part, terms, answers=answers)
        if len(found) * len(options) > _MOST:
            options = [(part,)]
        found = [way + option for way in found for option in options]
    return found


def _options(part: Either, terms: Terms, *, answers: bool) -> list[tuple[Term, ...]]:
    if part.negated:
        return [tuple(terms.either([one], negated=True) for one in part.parts)]
    return [way for one in part.parts for way in _ways(one, terms, answers=answers)]


def _row(number: int, parts: Iterable[Term]) -> Row:
    values: dict[tuple[Leaf, bool], None] = {}
    dues: dict[Due, None] = {}
    rest: dict[Term, None] = {}
    for part in parts:
        if isinstance(part, Due):
            dues[part] = None
        elif isinstance(part, Leaf):
            values[part, True] = None
        elif isinstance(part, Either) and part.negated and len(part.parts) == 1 and isinstance(part.parts[0], Leaf):
            values[part.parts[0], False] = None
        elif part is not YES:
            rest[part] = None
    return Row(number=number, values=tuple(values), dues=tuple(dues), rest=tuple(rest))
