"""Build: update reminders."""

from __future__ import annotations

from rules.build import Ground, listing
from rules.policy import UpdateReminder
from rules.schema.clocks import UpdateShape
from rules.shapes import shaped
from rules.yamltext import Path


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
