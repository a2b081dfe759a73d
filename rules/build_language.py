"""Build: the sets and the named conditions, which conditions in every other section may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.build import Ground, entries
from rules.conditions.named import NamedCondition
from rules.ticket import Scalar
from rules.yamltext import Path, Tree

_SETS, _CONDITIONS = "sets", "conditions"


def build_sets(tree: Tree) -> dict[str, tuple[Scalar, ...] | None]:
    """Every set of the policy; a wrong one is None, so that its mistake is told once."""
    return {name: _set(raw, (_SETS, name), tree) for name, raw in entries(tree, _SETS).items()}


def _set(raw: Any, path: Path, tree: Tree) -> tuple[Scalar, ...] | None:
    if not isinstance(raw, list) or not raw:
        hint = "write them in brackets, for example [Acme, Globex]"
        tree.refuse(path, "a set is a list with at least one value", found=raw, hint=hint)
        return None
    wrong = False
    for index, value in enumerate(raw):
        if value is None or isinstance(value, list | dict):
            tree.refuse((*path, index), "a set holds plain values", found=value)
        elif value in raw[:index]:
            tree.refuse((*path, index), "this value stands here twice", found=value)
        else:
            continue
        wrong = True
    return None if wrong else tuple(raw)


@dataclass(slots=True)
class Shelf:
    """Builds named conditions on demand, each once; one that needs itself is told where the circle closes."""

    ground: Ground
    raw: Mapping[str, Any]
    made: dict[str, NamedCondition | None] = field(default_factory=dict)
    #: Names of those that are being built, the outermost first.
    doing: list[str] = field(default_factory=list)

    def condition(self, name: str, path: Path) -> NamedCondition | None:
        """The condition of that name, which stands in the section; None when it is wrong or the circle closes here."""
        if name in self.doing:
            circle = " → ".join([*self.doing[self.doing.index(name) :], name])
            self.ground.tree.refuse(path, f"this condition asks for itself: {circle}", found=name)
            return None
        if name not in self.made:
            self.doing.append(name)
            meaning = self.ground.condition(self.raw[name], (_CONDITIONS, name))
            self.made[name] = None if meaning is None else NamedCondition(name=name, meaning=meaning)
            self.doing.pop()
        return self.made[name]


def lay_out_conditions(ground: Ground) -> None:
    """Make every named condition known to the others and to all parts; they are built when they are first named."""
    shelf = Shelf(ground, entries(ground.tree, _CONDITIONS))
    ground.conditions, ground.named = tuple(shelf.raw), shelf.condition


def build_conditions(ground: Ground) -> tuple[NamedCondition, ...]:
    """Every named condition that could be built, in the order of the files; also what nobody names is checked."""
    made = [ground.named(name, (_CONDITIONS,)) for name in ground.conditions]
    return tuple(one for one in made if one is not None)
