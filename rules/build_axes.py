"""Build: the axes of the matrix, cut into bands without a gap and without an overlap."""

from __future__ import annotations

from typing import Any

from rules.build import Ground
from rules.calendar import ALWAYS, Span
from rules.clocks.told import CLOCK_PREFIX
from rules.conditions import order, scores
from rules.conditions.base import Condition, Operand, OperandError
from rules.conditions.criteria import CriteriaCondition
from rules.conditions.registry import operator_for
from rules.criteria import Criterion
from rules.facts import FIELD_PREFIX, FactSpec, FactType, Provenance
from rules.matrix import Axis
from rules.policy import NameKind
from rules.schema.matrix import AxisShape, BandShape
from rules.yamltext import Path

#: The word for all values that a level of the cells does not name.
REST = "rest"
_POINTS = FactSpec(name="points", type=FactType.NUMBER, doc="The points of criteria.", provenance=Provenance.POLICY)
_LOWER = ("at_least", "more_than")
_UPPER = ("less_than", "at_most")
#: How the next band begins where one ends so.
_MEETS = {"less_than": "at_least", "at_most": "more_than"}
_LISTED = frozenset({FactType.CHOICE, FactType.TEXT, FactType.ANY})
_DAY_SECONDS = 86_400


def build_axis(ground: Ground, shape: AxisShape, path: Path, *, name: str | None = None) -> Axis | None:
    """One axis; None when something in it is wrong (then the findings say what)."""
    if not _is_clear(ground, shape, path):
        return None
    if shape.criteria is not None:
        return _points_axis(ground, shape, path, name)
    spec = None if shape.fact is None else ground.scope.spec(shape.fact)
    if spec is None or spec.name.startswith(CLOCK_PREFIX) or not _suits(spec, shape):
        message = "there is no such fact" if spec is None else f"{shape.fact} has no list of values to make an axis of"
        hint = "an axis is a custom field, written field.NAME, or a fact such as priority"
        if spec is not None and shape.bands is not None:
            message = f"{shape.fact} has no order to cut bands from"
            hint = "bands are cut from a number, a length of time, a custom field with numbers in it, or priority"
        ground.tree.refuse((*path, "fact"), message, found=shape.fact, hint=hint)
        return None
    ground.facts.add(spec.name)
    if spec.name.startswith(FIELD_PREFIX):
        ground.name(NameKind.FIELD, spec.name.removeprefix(FIELD_PREFIX), (*path, "fact"), helpdesk=None)
    edges = _edges(ground, shape, spec, path) if shape.bands is not None else ()
    _check_values(ground, shape, spec, path)
    if edges is None:
        return None
    return Axis(
        name=shape.name or name or spec.name,
        subject=spec.name,
        values=values_of(shape),
        fact=spec.name,
        kind=spec.type,
        edges=edges,
        unset=shape.unset,
    )


def values_of(shape: AxisShape) -> tuple[str, ...]:
    """The names that cells use: the values, or the names of the bands."""
    return tuple(shape.values if shape.values is not None else shape.bands or ())


def _is_clear(ground: Ground, shape: AxisShape, path: Path) -> bool:
    """Whether the shape says what is looked at and how it is divided, each once."""
    before = len(ground.tree.findings.problems)
    if (shape.fact is None) is (shape.criteria is None):
        hint = "write fact: NAME, or criteria: all"
        ground.tree.refuse(path, "an axis looks at one thing: at a fact, or at criteria", hint=hint)
    if (shape.values is None) is (shape.bands is None):
        hint = "write values: [a, b], or bands: {few: {less_than: 3}, many: {at_least: 3}}"
        ground.tree.refuse(path, "an axis is divided in one way: into values, or into bands", hint=hint)
    elif shape.bands is not None and len(shape.bands) == 1:
        ground.tree.refuse((*path, "bands"), "one band is no division: an axis has at least two", on_key=True)
    elif shape.criteria is not None and shape.values is not None:
        message = "points are divided into bands"
        ground.tree.refuse((*path, "values"), message, on_key=True, hint="write bands: {low: {less_than: 50}, …}")
    if REST in values_of(shape):
        where = (*path, "bands", REST) if shape.values is None else (*path, "values", shape.values.index(REST))
        ground.tree.refuse(where, f"{REST!r} stands for all other values in the cells; call this one otherwise")
    if shape.unset is not None and shape.unset not in values_of(shape):
        allowed = values_of(shape)
        ground.tree.refuse((*path, "unset"), "the axis has no such value", found=shape.unset, allowed=allowed)
    return len(ground.tree.findings.problems) == before


def _suits(spec: FactSpec, shape: AxisShape) -> bool:
    if shape.bands is None:
        return spec.type in _LISTED
    return spec.name in order.ORDERED_FACTS or spec.type in {FactType.NUMBER, FactType.DURATION, FactType.ANY}


def _check_values(ground: Ground, shape: AxisShape, spec: FactSpec, path: Path) -> None:
    """Check that the fact can have the values, and remember those that a helpdesk has to know."""
    for index, value in enumerate(shape.values or ()):
        here = (*path, "values", index)
        if spec.values is not None and value not in spec.values:
            ground.tree.refuse(here, f"{spec.name} never has this value", found=value, allowed=spec.values)
        elif value in (shape.values or ())[:index]:
            ground.tree.refuse(here, "this value stands here twice", found=value)
        elif spec.name.startswith(FIELD_PREFIX):
            field = spec.name.removeprefix(FIELD_PREFIX)
            ground.name(NameKind.FIELD_VALUE, value, here, helpdesk=None, of=field)


def _points_axis(ground: Ground, shape: AxisShape, path: Path, name: str | None) -> Axis | None:
    of = "all" if shape.criteria is None else shape.criteria
    criteria = scores.criteria_at(of, (*path, "criteria"), ground.tree, ground.scope)
    edges = _edges(ground, shape, _POINTS, path, criteria=criteria or ())
    if criteria is None or edges is None:
        return None
    return Axis(name=shape.name or name or _POINTS.name, subject=_POINTS.name, values=values_of(shape), edges=edges)


def _edges(
    ground: Ground, shape: AxisShape, spec: FactSpec, path: Path, *, criteria: tuple[Criterion, ...] = ()
) -> tuple[Condition, ...] | None:
    """Where each band but the first begins; every band has to begin exactly where the one before it ends."""
    bands = list((shape.bands or {}).items())
    edges: list[Condition | None] = []
    for number, (name, band) in enumerate(bands):
        here = (*path, "bands", name)
        lower, upper = _one_of(band, _LOWER), _one_of(band, _UPPER)
        if lower is Ellipsis or upper is Ellipsis:
            ground.tree.refuse(here, "a band begins once and ends once", on_key=True)
            return None
        if not _closes(ground, bands, number, here, spec):
            return None
        if number and isinstance(lower, str):
            edges.append(_edge(ground, shape, spec, (*here, lower), getattr(band, lower), criteria))
    return None if None in edges else tuple(edge for edge in edges if edge is not None)


def _one_of(band: BandShape, words: tuple[str, ...]) -> Any:
    """The one word of these that the band uses; None for none, the ellipsis for more than one."""
    found = [word for word in words if getattr(band, word) is not None]
    return ... if len(found) > 1 else found[0] if found else None


def _closes(ground: Ground, bands: list[tuple[str, BandShape]], number: int, path: Path, spec: FactSpec) -> bool:
    """Whether a band meets the one before it, is open where the axis ends, and is not empty."""
    _, band = bands[number]
    lower, upper = _one_of(band, _LOWER), _one_of(band, _UPPER)
    if number == 0 and lower is not None:
        message = f"what lies below {getattr(band, lower)} has no band"
        ground.tree.refuse(path, message, on_key=True, hint=f"the first band is open downwards: leave out {lower}")
        return False
    if number == len(bands) - 1 and upper is not None:
        message = f"what lies above {getattr(band, upper)} has no band"
        ground.tree.refuse(path, message, on_key=True, hint=f"the last band is open upwards: leave out {upper}")
        return False
    if number < len(bands) - 1 and upper is None:
        message = f"this band has no end, so {bands[number + 1][0]} is never reached"
        ground.tree.refuse(path, message, on_key=True, hint="end it with less_than or at_most")
        return False
    return number == 0 or _meets(ground, bands, number, path, spec)


def _meets(ground: Ground, bands: list[tuple[str, BandShape]], number: int, path: Path, spec: FactSpec) -> bool:
    (before, ended), (_, band) = bands[number - 1], bands[number]
    ends, lower, upper = _one_of(ended, _UPPER), _one_of(band, _LOWER), _one_of(band, _UPPER)
    wanted, edge = _MEETS[ends], getattr(ended, ends)
    hint = f"begin it where {before} ends: {{{wanted}: {edge}}}"
    if lower is None:
        ground.tree.refuse(path, f"this band begins nowhere, so it overlaps {before}", on_key=True, hint=hint)
        return False
    start = getattr(band, lower)
    if (lower, start) != (wanted, edge):
        apart = _place(spec, start) > _place(spec, edge) or (start == edge and ends == "less_than")
        said = f"there is a gap between {before} and this band" if apart else f"this band overlaps {before}"
        ground.tree.refuse((*path, lower), said, found=start, hint=hint)
        return False
    if upper is not None and _place(spec, getattr(band, upper)) <= _place(spec, start):
        ground.tree.refuse((*path, upper), "this band ends before it begins", found=getattr(band, upper))
        return False
    return True


def _place(spec: FactSpec, value: Any) -> float:
    """Where an edge lies among others; only for telling which of two comes first."""
    if spec.type is FactType.DURATION and isinstance(value, str):
        try:
            span = Span.parse(value)
        except ValueError:
            return 0
        return span.days * _DAY_SECONDS + span.seconds
    if spec.values is not None:
        return spec.values.index(value) if value in spec.values else 0
    return 0 if isinstance(value, str) else float(value)


def _edge(  # noqa: PLR0917 - a private step of one loop
    ground: Ground, shape: AxisShape, spec: FactSpec, path: Path, value: Any, criteria: tuple[Criterion, ...]
) -> Condition | None:
    word = str(path[-1])
    if spec is _POINTS:
        return _points_edge(ground, word, value, path, criteria)
    timed = spec.type is FactType.DURATION
    calendar = ground.calendar(shape.calendar, path[:-3]) if timed else ALWAYS
    operator = operator_for(word, spec.type)
    if operator is None:
        raise ValueError(f"{spec.name} has an order, but no operator {word!r}")
    try:
        return operator.build(Operand(spec=spec, operator=word, value=value, scope=ground.scope, calendar=calendar))
    except OperandError as error:
        ground.tree.refuse(path, str(error), found=value, allowed=error.allowed, hint=error.hint)
        return None


def _points_edge(
    ground: Ground, word: str, value: Any, path: Path, criteria: tuple[Criterion, ...]
) -> Condition | None:
    if not isinstance(value, int):
        ground.tree.refuse(path, "points are whole numbers", found=value)
        return None
    points = value + (word == "more_than")
    total = sum(criterion.weight for criterion in criteria)
    if criteria and points > total:
        ground.tree.refuse(path, f"these criteria together have {total} points, so no ticket gets there", found=value)
        return None
    return CriteriaCondition(criteria=criteria, at_least=points)
