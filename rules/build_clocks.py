"""Build: service-level clocks and update reminders."""

from __future__ import annotations

import math

from rules.build import Ground, listing
from rules.calendar import Span
from rules.conditions.base import Condition
from rules.policy import Metric, SlaTarget, UpdateReminder
from rules.schema.clocks import SlaShape, UpdateShape
from rules.shapes import shaped
from rules.ticket import Priority
from rules.yamltext import Path

#: The word for tickets without a priority.
NO_PRIORITY = "none"


def build_sla(ground: Ground) -> tuple[SlaTarget, ...]:
    """Every service-level clock that could be built, in the order of the files."""
    clocks: list[SlaTarget] = []
    for index, part in enumerate(listing(ground.tree, "sla")):
        path: Path = ("sla", index)
        shape = shaped(SlaShape, part, path, ground.tree)
        when = ground.when(part, path)
        if shape is None:
            ground.glance(part, path)
        else:
            clocks.append(_clock(ground, shape, when, path))
    return tuple(clocks)


def _clock(ground: Ground, shape: SlaShape, when: Condition | None, path: Path) -> SlaTarget:
    ground.tier(shape.escalate_to, (*path, "escalate_to"))
    if (shape.warn_at is None) is not (shape.warn_tag is None):
        present, absent = ("warn_at", "warn_tag") if shape.warn_tag is None else ("warn_tag", "warn_at")
        hint = f"add {absent}, or remove {present}"
        ground.tree.refuse((*path, present), f"{present} does nothing without {absent}", on_key=True, hint=hint)
    return SlaTarget(
        id=shape.id,
        metric=Metric(shape.metric),
        at=ground.tree.at(path),
        calendar=ground.calendar(shape.calendar, path),
        targets=_targets(ground, shape.targets, (*path, "targets")),
        when=when,
        warn_at=_share(ground, shape.warn_at, (*path, "warn_at")),
        warn_tag=shape.warn_tag,
        breach_tag=shape.breach_tag,
        escalate_to=shape.escalate_to,
        note=ground.template(shape.note, (*path, "note")),
    )


def _targets(ground: Ground, raw: dict[str, str], path: Path) -> dict[Priority | None, Span]:
    allowed = (*Priority, NO_PRIORITY)
    targets: dict[Priority | None, Span] = {}
    for word, text in raw.items():
        here = (*path, word)
        if word not in allowed:
            ground.tree.refuse(here, "there is no such priority", on_key=True, found=word, allowed=allowed)
            continue
        targets[None if word == NO_PRIORITY else Priority(word)] = Span.parse(text)
    return targets


def _share(ground: Ground, value: str | float | None, path: Path) -> float | None:
    """A share written as 75% or 0.75."""
    if value is None:
        return None
    try:
        share = float(value.removesuffix("%")) / 100 if isinstance(value, str) else float(value)
    except ValueError:
        share = math.nan
    if not 0 < share < 1:
        hint = "write for example 75%"
        ground.tree.refuse(path, "a warning comes at a share between 0% and 100%", found=value, hint=hint)
        return None
    return share


def build_reminders(ground: Ground) -> tuple[UpdateReminder, ...]:
    """Every update reminder that could be built, in the order of the files."""
    reminders: list[UpdateReminder] = []
    for index, part in enumerate(listing(ground.tree, "updates")):
        path: Path = ("updates", index)
        shape = shaped(UpdateShape, part, path, ground.tree)
        when = ground.when(part, path)
        if shape is None:
            ground.glance(part, path)
            continue
        calendar = ground.calendar(shape.calendar, path)
        every = ground.span(shape.every)
        note = ground.template(shape.note, (*path, "note"))
        if when is not None and every is not None and note is not None:
            reminders.append(
                UpdateReminder(
                    id=shape.id,
                    at=ground.tree.at(path),
                    calendar=calendar,
                    when=when,
                    every=every,
                    note=note,
                    max=shape.max,
                )
            )
    return tuple(reminders)
