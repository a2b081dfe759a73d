"""Build: the tiers, with what leads on from each of them."""

from __future__ import annotations

from typing import Any

from rules.build import Ground, listing, priority_of
from rules.build_channels import build_notifications
from rules.build_remediation import build_remediation
from rules.build_wants import build_assignment, name_acts, name_fields
from rules.conditions.base import Condition
from rules.facts import spec_of
from rules.paths import Rung
from rules.policy import NameKind, Repeat, Tier
from rules.schema.ladder import RepeatShape, TierShape, TimeoutShape
from rules.shapes import shaped
from rules.yamltext import Path

_ACKNOWLEDGED = "acknowledged_when"


def tier_ids(raw: Any) -> tuple[str, ...]:
    """The ids that stand in the section of tiers, also of tiers that are wrong otherwise."""
    parts = raw if isinstance(raw, list) else []
    return tuple(part["id"] for part in parts if isinstance(part, dict) and isinstance(part.get("id"), str))


def build_tiers(ground: Ground) -> tuple[Tier, ...]:
    """Every tier that could be built, in the order of the file."""
    tiers: list[Tier] = []
    tags: dict[str, str] = {}
    for number, part in enumerate(listing(ground.tree, "tiers")):
        path: Path = ("tiers", number)
        shape = shaped(TierShape, part, path, ground.tree)
        acknowledged = _acknowledged_when(ground, part, path)
        if shape is None:
            ground.glance(part, path)
            continue
        rung = ground.rungs[shape.id]
        tiers.append(_tier(ground, shape, rung, acknowledged, path))
        _check_climb(ground, shape, rung, path)
        if tags.setdefault(shape.tag, shape.id) != shape.id:
            message = f"the tag {shape.tag!r} already marks the tier {tags[shape.tag]!r}"
            ground.tree.refuse((*path, "tag"), message, hint="every tier needs a tag of its own")
    return tuple(tiers)


def _tier(ground: Ground, shape: TierShape, rung: Rung, acknowledged: Condition | None, path: Path) -> Tier:
    _name_groups(ground, shape.groups, (*path, "groups"))
    name_acts(ground, shape.assignees, shape.statuses, path)
    for helpdesk, fields in shape.fields.items():
        name_fields(ground, helpdesk, fields, (*path, "fields", helpdesk))
    if shape.priority_floor is not None:
        ground.name(NameKind.PRIORITY, shape.priority_floor, (*path, "priority_floor"), helpdesk=None)
    timeout, remediation = shape.timeout or TimeoutShape(), shape.remediation
    due = remediation is not None and any(task.due for task in remediation.tasks)
    timed = shape.timeout is not None or shape.repeat is not None or shape.acknowledgement_lasts is not None
    return Tier(
        id=shape.id,
        name=shape.name,
        scope=shape.scope or "",
        rank=rung.rank,
        path=rung.path,
        tag=shape.tag,
        at=ground.tree.at(path),
        calendar=ground.calendar(shape.calendar, path, needed=timed or due),
        groups={helpdesk: tuple(groups) for helpdesk, groups in shape.groups.items()},
        assignees=shape.assignees,
        statuses=shape.statuses,
        restore_status=shape.restore_status,
        timeout=ground.span(timeout.unresolved),
        unacknowledged=ground.span(timeout.unacknowledged),
        acknowledged_when=acknowledged,
        acknowledgement_lasts=ground.span(shape.acknowledgement_lasts),
        repeat=None if shape.repeat is None else _repeat(ground, shape.repeat, (*path, "repeat")),
        terminal=shape.terminal,
        priority_floor=priority_of(shape.priority_floor),
        fields=shape.fields,
        note=ground.template(shape.note, (*path, "note")),
        public_note=ground.public_template(shape.public_note, (*path, "public_note")),
        assign=build_assignment(ground, shape.assign, (*path, "assign")),
        notify=build_notifications(ground, shape.notify, (*path, "notify")),
        remediation=None if remediation is None else build_remediation(ground, remediation, (*path, "remediation")),
    )


def _name_groups(ground: Ground, groups: dict[str, list[str]], path: Path) -> None:
    for helpdesk, names in groups.items():
        here = (*path, helpdesk)
        ground.name(NameKind.HELPDESK, helpdesk, here, helpdesk=None)
        for index, name in enumerate(names):
            at = (*here, index) if len(names) > 1 else here
            ground.name(NameKind.GROUP, name, at, helpdesk=helpdesk)
            if name in names[:index]:
                ground.tree.refuse(at, "this group stands here twice", found=name)


def _repeat(ground: Ground, shape: RepeatShape, path: Path) -> Repeat | None:
    note, every = ground.template(shape.note, (*path, "note")), ground.span(shape.every)
    if note is None or every is None:
        return None
    return Repeat(note=note, every=every, max=shape.max, growing=shape.growing)


def _acknowledged_when(ground: Ground, part: Any, path: Path) -> Condition | None:
    """What counts as an acknowledgement: something whose past is known, so that it counts whenever somebody looks."""
    raw = part.get(_ACKNOWLEDGED) if isinstance(part, dict) else None
    if not isinstance(raw, dict):
        return None
    path = (*path, _ACKNOWLEDGED)
    condition = ground.condition(raw, path)
    if condition is None:
        return None
    ground.facts |= condition.facts
    for name in sorted(condition.facts):
        spec = spec_of(name)
        if spec is not None and not spec.past:
            hint = "ask for something that people do to the ticket: who has it, its status, a comment"
            ground.tree.refuse(path, f"since when {name} has been so is not known", found=name, hint=hint)
    return condition


def _check_climb(ground: Ground, shape: TierShape, rung: Rung, path: Path) -> None:
    """Whether what leads on from a tier leads anywhere, and can come to pass."""
    timeout, tree = shape.timeout or TimeoutShape(), ground.tree
    if shape.timeout is not None and rung.highest:
        message = "the highest tier has a time-out, but nothing is above it"
        tree.refuse((*path, "timeout"), message, on_key=True, hint="remove timeout, or add a tier below")
    if shape.terminal and not rung.highest:
        message = "a terminal tier ends its path, but there are tiers above it"
        tree.refuse((*path, "terminal"), message, on_key=True, hint="make it the last tier of its path")
    if timeout.unacknowledged is not None and shape.acknowledged_when is None:
        message = "what is an acknowledgement?"
        hint = f"add {_ACKNOWLEDGED}: {{assignee: {{exists: true}}}}, for example"
        tree.refuse((*path, "timeout", "unacknowledged"), message, on_key=True, hint=hint)
    if shape.acknowledged_when is not None and timeout.unacknowledged is None and shape.repeat is None:
        message = "nothing waits for the acknowledgement"
        hint = "write timeout: {unacknowledged: 4h}, or repeat a note until somebody acknowledges"
        tree.refuse((*path, _ACKNOWLEDGED), message, on_key=True, hint=hint)
    if shape.acknowledgement_lasts is not None and timeout.unacknowledged is None:
        message = "nothing goes on when the acknowledgement has run out"
        hint = "write timeout: {unacknowledged: 4h}"
        tree.refuse((*path, "acknowledgement_lasts"), message, on_key=True, hint=hint)
