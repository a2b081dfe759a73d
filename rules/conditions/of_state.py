"""Of state: conditions on what people made of a ticket, asked of a past state without all the facts of its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rules.conditions.base import Condition, ValueCondition
from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.fact import FIELD_PREFIX
from rules.ticket import State

#: Whether a condition holds in a state.
Test = Callable[[State], bool]
#: Facts that a state tells under their own name. Its values are those of people, so nothing has to be looked through.
_TOLD = frozenset({"status", "status_name", "priority", "group", "assignee", "type", "product", "tags"})


def of_state(condition: Condition) -> Test | None:
    """What tells of a state whether a condition holds in it, at whatever time; None when it asks for more than that."""
    match condition:
        case ValueCondition():
            return _of_value(condition)
        case All(children=children):
            return _of_group(children, all)
        case AnyOf(children=children, negated=negated):
            return _of_group(children, _none if negated else any)
        case NamedCondition(meaning=meaning):
            return of_state(meaning)
    return None


def _of_group(conditions: tuple[Condition, ...], together: Callable[[Iterable[bool]], bool]) -> Test | None:
    parts = [part for part in map(of_state, conditions) if part is not None]
    if len(parts) < len(conditions):
        return None
    return lambda state: together(part(state) for part in parts)


def _none(answers: Iterable[bool]) -> bool:
    return not any(answers)


def _of_value(condition: ValueCondition) -> Test | None:
    fact, test, unset = condition.fact, condition.test, condition.when_unset
    if fact in _TOLD:
        return lambda state: unset if (value := getattr(state, fact)) is None else test(value)
    if fact.startswith(FIELD_PREFIX):
        field = fact.removeprefix(FIELD_PREFIX)
        return lambda state: unset if (value := state.fields.get(field)) is None else test(value)
    return None
