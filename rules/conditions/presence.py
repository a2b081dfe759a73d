"""exists: is the fact set at all?"""

from __future__ import annotations

from rules.conditions.base import Condition, Operand, OperandError, Operator, ValueCondition
from rules.conditions.question import Question, QuestionKind
from rules.conditions.takes import Takes
from rules.facts import FactType


def _exists(operand: Operand) -> Condition:
    wanted = operand.value
    if not isinstance(wanted, bool):
        raise OperandError("'exists' takes true or false", allowed=("true", "false"))
    return ValueCondition(
        fact=operand.spec.name,
        wanted="is set" if wanted else "is not set",
        test=lambda value: _is_set(value) is wanted,
        when_unset=not wanted,
        question=Question(QuestionKind.SET, negated=not wanted),
    )


def _is_set(value: object) -> bool:
    """Empty text and an empty set of tags count as not set: helpdesks do not tell them apart."""
    return value not in ("", frozenset())


OPERATORS = (
    Operator(
        name="exists",
        types=frozenset(FactType),
        build=_exists,
        takes=Takes.FLAG,
        doc="true: the fact is set; false: it is not",
    ),
)
