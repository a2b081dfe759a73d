"""Walk: every condition that a policy asks, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import cast

import msgspec

from rules.conditions.base import Condition
from rules.conditions.count import CountCondition
from rules.policy import Policy


def leaves_of(policy: Policy) -> tuple[Condition, ...]:
    """The conditions that are not made of others, each once, in the order in which they are found."""
    found: dict[int, Condition] = {}
    _walk(policy, found, {})
    return tuple(found.values())


def roots_of(policy: Policy) -> tuple[Condition, ...]:
    """The conditions that are no part of another one, each once, in the order in which they are found."""
    found: dict[int, Condition] = {}
    _find_roots(policy, found, {})
    return tuple(found.values())


def leaves_in(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that a condition is made of in the end; itself where it is made of none."""
    found: dict[int, Condition] = {}
    _walk(condition, found, {})
    return tuple(found.values())


def _find_roots(value: object, found: dict[int, Condition], seen: dict[int, object]) -> None:
    if isinstance(value, str | int | float | None) or id(value) in seen:
        return
    seen[id(value)] = value
    if is_condition(value):
        found[id(value)] = cast("Condition", value)
        return
    for part in _parts(value):
        _find_roots(part, found, seen)


def _walk(value: object, found: dict[int, Condition], seen: dict[int, object]) -> bool:
    """Collect the leaves in a value; whether there was any condition in it."""
    if isinstance(value, str | int | float | None):
        return False
    if id(value) in seen:
        return is_condition(value)
    seen[id(value)] = value
    # What a count asks of the other tickets is no question about the ticket itself.
    inner = [] if isinstance(value, CountCondition) else [_walk(part, found, seen) for part in _parts(value)]
    if is_condition(value) and not any(inner):
        found[id(value)] = cast("Condition", value)
    return is_condition(value) or any(inner)


def is_condition(value: object) -> bool:
    """Whether it is a question about facts."""
    return hasattr(value, "evaluate") and hasattr(value, "facts")


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, tuple | list | frozenset):
        yield from value
    elif is_dataclass(value):
        # What is made later, and holds no condition of its own, is left out.
        yield from (getattr(value, field.name, None) for field in fields(value) if field.init)
    elif isinstance(value, msgspec.Struct):
        yield from (getattr(value, name) for name in value.__struct_fields__)
