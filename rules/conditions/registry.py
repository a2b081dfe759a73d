"""Registry: every operator of the language, found by its word and the type of the fact."""

from __future__ import annotations

from collections.abc import Mapping

from rules.conditions import clocking, count, dates, duration, equality, membership, order, presence, schedule, text
from rules.conditions.base import Operator
from rules.facts import FactSpec, FactType

#: In the order of the reference page.
OPERATORS: tuple[Operator, ...] = (
    *equality.OPERATORS,
    *membership.OPERATORS,
    *text.OPERATORS,
    *order.OPERATORS,
    *duration.OPERATORS,
    *clocking.OPERATORS,
    *schedule.OPERATORS,
    *dates.OPERATORS,
    *count.OPERATORS,
    *presence.OPERATORS,
)

_BY_WORD: Mapping[tuple[str, FactType], Operator] = {
    (operator.name, kind): operator for operator in OPERATORS for kind in operator.types
}

#: Every word that is an operator on some fact.
OPERATOR_WORDS = frozenset(operator.name for operator in OPERATORS)


def operator_for(word: str, kind: FactType) -> Operator | None:
    """The operator of that word on facts of that type, or None."""
    return _BY_WORD.get((word, kind))


def operators_on(kind: FactType) -> tuple[str, ...]:
    """The words that may be asked of facts of that type."""
    return tuple(word for word, of in _BY_WORD if of is kind)


def operators_of(spec: FactSpec) -> tuple[str, ...]:
    """The words that may be asked of one fact: choices without an order cannot be compared."""
    words = operators_on(spec.type)
    unordered = spec.type is FactType.CHOICE and spec.name not in order.ORDERED_FACTS
    return tuple(word for word in words if word not in order.WORDS) if unordered else words
