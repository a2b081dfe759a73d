"""Build: the cadences of a policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Any

from rules.build import Ground, listing
from rules.cadence import Anchor, Cadence, ChaseStep, Colour, Days, Mode, OnHoliday, Repeat
from rules.calendar import BusinessCalendar, Span
from rules.conditions.base import Condition
from rules.facts import OWN_STATE, spec_of
from rules.responses import KINDS
from rules.schema.base import delay
from rules.schema.cadences import AnchorShape, CadenceShape, ChaseShape, ColourShape, UpdateFormShape
from rules.shapes import shaped
from rules.yamltext import Path, Tree

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOSING = "closing"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def build_cadences(ground: Ground) -> tuple[Cadence, ...]:
    """Every cadence that could be built, in the order of the files."""
    cadences: list[Cadence] = []
    for index, part in enumerate(listing(ground.tree, "cadences")):
        path: Path = ("cadences", index)
        shape = shaped(CadenceShape, part, path, ground.tree)
        when = _when(ground, part, path)
        conditions = dict(_colour_conditions(ground, part, path))
        if shape is None:
            ground.glance(part, path)
        elif (built := _cadence(ground, shape, when, conditions, path)) is not None:
            cadences.append(built)
    return tuple(cadences)


def _colour_conditions(ground: Ground, part: Any, path: Path) -> Iterator[tuple[str, Condition | None]]:
    """The conditions of the colours, read even where the rest of the part is wrong."""
    colours = part.get("colours") if isinstance(part, dict) else None
    for name, colour in colours.items() if isinstance(colours, dict) else ():
        yield name, _when(ground, colour, (*path, "colours", name))


def _when(ground: Ground, part: Any, path: Path) -> Condition | None:
    """The condition of a part; it has to have a past, because the clock counts from where it began to hold."""
    condition = ground.when(part, path)
    for name in sorted(frozenset() if condition is None else condition.facts - OWN_STATE):
        spec = spec_of(name)
        if spec is not None and not spec.past:
            hint = "ask for something that is seen on the ticket itself"
            message = f"since when {name} has been so is not known, so nothing can be counted from there"
            ground.tree.refuse((*path, "when"), message, found=name, hint=hint)
    return condition


def _cadence(
    ground: Ground, shape: CadenceShape, when: Condition | None, conditions: dict[str, Condition | None], path: Path
) -> Cadence | None:
    calendar = ground.calendar(shape.calendar, path)
    colours = tuple(
        _colour(ground, name, colour, conditions.get(name), (*path, "colours", name))
        for name, colour in shape.colours.items()
    )
    _refuse_shadowed(ground.tree, shape, path)
    update = _update(ground, shape.update, (*path, "update"))
    invalid_note = ground.template(shape.update.invalid_note, (*path, "update", "invalid_note"))
    chase = tuple(_step(ground, step, (*path, "chase", index)) for index, step in enumerate(shape.chase))
    if not chase and shape.update.invalid_note is None:
        hint = "add chase: with at least one step"
        ground.tree.refuse(path, f"the cadence {shape.id!r} does nothing when an update is late", hint=hint)
    if when is None or any(
        colour.when is not None and conditions[name] is None for name, colour in shape.colours.items()
    ):
        return None
    return Cadence(
        id=shape.id,
        at=ground.tree.at(path),
        calendar=calendar,
        when=when,
        colours=colours,
        anchor=None if shape.anchor is None else _anchor(ground.tree, shape.anchor, calendar, (*path, "anchor")),
        counts=shape.update.counts,
        tolerance=update,
        invalid_note=invalid_note,
        chase=chase,
        repeat=_repeat(ground.tree, shape, path),
    )


def _colour(ground: Ground, name: str, shape: ColourShape, when: Condition | None, path: Path) -> Colour:
    every = Span.parse(shape.every)
    if Mode(shape.mode) is Mode.CALENDAR_DAY and every.seconds:
        hint = "write days such as 1d, or mode: rolling"
        message = "calendar_day counts whole days"
        ground.tree.refuse((*path, "every"), message, found=shape.every, hint=hint)
    return Colour(
        name=name, every=every, when=when, mode=Mode(shape.mode), days=Days(shape.days), anchored=shape.anchor
    )


def _refuse_shadowed(tree: Tree, shape: CadenceShape, path: Path) -> None:
    """Refuse colours below one that always holds."""
    names = list(shape.colours)
    for index, name in enumerate(names[:-1]):
        if shape.colours[name].when is None:
            hint = f"add when: to {name}, or put {name} last"
            below = (*path, "colours", names[index + 1])
            tree.refuse(below, f"this colour never counts: {name!r} above it always holds", on_key=True, hint=hint)
            return


def _anchor(tree: Tree, shape: AnchorShape, calendar: BusinessCalendar, path: Path) -> Anchor:
    weekday = _DAYS.index(shape.weekday)
    if OnHoliday(shape.on_holiday) is OnHoliday.SKIP and not calendar.week.get(weekday):
        message = f"the calendar {calendar.name!r} never opens on this weekday, so every week would be skipped"
        tree.refuse((*path, "weekday"), message, found=shape.weekday, hint="write on_holiday: previous")
    at = _TIME.fullmatch(shape.at)
    if at is None and shape.at != _CLOSING:
        tree.refuse((*path, "at"), "this is no time of day", found=shape.at, hint="write it as 17:00, or closing")
    return Anchor(
        weekday=weekday,
        at=None if at is None else time(int(at[1]), int(at[2])),
        on_holiday=OnHoliday(shape.on_holiday),
    )


def _update(ground: Ground, shape: UpdateFormShape, path: Path) -> int | None:
    """How many days the date line may be off; None where there has to be none."""
    tree = ground.tree
    kinds = _kinds(tree)
    if shape.counts not in kinds:
        message = "comments never count as this"
        tree.refuse((*path, "counts"), message, found=shape.counts, allowed=kinds, hint="see responses:")
    tolerance = delay(shape.tolerance)
    if tolerance.seconds:
        tree.refuse((*path, "tolerance"), "a date is off by whole days", found=shape.tolerance, hint="write 1d or 0d")
    if shape.format == "date_line":
        return tolerance.days
    for key in ("tolerance", "invalid_note"):
        if key in shape.model_fields_set:
            message = f"{key} does nothing without a format"
            tree.refuse((*path, key), message, on_key=True, hint="add format: date_line")
    return None


def _kinds(tree: Tree) -> tuple[str, ...]:
    """Everything that a comment can count as: the words of the table of responses, where the policy has one."""
    rows = tree.value.get("responses") if isinstance(tree.value, dict) else None
    own = [
        kind
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and isinstance(row.get("counts_as"), list)
        for kind in row["counts_as"]
        if isinstance(kind, str)
    ]
    return tuple(dict.fromkeys(own)) or KINDS


def _step(ground: Ground, shape: ChaseShape, path: Path) -> ChaseStep:
    ground.tier(shape.escalate_to, (*path, "escalate_to"))
    if shape.note is None and shape.escalate_to is None:
        ground.tree.refuse(path, "this step does nothing", hint="give it note or escalate_to")
    note = ground.template(shape.note, (*path, "note"))
    return ChaseStep(after=delay(shape.after), to=shape.to, note=note, escalate_to=shape.escalate_to)


def _repeat(tree: Tree, shape: CadenceShape, path: Path) -> Repeat | None:
    if shape.repeat is None:
        return None
    if not shape.chase or shape.chase[-1].note is None:
        hint = "give the last step of chase: a note, or remove repeat"
        tree.refuse((*path, "repeat"), "there is no note to repeat", on_key=True, hint=hint)
    return Repeat(every=Span.parse(shape.repeat.every), max=shape.repeat.max)
