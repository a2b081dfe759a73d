"""Build: the channels, and what rules and tiers tell on them."""

from __future__ import annotations

from collections.abc import Sequence

from rules.build import Ground, entries
from rules.channels import Channel, ChannelForm, Notification
from rules.schema.channels import AtMostShape, ChannelShape, NotifyShape
from rules.shapes import shaped
from rules.span import Span
from rules.throttle import AtMost
from rules.yamltext import Path


def build_channels(ground: Ground) -> dict[str, Channel]:
    """Every channel that could be built; a wrong one has no entry."""
    found: dict[str, Channel] = {}
    for name, part in entries(ground.tree, "channels").items():
        path: Path = ("channels", name)
        shape = shaped(ChannelShape, part, path, ground.tree)
        if shape is None:
            ground.glance(part, path)
            continue
        found[name] = Channel(
            name=name,
            at=ground.tree.key_at(path),
            url_env=shape.url_env,
            form=ChannelForm(shape.form),
            calendar=None if shape.calendar is None else ground.calendar(shape.calendar, path),
            at_most=_at_most(shape.at_most),
            gathered=ground.gathered_template(shape.gathered, (*path, "gathered")),
            readers=tuple(shape.readers),
            repeat_when_unsure=shape.repeat_when_unsure,
        )
    return found


def _at_most(shape: AtMostShape | None) -> AtMost | None:
    return None if shape is None else AtMost(count=shape.count, within=Span.parse(shape.within).clock_time)


def build_notifications(ground: Ground, shapes: Sequence[NotifyShape], path: Path) -> tuple[Notification, ...]:
    """What one rule or tier tells; a channel or template that there is none of is refused."""
    declared = entries(ground.tree, "channels")
    found: list[Notification] = []
    told: set[tuple[str, str]] = set()
    for index, shape in enumerate(shapes):
        here = (*path, index)
        template = ground.template(shape.template, (*here, "template"))
        if shape.channel not in declared:
            hint = None if declared else "describe it in the section channels:"
            message = "there is no such channel"
            ground.tree.refuse((*here, "channel"), message, found=shape.channel, allowed=declared, hint=hint)
        if (shape.channel, shape.template) in told:
            ground.tree.refuse(here, "the same is told on the same channel twice", hint="take one of the two out")
        told.add((shape.channel, shape.template))
        channel = ground.channels.get(shape.channel)
        if channel is not None and channel.readers and ground.informed.issuperset(channel.readers):
            message, hint = "those who read this channel are only informed", "let a digest go there, or name others"
            ground.tree.refuse((*here, "channel"), message, found=shape.channel, hint=hint)
        if channel is not None and template is not None:
            found.append(Notification(channel=channel, template=template, urgent=shape.urgent))
    return tuple(found)
