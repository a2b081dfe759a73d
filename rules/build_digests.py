"""Build: the digests of a policy."""

from __future__ import annotations

from datetime import time

from rules.build import Ground, entries, listing
from rules.channels import ChannelForm
from rules.digests import Digest
from rules.reports.escalated import Level
from rules.reports.written import Form
from rules.schema.digests import DigestShape
from rules.shapes import shaped
from rules.yamltext import Path

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def build_digests(ground: Ground) -> tuple[Digest, ...]:
    """Every digest that could be built, in the order of the files."""
    found: list[Digest] = []
    for index, part in enumerate(listing(ground.tree, "digests")):
        path: Path = ("digests", index)
        shape = shaped(DigestShape, part, path, ground.tree)
        if shape is None:
            ground.glance(part, path)
        elif (built := _digest(ground, shape, path)) is not None:
            found.append(built)
    return tuple(found)


def _digest(ground: Ground, shape: DigestShape, path: Path) -> Digest | None:
    calendar = ground.calendar(shape.calendar, path)
    declared = entries(ground.tree, "channels")
    if shape.channel not in declared:
        hint = None if declared else "describe it in the section channels:"
        ground.tree.refuse(
            (*path, "channel"), "there is no such channel", found=shape.channel, allowed=declared, hint=hint
        )
    channel = ground.channels.get(shape.channel)
    if channel is None:
        return None
    if channel.form is ChannelForm.SLACK and Form(shape.form) is not Form.TEXT:
        message, hint = "a chat room shows neither Markdown tables nor HTML", "take it out, or use another channel"
        ground.tree.refuse((*path, "form"), message, found=shape.form, allowed=[Form.TEXT], hint=hint)
    return Digest(
        id=shape.id,
        at=ground.tree.at((*path, "id")),
        title=shape.title or shape.id.replace("-", " ").replace("_", " ").capitalize(),
        channel=channel,
        calendar=calendar,
        hour=time.fromisoformat(shape.at),
        weekdays=frozenset(_WEEKDAYS.index(day) for day in shape.weekdays),
        region=shape.region,
        level=None if shape.level is None else Level(shape.level),
        roll_up=shape.roll_up,
        form=Form(shape.form),
    )
