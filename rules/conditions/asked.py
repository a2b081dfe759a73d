"""Asked: the words in a condition that a helpdesk has to know: a misspelt one would never hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rules.conditions.parse import GROUPS
from rules.conditions.selection import DISTINCT, SAME, WHERE
from rules.conditions.sets import SET
from rules.facts import FACTS, FIELD_PREFIX, FactType
from rules.policy import NameKind
from rules.ticket import Scalar
from rules.yamltext import Path

#: Facts whose values are words of a helpdesk.
_KINDS = {"helpdesk": NameKind.HELPDESK, "group": NameKind.GROUP}
#: Facts that a selection of tickets stands beside.
COUNTS = frozenset(name for name, spec in FACTS.items() if spec.type is FactType.COUNT)
#: Operators that compare with whole values.
_EXACT = ("is", "is_not", "in", "not_in")

_Sets = Mapping[str, tuple[Scalar, ...] | None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One word of a condition that some helpdesk has to know."""

    kind: NameKind
    name: str
    path: Path
    #: The field that a value belongs to.
    of: str | None = None
    #: It is the key at its path, not the value.
    is_key: bool = False


def asked_words(raw: Any, path: Path, sets: _Sets) -> Iterator[Asked]:
    """Go through a condition as YAML gave it.

    Yields:
        Each custom field of tickets once for every mention, and every value that a field, the helpdesk or the group is
        compared with letter by letter; values of sets at their place in the set.
    """
    if isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from asked_words(item, (*path, index), sets)
    if not isinstance(raw, dict):
        return
    for key, value in raw.items():
        here = (*path, key)
        if key in GROUPS:
            yield from asked_words(value, here, sets)
        elif key in _KINDS:
            yield from (Asked(kind=_KINDS[key], name=text, path=at) for text, at in _compared(value, here, sets))
        elif key in COUNTS and isinstance(value, dict):
            yield from asked_words(value.get(WHERE), (*here, WHERE), sets)
            yield from _named_fields(value, here)
        elif key.startswith(FIELD_PREFIX):
            field = key.removeprefix(FIELD_PREFIX)
            yield Asked(kind=NameKind.FIELD, name=field, path=here, is_key=True)
            for text, at in _compared(value, here, sets):
                yield Asked(kind=NameKind.FIELD_VALUE, name=text, path=at, of=field)


def _named_fields(asked: dict[str, Any], path: Path) -> Iterator[Asked]:
    """The fields that a count's `same` and `distinct` name."""
    same = asked.get(SAME)
    named = [(name, (*path, SAME, index)) for index, name in enumerate(same if isinstance(same, list) else [])]
    for name, place in [*named, (asked.get(DISTINCT), (*path, DISTINCT))]:
        if isinstance(name, str) and name.startswith(FIELD_PREFIX):
            yield Asked(kind=NameKind.FIELD, name=name.removeprefix(FIELD_PREFIX), path=place)


def _compared(value: Any, path: Path, sets: _Sets) -> Iterator[tuple[str, Path]]:
    if isinstance(value, dict):
        for word in _EXACT:
            if word in value:
                yield from _compared(value[word], (*path, word), sets)
        if SET in value:
            yield from _compared(list(sets.get(value[SET]) or ()), ("sets", value[SET]), sets)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _compared(item, (*path, index), sets)
    elif isinstance(value, str):
        yield value, path
