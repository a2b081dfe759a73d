"""Terms: conditions taken apart for the compiler; equal parts of different conditions become one term."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.compile import reads
from rules.conditions.base import Condition, ValueCondition
from rules.conditions.criteria import CriterionCondition
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.conditions.question import QuestionKind

#: Groups nested deeper are asked as they are: generated code has brackets within brackets, and Python limits them.
_DEEPEST = 12


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """An answer that is known already."""

    holds: bool


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A question to one value; its answer never changes by itself."""

    condition: ValueCondition
    #: It compares a fact that is read at a glance with whole values, and unset ones follow from that.
    plain: bool


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """A question to the time since some instant."""

    condition: DurationCondition


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """A condition of a kind that the compiler does not know: it is asked as it is."""

    condition: Condition


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """Holds when every part holds."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """Holds when some part holds; negated, when none does."""

    parts: tuple[Term, ...]
    negated: bool


Term = Constant | Leaf | Due | Other | Whole | Either

YES, NO = Constant(holds=True), Constant(holds=False)


def changes_by_itself(term: Term) -> bool:
    """Whether the answer of a term can change while nobody touches anything."""
    if isinstance(term, Whole | Either):
        return any(changes_by_itself(part) for part in term.parts)
    return isinstance(term, Due | Other)


@dataclass(slots=True)
class Terms:
    """Makes terms, each once: equal terms are the same object."""

    _known: dict[Hashable, Term] = field(default_factory=dict)

    def of(self, condition: Condition, depth: int = 0) -> Term:
        """The term of a condition."""
        take = _TAKE_APART.get(type(condition))
        return self.once(("other", id(condition)), Other(condition)) if take is None else take(self, condition, depth)

    def once(self, key: Hashable, term: Term) -> Term:
        """The term of that key: the first one that was given."""
        return self._known.setdefault(key, term)

    def whole(self, parts: list[Term]) -> Term:
        """All of the parts; a part that is a whole itself gives its parts."""
        flat: dict[Term, None] = {}
        for part in parts:
            if part is NO:
                return NO
            if part is not YES:
                flat.update(dict.fromkeys(part.parts if isinstance(part, Whole) else (part,)))
        return self._several(tuple(flat), Whole, YES)

    def either(self, parts: list[Term], *, negated: bool) -> Term:
        """Some of the parts, or none of them."""
        flat: dict[Term, None] = {}
        for part in parts:
            if part is YES:
                return NO if negated else YES
            if part is not NO:
                inner = part.parts if isinstance(part, Either) and not part.negated else (part,)
                flat.update(dict.fromkeys(inner))
        if negated:
            found = tuple(flat)
            return self.once(("none", *map(id, found)), Either(found, negated=True)) if found else YES
        return self._several(tuple(flat), lambda found: Either(found, negated=False), NO)

    def _several(self, parts: tuple[Term, ...], make: Callable[[tuple[Term, ...]], Term], empty: Term) -> Term:
        if len(parts) > 1:
            made = make(parts)
            return self.once((type(made), *map(id, parts)), made)
        return parts[0] if parts else empty


def answer(condition: ValueCondition, value: Any) -> bool:
    """What a condition says to a value."""
    return condition.when_unset if value is None else condition.test(value)


def _take_leaf(terms: Terms, condition: ValueCondition, depth: int) -> Term:
    del depth
    question = condition.question
    key = id(condition) if question is None else (question.key, condition.when_unset)
    return terms.once(("leaf", condition.fact, key), Leaf(condition, _is_plain(condition)))


def _is_plain(condition: ValueCondition) -> bool:
    question = condition.question
    if question is None or condition.when_unset is not question.negated or not reads.is_cheap(condition.fact):
        return False
    # As custom fields, numbers are equal in more ways than by their text.
    are_words = question.kind is QuestionKind.FIELD and all(isinstance(value, str) for value in question.values)
    return are_words or question.kind is QuestionKind.VALUE


def _take_due(terms: Terms, condition: DurationCondition, depth: int) -> Term:
    del depth
    when = (condition.fact, condition.span, id(condition.calendar), condition.after, condition.includes_due)
    return terms.once(("due", *when), Due(condition))


def _take_whole(terms: Terms, condition: All, depth: int) -> Term:
    if depth >= _DEEPEST:
        return terms.once(("other", id(condition)), Other(condition))
    return terms.whole([terms.of(child, depth + 1) for child in condition.children])


def _take_either(terms: Terms, condition: AnyOf, depth: int) -> Term:
    if depth >= _DEEPEST:
        return terms.once(("other", id(condition)), Other(condition))
    return terms.either([terms.of(child, depth + 1) for child in condition.children], negated=condition.negated)


def _take_named(terms: Terms, condition: NamedCondition, depth: int) -> Term:
    return terms.of(condition.meaning, depth)


def _take_criterion(terms: Terms, condition: CriterionCondition, depth: int) -> Term:
    return terms.of(condition.criterion.when, depth)


#: How the kinds of conditions are taken apart; a kind that is missing here is asked as it is.
_TAKE_APART: Mapping[type, Callable[[Terms, Any, int], Term]] = {
    ValueCondition: _take_leaf,
    DurationCondition: _take_due,
    All: _take_whole,
    AnyOf: _take_either,
    NamedCondition: _take_named,
    CriterionCondition: _take_criterion,
}
