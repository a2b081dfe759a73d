"""Translate: a condition → a formula of atoms, the same in meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

from rules.conditions.base import Condition, ValueCondition
from rules.conditions.criteria import CriteriaCondition, CriterionCondition
from rules.conditions.duration import DurationCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.held import Held
from rules.conditions.named import NamedCondition
from rules.conditions.question import Question, QuestionKind
from rules.conditions.schedule import OpenCondition
from rules.criteria import Criterion
from rules.fact import FactType
from rules.facts import spec_of
from rules.lint.atoms import Ask, Atom, IsSet, Reached, Unknown, Wears
from rules.lint.formula import Both, Either, Fact, Formula

#: Of more criteria than this it is not worked out which of them reach the points.
_MOST_CRITERIA = 6


def formula_of(condition: Condition, *, holds: bool = True) -> Formula:
    """What a ticket fulfils when the condition holds; or, with `holds=False`, when it does not."""
    condition = _meant(condition)
    match condition:
        case All():
            return _joined((formula_of(child, holds=holds) for child in condition.children), both=holds)
        case AnyOf():
            wanted = holds is not condition.negated
            return _joined((formula_of(child, holds=wanted) for child in condition.children), both=not wanted)
        case CriteriaCondition():
            return _score(condition, holds=holds)
        case Held():
            since = Fact(Unknown(("for", id(condition.condition), condition.span, condition.calendar)), holds)
            return _joined((since, formula_of(condition.condition, holds=holds)), both=holds)
        case _:
            return _single(condition, holds=holds)


def _meant(condition: Condition) -> Condition:
    """What a name stands for."""
    while isinstance(condition, NamedCondition | CriterionCondition):
        condition = condition.meaning if isinstance(condition, NamedCondition) else condition.criterion.when
    return condition


def _single(condition: Condition, *, holds: bool) -> Formula:
    match condition:
        case DurationCondition():
            reached = Reached(condition.fact, condition.calendar, condition.span, not condition.includes_due)
            return _when_set(condition.fact, Fact(reached, condition.after is holds), holds=holds)
        case OpenCondition():
            is_open = Fact(Unknown(("open", condition.fact, condition.calendar)), condition.inside is holds)
            return _when_set(condition.fact, is_open, holds=holds)
        case ValueCondition(question=Question() as question) if condition.when_unset is question.negated:
            return _asked(condition, question, holds=holds is not question.negated)
        case _:
            return Fact(Unknown(id(condition)), holds)


def _when_set(fact: str, about: Fact, *, holds: bool) -> Formula:
    """What does not hold of a fact that is not set: the opposite is fulfilled then."""
    return _joined((Fact(IsSet(fact), holds), about), both=holds)


def _asked(condition: ValueCondition, question: Question, *, holds: bool) -> Formula:
    """A question without its negation."""
    fact, kind, values = condition.fact, question.kind, question.values
    spec = spec_of(fact)
    if kind is QuestionKind.SET and spec is not None and spec.type in {FactType.DURATION, FactType.INSTANT}:
        return Fact(IsSet(fact), holds)
    if kind in {QuestionKind.TAG, QuestionKind.TAGS}:
        return _several((Wears(fact, tag) for tag in values), every=kind is QuestionKind.TAGS, holds=holds)
    if kind in {QuestionKind.PHRASE, QuestionKind.PHRASES}:
        phrases = (Ask(fact, QuestionKind.PHRASE, (phrase,), test=_contains(phrase)) for phrase in values)
        return _several(phrases, every=kind is QuestionKind.PHRASES, holds=holds)
    test = condition.test

    def plain(value: Any) -> bool:
        return test(value) is not question.negated

    return Fact(Ask(fact, kind, values, tuple(map(type, values)), plain), holds)


def _contains(phrase: str) -> Callable[[Any], bool]:
    return lambda value: phrase in str(value).casefold()


def _several(atoms: Iterable[Atom], *, every: bool, holds: bool) -> Formula:
    return _joined((Fact(atom, holds) for atom in atoms), both=every is holds)


def _score(condition: CriteriaCondition, *, holds: bool) -> Formula:
    """Points are reached by one of the smallest sets of criteria that have them, the needed ones included."""
    needed = [one for one in condition.criteria if one.id in condition.needs]
    free = [one for one in condition.criteria if one.id not in condition.needs and one.weight > 0]
    if len(free) > _MOST_CRITERIA:
        points = Fact(Unknown(("points", id(condition))), holds)
        return _joined((points, *(formula_of(one.when, holds=holds) for one in needed)), both=holds)
    missing = condition.at_least - sum(one.weight for one in needed)
    enough = [some for size in range(len(free) + 1) for some in combinations(free, size) if _just_enough(some, missing)]
    sets = (_joined((formula_of(one.when, holds=holds) for one in (*needed, *some)), both=holds) for some in enough)
    return _joined(sets, both=not holds)


def _just_enough(some: tuple[Criterion, ...], missing: int) -> bool:
    """Whether they have the points, and no one of them is too many."""
    total = sum(one.weight for one in some)
    return total >= missing and all(total - one.weight < missing for one in some)


def _joined(parts: Iterable[Formula], *, both: bool) -> Formula:
    found = tuple(parts)
    if len(found) == 1:
        return found[0]
    return Both(found) if both else Either(found)
