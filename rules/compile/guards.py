"""Guards: what a condition needs before anything else matters, such as one product or one tag.

Conditions with a guard lie on a shelf, under the guard's value, and are not even looked at for tickets without it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from rules.compile import reads
from rules.compile.cell import Cell, Reader, function
from rules.compile.source import Source
from rules.compile.terms import Leaf, Term, Whole
from rules.conditions.equality import field_text
from rules.conditions.question import QuestionKind
from rules.facts import Facts

#: (fact, value): the ticket's fact has this value, or wears this tag.
_Key = tuple[str, object]
_Numbered = tuple[int, Term]
#: A guard that more than this share of all conditions have keeps nobody away.
_COMMON = 4


class Shelf:
    """Conditions with a guard on one fact, in cells by the value that they need."""

    __slots__ = ("_cells", "_read", "_several")

    def __init__(self, fact: str, cells: Mapping[object, Cell], *, several: bool) -> None:
        self._cells = dict(cells)
        self._several = several
        self._read = reader((fact,))

    def cells(self, facts: Facts) -> Iterator[Cell]:
        """The cells whose value the ticket has."""
        (value,) = self._read(facts, facts.ticket, facts.ledger)
        if value is None:
            return
        wanted = value if self._several else (value if value.__class__ is str else field_text(value),)
        for one in wanted:
            if (cell := self._cells.get(one)) is not None:
                yield cell


def reader(names: Sequence[str]) -> Reader:
    """A function that reads some facts as a tuple."""
    source = Source({}, ())
    text = "".join(f"{reads.read(fact, source.name)}, " for fact in names)
    read: Reader = function(["def asked(facts, ticket, ledger):", f"    return ({text})"], source.names)
    return read


def shelve(
    numbered: Sequence[_Numbered], without: Container[str], cell: Callable[[Sequence[_Numbered]], Cell]
) -> tuple[Cell, tuple[Shelf, ...]]:
    """Put conditions on shelves by their rarest guards.

    Args:
        numbered: The conditions.
        without: Facts that are no use as guards.
        cell: Makes a cell of some conditions.

    Returns:
        The cell of the conditions without a guard, and the shelves. A condition that accepts several values of its
        guard lies under each of them.
    """
    guards = {number: list(_guards(term, without)) for number, term in numbered}
    common = Counter(key for found in guards.values() for keys in found for key in keys)
    open_to_all: list[_Numbered] = []
    shelves: dict[str, dict[object, list[_Numbered]]] = defaultdict(lambda: defaultdict(list))
    for number, term in numbered:
        best = min(guards[number], key=lambda keys: sum(common[key] for key in keys), default=())
        if not best or sum(common[key] for key in best) * _COMMON > len(numbered):
            open_to_all.append((number, term))
            continue
        for fact, value in best:
            shelves[fact][value].append((number, term))
    made = (
        Shelf(fact, {value: cell(some) for value, some in by_value.items()}, several=fact in _TAG_FACTS)
        for fact, by_value in shelves.items()
    )
    return cell(open_to_all), tuple(made)


def _guards(term: Term, without: Container[str]) -> Iterator[tuple[_Key, ...]]:
    """Alternatives of which the ticket has to have one, for every part that is needed whatever else holds."""
    for part in term.parts if isinstance(term, Whole) else (term,):
        if not isinstance(part, Leaf) or part.condition.question is None or part.condition.fact in without:
            continue
        condition, question = part.condition, part.condition.question
        if condition.when_unset or question.negated:
            continue
        if question.kind is QuestionKind.TAG and condition.fact in _TAG_FACTS:
            yield tuple((condition.fact, tag) for tag in question.values)
        elif question.kind is QuestionKind.TAGS and condition.fact in _TAG_FACTS:
            yield ((condition.fact, question.values[0]),)
        elif question.kind in {QuestionKind.VALUE, QuestionKind.FIELD} and _are_words(question.values):
            yield tuple((condition.fact, value) for value in question.values)


#: Facts with several values at once.
_TAG_FACTS = frozenset({"tags", "account.tags"})


def _are_words(values: tuple[Any, ...]) -> bool:
    """Whether comparing texts is all there is to it: numbers are equal in more ways."""
    return all(isinstance(value, str) for value in values)
