"""Asking: the JSON Schema of what may be asked of a fact, operator by operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rules.conditions.order import ORDERED_FACTS, WORDS
from rules.conditions.parse import CALENDAR
from rules.conditions.registry import operator_for, operators_on
from rules.conditions.selection import DISTINCT, SAME, WHERE, WITHIN
from rules.conditions.sets import SET
from rules.conditions.takes import Takes
from rules.days import WEEKDAYS
from rules.facts import FactSpec, FactType

_Schema = dict[str, Any]

CALENDAR_NAME: _Schema = {"type": "string", "description": "name of a calendar, or always"}
CONDITION: _Schema = {"$ref": "#/$defs/condition"}
#: A length of time as `rules.calendar.Span` reads it.
SPAN: _Schema = {
    "type": "string",
    "pattern": r"^\s*(?=\d)(\d+d)?\s*(\d+h)?\s*(\d+m)?\s*(\d+s)?\s*$",
    "examples": ["30m", "4h", "2d", "1d 4h"],
}
_SET: _Schema = {
    "type": "object",
    "properties": {SET: {"type": "string", "description": "name of an entry of sets:"}},
    "required": [SET],
    "additionalProperties": False,
}
_DATE: _Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_WORD: _Schema = {"type": "string", "minLength": 1}
_PLAIN: Mapping[FactType, _Schema] = {
    FactType.NUMBER: {"type": "number"},
    FactType.FLAG: {"type": "boolean"},
    FactType.COUNT: {"type": "integer"},
    FactType.ANY: {"type": ["string", "number", "boolean"]},
}
_FACTS: _Schema = {"type": "string", "description": "a fact that all tickets have, or field.NAME"}


def asked_schema(kind: FactType, values: tuple[str, ...] | None = None, *, ordered: bool = True) -> _Schema:
    """What may be asked of facts of a type.

    Args:
        kind: The type.
        values: The words that the fact can have, where it has a fixed list.
        ordered: Whether that list has an order.
    """
    words = [word for word in operators_on(kind) if ordered or word not in WORDS]
    properties: _Schema = {}
    timed = False
    for word in words:
        operator = operator_for(word, kind)
        if operator is not None:
            properties[word] = {"description": operator.doc, **_OPERANDS[operator.takes](kind, values)}
            timed = timed or operator.timed
    if kind is FactType.COUNT:
        properties |= _selection()
    if timed or kind is FactType.COUNT:
        properties[CALENDAR] = CALENDAR_NAME
    asked = {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False}
    return {"anyOf": [_plain(kind, values), asked]} if "is" in words else asked


def fact_schema(spec: FactSpec) -> _Schema:
    """What may be asked of one fact."""
    if spec.name == "tier":
        # The policy says which tiers there are, and in which order.
        return {"description": spec.doc, **asked_schema(FactType.CHOICE)}
    if spec.values is not None:
        ordered = spec.name in ORDERED_FACTS
        return {"description": spec.doc, **asked_schema(spec.type, spec.values, ordered=ordered)}
    return {"description": spec.doc, "$ref": f"#/$defs/{reference_of(spec.type)}"}


def reference_of(kind: FactType) -> str:
    """The name of the definition of what may be asked of facts of a type."""
    return f"ask_{kind.replace(' ', '_')}"


def _plain(kind: FactType, values: tuple[str, ...] | None) -> _Schema:
    return {"enum": list(values)} if values is not None else _PLAIN.get(kind, {"type": "string"})


def _word(_kind: FactType, values: tuple[str, ...] | None) -> _Schema:
    return _WORD if values is None else {"enum": list(values)}


def _limit(kind: FactType, values: tuple[str, ...] | None) -> _Schema:
    return _plain(kind, values) if kind is FactType.CHOICE else {"type": "number"}


def _listed(item: _Schema) -> _Schema:
    return {"anyOf": [{"type": "array", "minItems": 1, "items": {"anyOf": [item, _SET]}}, _SET]}


def _one_or_several(item: _Schema) -> _Schema:
    return {"anyOf": [item, *_listed(item)["anyOf"]]}


def _selection() -> _Schema:
    return {
        WHERE: CONDITION,
        SAME: {"type": "array", "minItems": 1, "items": _FACTS},
        WITHIN: SPAN,
        DISTINCT: _FACTS,
    }


_OPERANDS: Mapping[Takes, Callable[[FactType, tuple[str, ...] | None], _Schema]] = {
    Takes.VALUE: _plain,
    Takes.VALUES: lambda kind, values: _listed(_plain(kind, values)),
    Takes.WORD: _word,
    Takes.WORDS: lambda kind, values: _listed(_word(kind, values)),
    Takes.LIMIT: _limit,
    Takes.COUNT: lambda _kind, _values: {"type": "integer"},
    Takes.SPAN: lambda _kind, _values: SPAN,
    Takes.FLAG: lambda _kind, _values: {"type": "boolean"},
    Takes.CALENDAR: lambda _kind, _values: CALENDAR_NAME,
    Takes.TEAM: lambda _kind, _values: {"type": "string", "description": "id of a team"},
    Takes.WEEKDAYS: lambda _kind, _values: _one_or_several({"enum": list(WEEKDAYS)}),
    Takes.DATES: lambda _kind, _values: _one_or_several(_DATE),
}
