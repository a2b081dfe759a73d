"""Conditions told: a condition as the policy writes it, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_GROUPS = {"all": ("all of", "and"), "any": ("any of", "or"), "none": ("none of", "or")}
_NAMED = {"condition": "the condition", "criterion": "the reason", "set": "the set"}
#: Operators that read better in other words than their own.
_WORDS = {
    "in": "is one of",
    "not_in": "is none of",
    "not": "is not",
    "contains": "has",
    "contains_any": "has one of",
    "contains_all": "has all of",
    "contains_none": "has none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "more_than": "is more than",
    "less_than": "is less than",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "within": "is within",
    "for": "for",
}


def condition_told(value: Any) -> str:
    """The condition in words; nothing of it is left out."""
    if not isinstance(value, Mapping):
        return _value(value)
    said = list(_parts(value))
    return " and ".join(said) if said else "always"


def _parts(value: Mapping[str, Any]) -> Iterator[str]:
    for key, part in value.items():
        if key in _GROUPS and isinstance(part, list):
            name, joint = _GROUPS[key]
            inner = [condition_told(one) for one in part]
            yield inner[0] if len(inner) == 1 and key != "none" else f"{name} ({f' {joint} '.join(inner)})"
        elif key in _NAMED and not isinstance(part, Mapping):
            yield f"{_NAMED[key]} {_value(part)}"
        elif key in _GROUPS or key == "not":
            yield f"{key} ({condition_told(part)})"
        else:
            yield f"{_fact(key)} {_asked(part)}"


def _asked(part: Any) -> str:
    if not isinstance(part, Mapping):
        return f"is {_value(part)}"
    return ", ".join(f"{_WORDS.get(name, name.replace('_', ' '))} {_operand(inner)}" for name, inner in part.items())


def _operand(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _value(value)
    if set(value) == {"set"}:
        return f"the set {value['set']}"
    return f"({condition_told(value)})"


def _fact(name: str) -> str:
    return name.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_operand(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "not set" if value is None else str(value)
