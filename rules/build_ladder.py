"""Build: the tiers with their remediation, the rules and the matrix: what leads up the ladder and what waits there."""

from __future__ import annotations

from typing import Any

from rules.build import Ground, listing, priority_of
from rules.build_wants import build_wants, name_acts, name_fields, name_groups, refuse_contradictions
from rules.policy import (
    NameKind,
    Remediation,
    RemediationTask,
    Rule,
    Tier,
    TrackerTicket,
)
from rules.schema.deciding import RuleShape
from rules.schema.ladder import OpeningShape, RemediationShape, TierShape
from rules.shapes import shaped
from rules.yamltext import Path


def tier_ids(raw: Any) -> tuple[str, ...]:
    """The ids that stand in the section of tiers, also of tiers that are wrong otherwise."""
    parts = raw if isinstance(raw, list) else []
    return tuple(part["id"] for part in parts if isinstance(part, dict) and isinstance(part.get("id"), str))


def build_tiers(ground: Ground) -> tuple[Tier, ...]:
    """Every tier that could be built, lowest first."""
    raw = listing(ground.tree, "tiers")
    tiers: list[Tier] = []
    tags: dict[str, str] = {}
    for rank, part in enumerate(raw):
        path: Path = ("tiers", rank)
        shape = shaped(TierShape, part, path, ground.tree)
        if shape is None:
            ground.glance(part, path)
            continue
        tiers.append(_tier(ground, shape, rank, path))
        if tags.setdefault(shape.tag, shape.id) != shape.id:
            message = f"the tag {shape.tag!r} already marks the tier {tags[shape.tag]!r}"
            ground.tree.refuse((*path, "tag"), message, hint="every tier needs a tag of its own")
        if shape.timeout is not None and rank == len(raw) - 1:
            message = "the highest tier has a time-out, but nothing is above it"
            ground.tree.refuse((*path, "timeout"), message, on_key=True, hint="remove timeout, or add a tier below")
    return tuple(tiers)


def _tier(ground: Ground, shape: TierShape, rank: int, path: Path) -> Tier:
    name_groups(ground, shape.groups, (*path, "groups"))
    name_acts(ground, shape.assignees, shape.statuses, path)
    for helpdesk, fields in shape.fields.items():
        name_fields(ground, helpdesk, fields, (*path, "fields", helpdesk))
    if shape.priority_floor is not None:
        ground.name(NameKind.PRIORITY, shape.priority_floor, (*path, "priority_floor"), helpdesk=None)
    due = shape.remediation is not None and any(task.due for task in shape.remediation.tasks)
    remediation = shape.remediation
    return Tier(
        id=shape.id,
        name=shape.name,
        rank=rank,
        tag=shape.tag,
        at=ground.tree.at(path),
        calendar=ground.calendar(shape.calendar, path, needed=shape.timeout is not None or due),
        groups=shape.groups,
        assignees=shape.assignees,
        statuses=shape.statuses,
        restore_status=shape.restore_status,
        timeout=ground.span(shape.timeout),
        priority_floor=priority_of(shape.priority_floor),
        fields=shape.fields,
        note=ground.template(shape.note, (*path, "note")),
        public_note=ground.public_template(shape.public_note, (*path, "public_note")),
        remediation=None if remediation is None else _remediation(ground, remediation, (*path, "remediation")),
    )


def _remediation(ground: Ground, shape: RemediationShape, path: Path) -> Remediation:
    ground.name(NameKind.HELPDESK, shape.tracker, (*path, "tracker"), helpdesk=None)
    opening = None if shape.open is None else _opening(ground, shape.tracker, shape.open, (*path, "open"))
    tasks: list[RemediationTask] = []
    keys: set[str] = set()
    for index, task in enumerate(shape.tasks):
        here = (*path, "tasks", index)
        if task.key in keys:
            ground.tree.refuse((*here, "key"), f"the key {task.key!r} is taken by another task of this tier")
        keys.add(task.key)
        title = ground.text(f"{task.key}.title", task.title, (*here, "title"))
        body = ground.template(task.body, (*here, "body"))
        due = ground.span(task.due)
        if title is not None and body is not None:
            tasks.append(RemediationTask(key=task.key, title=title, body=body, due=due, tags=tuple(task.tags)))
    return Remediation(tracker=shape.tracker, open=opening, tasks=tuple(tasks))


def _opening(ground: Ground, tracker: str, shape: OpeningShape, path: Path) -> TrackerTicket | None:
    project = (*path, "project")
    ground.name(NameKind.PROJECT, shape.project, project, helpdesk=tracker)
    ground.name(NameKind.TICKET_TYPE, shape.type, (*path, "type"), helpdesk=tracker, of=shape.project)
    ground.name(NameKind.SUBTASK_TYPE, shape.project, project, helpdesk=tracker, of=shape.project)
    subject = ground.text("subject", shape.subject, (*path, "subject"))
    body = ground.template(shape.body, (*path, "body"))
    if subject is None or body is None:
        return None
    return TrackerTicket(project=shape.project, type=shape.type, subject=subject, body=body, tags=tuple(shape.tags))


def build_rules(ground: Ground) -> tuple[Rule, ...]:
    """Every rule that could be built, in the order of the files."""
    rules: list[tuple[int, Any, Rule]] = []
    for index, part in enumerate(listing(ground.tree, "rules")):
        path: Path = ("rules", index)
        shape = shaped(RuleShape, part, path, ground.tree)
        when = ground.when(part, path)
        if shape is None:
            ground.glance(part, path)
            continue
        ground.tier(shape.escalate_to, (*path, "escalate_to"))
        note = ground.template(shape.note, (*path, "note"))
        public_note = ground.public_template(shape.public_note, (*path, "public_note"))
        _refuse_idle(ground, shape, path)
        sets = build_wants(ground, shape.set, (*path, "set"))
        if when is not None:
            rule = Rule(
                id=shape.id,
                description=shape.description,
                at=ground.tree.at(path),
                when=when,
                escalate_to=shape.escalate_to,
                tags=tuple(shape.tags),
                sets=sets,
                note=note,
                public_note=public_note,
            )
            rules.append((index, part, rule))
    refuse_contradictions(ground, rules)
    return tuple(rule for _, _, rule in rules)


def _refuse_idle(ground: Ground, shape: RuleShape, path: Path) -> None:
    sets_something = shape.set is not None and bool(shape.set.model_fields_set)
    says_something = shape.note is not None or shape.public_note is not None
    if shape.escalate_to is None and not shape.tags and not says_something and not sets_something:
        hint = "give it escalate_to, tags, set, note or public_note"
        ground.tree.refuse(path, f"the rule {shape.id!r} does nothing when it holds", hint=hint)
