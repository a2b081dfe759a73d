"""Sets in operands: `{set: NAME}` stands for the values that the policy lists under that name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rules.ticket import Scalar
from rules.yamltext import Path, Tree

Sets = Mapping[str, tuple[Scalar, ...] | None]
#: The key that names a set.
SET = "set"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An operand with the values of its sets in place, and where each of them is written."""

    value: Any
    #: Where the operand stands, and where each entry does when it is a list: entries of a set at the set's name.
    path: Path
    places: tuple[Path, ...] = ()
    #: The set that each entry comes from; None = it is written out.
    sets: tuple[str | None, ...] = ()


def written(value: Any, path: Path, tree: Tree, sets: Sets) -> Written | None:
    """Put the values of sets in the place of their names; in a list, among the other values.

    Returns:
        None when it names a set that there is none of, or that is wrong itself (the tree's findings say so).
    """
    if _names_set(value):
        value, parts = [], [(value, path)]
    elif isinstance(value, list):
        value, parts = [], [(item, (*path, index)) for index, item in enumerate(value)]
    else:
        return Written(value=value, path=path)
    places: list[Path] = []
    origins: list[str | None] = []
    known = True
    for item, place in parts:
        if not _names_set(item):
            value.append(item)
            places.append(place)
            origins.append(None)
            continue
        found, here = _found(item[SET], (*place, SET), tree, sets), (*place, SET)
        known = known and found is not None
        value += found or ()
        places += [here] * len(found or ())
        origins += [item[SET]] * len(found or ())
    return Written(value=value, path=path, places=tuple(places), sets=tuple(origins)) if known else None


def _names_set(value: object) -> bool:
    return isinstance(value, dict) and SET in value and len(value) == 1


def _found(name: object, path: Path, tree: Tree, sets: Sets) -> tuple[Scalar, ...] | None:
    if isinstance(name, str) and name in sets:
        return sets[name]
    hint = None if sets else "list its values in the section sets:"
    tree.refuse(path, "there is no such set", found=name, allowed=sets, hint=hint)
    return None
