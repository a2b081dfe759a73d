"""is, is_not, in, not_in: is the fact one of these values?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.conditions.base import (
    Operand,
    OperandError,
    Operator,
    ValueCondition,
    list_operand,
    listed,
    scalar_operand,
)
from rules.conditions.question import Question, QuestionKind
from rules.conditions.takes import Takes
from rules.facts import FactType
from rules.numbers import number_of

_TYPES = frozenset({FactType.TEXT, FactType.CHOICE, FactType.NUMBER, FactType.FLAG, FactType.ANY})


def _one(operand: Operand) -> ValueCondition:
    negated = operand.operator == "is_not"
    value = scalar_operand(operand)
    _check(operand, value, None)
    return ValueCondition(
        fact=operand.spec.name,
        wanted=f"{'is not' if negated else 'is'} {listed((value,))}",
        test=_tester(operand.spec.type, (value,), negated=negated),
        when_unset=negated,
        question=_question(operand, (value,), negated=negated),
    )


def _several(operand: Operand) -> ValueCondition:
    negated = operand.operator == "not_in"
    values = list_operand(operand)
    for index, value in enumerate(values):
        _check(operand, value, index)
    return ValueCondition(
        fact=operand.spec.name,
        wanted=f"{'is none' if negated else 'is one'} of {listed(values)}",
        test=_tester(operand.spec.type, values, negated=negated),
        when_unset=negated,
        question=_question(operand, values, negated=negated),
    )


def _question(operand: Operand, values: tuple[Any, ...], *, negated: bool) -> Question:
    return Question(QuestionKind.FIELD if operand.spec.type is FactType.ANY else QuestionKind.VALUE, values, negated)


def _check(operand: Operand, value: object, index: int | None) -> None:
    """Refuse a value that the fact can never have: the condition would silently never hold."""
    spec = operand.spec
    choices = spec.values
    if spec.type in {FactType.TEXT, FactType.CHOICE} and not isinstance(value, str):
        raise OperandError(f"{spec.name} is text", index=index, found=value, hint="put quotes around it")
    if spec.type is FactType.NUMBER and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise OperandError(f"{spec.name} is a number", index=index, found=value)
    if spec.type is FactType.FLAG and not isinstance(value, bool):
        raise OperandError(f"{spec.name} is yes or no", index=index, found=value, allowed=("true", "false"))
    if choices is not None and value not in choices:
        raise OperandError(f"{spec.name} never has this value", index=index, found=value, allowed=choices)


def _tester(kind: FactType, values: tuple[Any, ...], *, negated: bool) -> Callable[[Any], bool]:
    if kind is FactType.ANY:
        return _field_tester(values, negated=negated)
    if len(values) == 1:
        (only,) = values
        return only.__ne__ if negated and isinstance(only, str) else _compare(only, negated=negated)
    wanted = frozenset(values)
    return (lambda value: value not in wanted) if negated else wanted.__contains__


def _compare(only: object, *, negated: bool) -> Callable[[Any], bool]:
    return (lambda value: value != only) if negated else (lambda value: value == only)


def _field_tester(values: tuple[Any, ...], *, negated: bool) -> Callable[[Any], bool]:
    """Custom fields: helpdesks hand one and the same number over as 5, 5.0 or '5', a checkbox as true or 'true'."""
    texts = frozenset(field_text(value) for value in values)
    numbers = frozenset(float(value) for value in values if isinstance(value, int | float) and not _is_flag(value))

    def test(value: object) -> bool:
        same = field_text(value) in texts
        if not same and numbers:
            number = number_of(value)
            same = number is not None and number in numbers
        return same is not negated

    return test


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def field_text(value: object) -> str:
    """A custom field's value as it is compared: flags as `true` and `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


OPERATORS = (
    Operator(name="is", types=_TYPES, build=_one, takes=Takes.VALUE, doc="the fact has this value (case counts)"),
    Operator(
        name="is_not", types=_TYPES, build=_one, takes=Takes.VALUE, doc="the fact has another value, or is not set"
    ),
    Operator(name="in", types=_TYPES, build=_several, takes=Takes.VALUES, doc="the fact has one of these values"),
    Operator(
        name="not_in",
        types=_TYPES,
        build=_several,
        takes=Takes.VALUES,
        doc="the fact has none of these values, or is not set",
    ),
)
