"""Build: the criteria, each when it is first named, so that they may build on each other in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rules.build import Ground, listing
from rules.criteria import Criterion
from rules.schema.criteria import CriterionShape
from rules.shapes import shaped
from rules.yamltext import Path

_SECTION = "criteria"


@dataclass(slots=True)
class Workbench:
    """Builds criteria on demand; one that needs itself is told at the place that closes the circle."""

    ground: Ground
    #: Id → its number in the section, the first of equals.
    numbers: dict[str, int] = field(default_factory=dict)
    made: dict[str, Criterion | None] = field(default_factory=dict)
    #: Ids of those that are being built, the outermost first.
    doing: list[str] = field(default_factory=list)

    def criterion(self, name: str, path: Path) -> Criterion | None:
        """The criterion of that id, which stands in the section; None when it is wrong or the circle closes here."""
        if name in self.doing:
            circle = " → ".join([*self.doing[self.doing.index(name) :], name])
            self.ground.tree.refuse(path, f"this criterion asks for itself: {circle}", found=name)
            return None
        if name not in self.made:
            self.doing.append(name)
            self.made[name] = self._build(self.numbers[name])
            self.doing.pop()
        return self.made[name]

    def _build(self, number: int) -> Criterion | None:
        ground, path = self.ground, (_SECTION, number)
        part = ground.tree.value[_SECTION][number] if isinstance(ground.tree.value, dict) else None
        shape = shaped(CriterionShape, part, path, ground.tree)
        when = ground.when(part, path)
        if shape is None or when is None:
            return None
        return Criterion(
            id=shape.id,
            description=shape.description,
            at=ground.tree.at(path),
            when=when,
            owner=shape.owner,
            weight=shape.weight,
            review_by=None if shape.review_by is None else date.fromisoformat(shape.review_by),
        )


def lay_out_criteria(ground: Ground) -> None:
    """Make every criterion of the document known to conditions; they are built when they are first named."""
    bench = Workbench(ground=ground)
    for number, part in enumerate(listing(ground.tree, _SECTION)):
        name = part.get("id") if isinstance(part, dict) else None
        if isinstance(name, str):
            bench.numbers.setdefault(name, number)
    ground.criteria, ground.criterion = tuple(bench.numbers), bench.criterion


def build_criteria(ground: Ground) -> tuple[Criterion, ...]:
    """Every criterion that could be built, in the order of the files; also what nobody names is checked."""
    parts = ground.tree.value.get(_SECTION, []) if isinstance(ground.tree.value, dict) else []
    for number, part in enumerate(parts if isinstance(parts, list) else []):
        if not (isinstance(part, dict) and isinstance(part.get("id"), str)):
            shaped(CriterionShape, part, (_SECTION, number), ground.tree)
    made = [ground.criterion(name, (_SECTION,)) for name in ground.criteria]
    return tuple(one for one in made if one is not None)
