"""Build: the matrix, checked for a cell at every combination of its axes' values."""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic import ValidationError

from rules.build import Ground, priority_of
from rules.build_axes import REST, build_axis, values_of
from rules.matrix import Axis, Matrix, MatrixCell
from rules.policy import NameKind
from rules.schema.matrix import AxisShape, CellShape, MatrixShape
from rules.shapes import shaped
from rules.yamltext import Path

_SHORT = ("impact", "urgency")


def build_matrix(ground: Ground) -> Matrix | None:
    """The matrix; None when there is none or it is wrong."""
    path: Path = ("matrix",)
    if not isinstance(ground.tree.value, dict) or path[0] not in ground.tree.value:
        return None
    raw = ground.tree.value[path[0]]
    shape = shaped(MatrixShape, raw, path, ground.tree)
    if shape is None:
        _glance(ground, raw, path)
        return None
    places = _axes(ground, shape, path)
    axes = [build_axis(ground, axis, here, name=name) for axis, here, name in places]
    _refuse_equal_names(ground, axes, places)
    labels = [axis.fact or "points" for axis, _, _ in places]
    values = [values_of(axis) for axis, _, _ in places]
    cells: dict[tuple[str, ...], MatrixCell] = {}
    if places and all(values):
        _fill(ground, shape.cells, (*path, "cells"), labels, values, cells, ())
    known = tuple(axis for axis in axes if axis is not None)
    if not known or len(known) != len(axes):
        return None
    return Matrix(at=ground.tree.key_at(path), axes=known, cells=cells)


def _axes(ground: Ground, shape: MatrixShape, path: Path) -> list[tuple[AxisShape, Path, str | None]]:
    """Every axis with its place and, for the short form, its name."""
    short = [(axis, name) for name in _SHORT if (axis := getattr(shape, name)) is not None]
    if shape.axes is not None and not short:
        return [(axis, (*path, "axes", number), None) for number, axis in enumerate(shape.axes)]
    if shape.axes is None and len(short) == len(_SHORT):
        return [(axis, (*path, name), name) for axis, name in short]
    hint = "write axes: with a list, or impact: and urgency: for the usual two"
    ground.tree.refuse(path, "the axes of the matrix are not clear", on_key=True, hint=hint)
    return []


def _refuse_equal_names(
    ground: Ground, axes: list[Axis | None], places: list[tuple[AxisShape, Path, str | None]]
) -> None:
    seen: set[str] = set()
    for axis, (_, path, _) in zip(axes, places, strict=True):
        if axis is not None and axis.name in seen:
            ground.tree.refuse(path, f"there is another axis {axis.name!r}", hint="give one of them a name: of its own")
        seen |= set() if axis is None else {axis.name}


def _fill(  # noqa: PLR0917 - one level of a recursion: what is left to do, and where it has got to
    ground: Ground,
    row: Any,
    path: Path,
    labels: list[str],
    values: list[tuple[str, ...]],
    cells: dict[tuple[str, ...], MatrixCell],
    place: tuple[str, ...],
) -> None:
    """Put the cells below a row where they belong; `rest` stands for every value that the row does not name."""
    if len(place) == len(values):
        shape = shaped(CellShape, row, path, ground.tree)
        if shape is None:
            ground.glance(row, path)
        else:
            cells[place] = _cell(ground, shape, path)
        return
    wanted = values[len(place)]
    if not isinstance(row, dict):
        message = f"this has to be a mapping of the values of {labels[len(place)]}"
        ground.tree.refuse(path, message, found=row, allowed=(*wanted, REST))
        return
    _refuse_incomplete(ground, row, path, wanted, labels[len(place)], last=len(place) == len(values) - 1)
    for name, inner in row.items():
        if name in wanted:
            _fill(ground, inner, (*path, name), labels, values, cells, (*place, name))
        else:
            _sketch(ground, inner, (*path, name), labels, values, place)
    others = [name for name in wanted if name not in row]
    if REST in row and others:
        first: dict[tuple[str, ...], MatrixCell] = {}
        _fill(ground, row[REST], (*path, REST), labels, values, first, (*place, others[0]))
        depth = len(place)
        for key, cell in first.items():
            for name in others:
                cells[*key[:depth], name, *key[depth + 1 :]] = cell


def _sketch(  # noqa: PLR0917 - as `_fill`
    ground: Ground, row: Any, path: Path, labels: list[str], values: list[tuple[str, ...]], place: tuple[str, ...]
) -> None:
    """Check what stands below a value that the axis does not have, so that its mistakes are told, too."""
    if path[-1] != REST:
        _fill(ground, row, path, labels, values, {}, (*place, values[len(place)][0]))


def _refuse_incomplete(
    ground: Ground, row: dict[str, Any], path: Path, wanted: tuple[str, ...], label: str, *, last: bool
) -> None:
    for name in row:
        if name not in wanted and name != REST:
            allowed = (*wanted, REST)
            ground.tree.refuse((*path, name), "the axis has no such value", on_key=True, found=name, allowed=allowed)
    missing = [name for name in wanted if name not in row]
    if missing and REST not in row:
        need = f"a {'cell' if last else 'row'} for each value of {label}"
        hint = "{} is a cell in which nothing is done; rest: stands for all values that are not named"
        ground.tree.refuse(path, f"the matrix needs {need}; missing: {', '.join(missing)}", on_key=True, hint=hint)
    elif REST in row and not missing:
        message = f"every value of {label} is named, so nothing is left for {REST!r}"
        ground.tree.refuse((*path, REST), message, on_key=True, hint="take it out")


def _cell(ground: Ground, shape: CellShape, path: Path) -> MatrixCell:
    ground.tier(shape.tier, (*path, "tier"))
    if shape.priority is not None:
        ground.name(NameKind.PRIORITY, shape.priority, (*path, "priority"), helpdesk=None)
    return MatrixCell(
        tier=shape.tier,
        priority=priority_of(shape.priority),
        tags=tuple(shape.tags),
        note=ground.template(shape.note, (*path, "note")),
    )


def _glance(ground: Ground, raw: Any, path: Path) -> None:
    """Check what can be checked of a matrix that is wrong otherwise."""
    ground.glance(raw, path)
    parts = [((*path, name), raw.get(name)) for name in _SHORT] if isinstance(raw, dict) else []
    if isinstance(raw, dict) and isinstance(raw.get("axes"), list):
        parts += [((*path, "axes", number), part) for number, part in enumerate(raw["axes"])]
    for here, part in parts:
        with contextlib.suppress(ValidationError):
            build_axis(ground, AxisShape.model_validate(part), here)
