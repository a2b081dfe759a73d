"""at_least, at_most, more_than, less_than on numbers and on values that have an order (priorities, tiers)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from rules.conditions.base import Condition, Operand, OperandError, Operator, ValueCondition, scalar_operand
from rules.conditions.question import Question, QuestionKind
from rules.conditions.takes import Takes
from rules.facts import FactType
from rules.numbers import number_of
from rules.words import words

#: Choice facts whose values are listed from low to high.
ORDERED_FACTS = frozenset({"priority", "priority_now", "tier"})

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "more_than": operator.gt,
    "less_than": operator.lt,
}
WORDS: Mapping[str, str] = {
    "at_least": "at least",
    "at_most": "at most",
    "more_than": "more than",
    "less_than": "less than",
}


def _ordered(operand: Operand) -> Condition:
    value = scalar_operand(operand)
    compare = COMPARE[operand.operator]
    if operand.spec.type is FactType.CHOICE:
        holding = _ranked(operand, value, compare)
        test: Callable[[Any], bool] = frozenset(holding).__contains__
        question = Question(QuestionKind.VALUE, holding)
    else:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OperandError(f"{operand.operator!r} compares {operand.spec.name} with a number")
        test = _numeric(float(value), compare)
        question = Question(QuestionKind.NUMBER, (operand.operator, float(value)))
    wanted = f"{WORDS[operand.operator]} {words(value)}"
    return ValueCondition(fact=operand.spec.name, wanted=wanted, test=test, question=question)


def _numeric(limit: float, compare: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
    def test(value: object) -> bool:
        number = number_of(value)
        return number is not None and compare(number, limit)

    return test


def _ranked(operand: Operand, value: object, compare: Callable[[Any, Any], bool]) -> tuple[str, ...]:
    choices = operand.spec.values
    if operand.spec.name not in ORDERED_FACTS or choices is None:
        raise OperandError(
            f"the values of {operand.spec.name} have no order", hint="list the values that you mean: {in: […]}"
        )
    if value not in choices:
        raise OperandError(f"{operand.spec.name} never has this value", found=value, allowed=choices)
    ranks = operand.spec.ranks or {choice: rank for rank, choice in enumerate(choices)}
    limit = ranks[str(value)]
    return tuple(choice for choice, rank in ranks.items() if compare(rank, limit))


OPERATORS = tuple(
    Operator(
        name=name,
        types=frozenset({FactType.NUMBER, FactType.CHOICE, FactType.ANY}),
        build=_ordered,
        takes=Takes.LIMIT,
        doc=f"the number (or the priority, the tier) is {said} this",
    )
    for name, said in WORDS.items()
)
