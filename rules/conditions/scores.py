"""Scores: `criterion:` and `criteria:` as YAML gave them → conditions, with every mistake noted at its place."""

from __future__ import annotations

from typing import Any

from rules.conditions.base import Condition, Scope
from rules.conditions.criteria import CriteriaCondition, CriterionCondition
from rules.criteria import Criterion
from rules.schema.criteria import ScoreShape
from rules.shapes import shaped
from rules.yamltext import Path, Tree

ONE = "criterion"
SEVERAL = "criteria"
#: The words that begin a condition on criteria.
WORDS = (ONE, SEVERAL)


def parse_score(word: str, raw: Any, path: Path, tree: Tree, scope: Scope) -> Condition | None:
    """The condition behind one of `WORDS`; None when something in it is wrong (then the findings say what)."""
    if word == ONE:
        found = criterion_at(raw, path, tree, scope)
        return None if found is None else CriterionCondition(criterion=found)
    shape = shaped(ScoreShape, raw, path, tree)
    if shape is None:
        return None
    criteria = criteria_at(shape.of, (*path, "of"), tree, scope)
    needed = [_needed(name, (*path, "needs", index), shape, tree, scope) for index, name in enumerate(shape.needs)]
    if criteria is None or not all(needed):
        return None
    total = sum(one.weight for one in criteria)
    if shape.at_least > total:
        message = f"all of these criteria together have {total} points, so this is never reached"
        tree.refuse((*path, "at_least"), message, found=shape.at_least)
        return None
    return CriteriaCondition(criteria=criteria, at_least=shape.at_least, needs=frozenset(shape.needs))


def criteria_at(of: str | list[str], path: Path, tree: Tree, scope: Scope) -> tuple[Criterion, ...] | None:
    """The criteria that a list of ids, or the word `all`, stands for; None when one of them is wrong."""
    if isinstance(of, str):
        if not scope.criteria:
            tree.refuse(path, "there are no criteria", hint="describe them in the section criteria:")
            return None
        found = [scope.criterion(name, path) for name in scope.criteria]
    else:
        found = [criterion_at(name, (*path, index), tree, scope) for index, name in enumerate(of)]
        for index, name in enumerate(of):
            if name in of[:index]:
                tree.refuse((*path, index), "this criterion stands here twice", found=name)
                return None
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def criterion_at(name: Any, path: Path, tree: Tree, scope: Scope) -> Criterion | None:
    """The criterion of that id; None when there is none or it is wrong itself."""
    if name not in scope.criteria:
        hint = None if scope.criteria else "describe it in the section criteria:"
        tree.refuse(path, "there is no such criterion", found=name, allowed=scope.criteria, hint=hint)
        return None
    return scope.criterion(name, path)


def _needed(name: str, path: Path, shape: ScoreShape, tree: Tree, scope: Scope) -> bool:
    if isinstance(shape.of, list) and name not in shape.of:
        tree.refuse(path, "a needed criterion has to stand in of, too", found=name, allowed=shape.of)
        return False
    return isinstance(shape.of, list) or criterion_at(name, path, tree, scope) is not None
