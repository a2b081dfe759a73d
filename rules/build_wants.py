"""Build: what rules want of a ticket's own values, and the contradictions that show before any ticket is seen."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rules.build import Ground, priority_of
from rules.build_directory import is_refused
from rules.choice import Profile
from rules.conflicts import spelled
from rules.picking import Assignment
from rules.policy import NameKind, Rule
from rules.schema.wants import AssignShape, SetShape
from rules.wants import NOTHING, Wants
from rules.yamltext import Path


def build_wants(ground: Ground, shape: SetShape | None, path: Path) -> Wants:
    """The wants of one rule; their words are noted for the helpdesks to confirm."""
    if shape is None:
        return NOTHING
    if shape.priority is not None and shape.priority_floor is not None:
        message = "priority says exactly which, priority_floor says at least which: only one of them can be meant"
        ground.tree.refuse((*path, "priority_floor"), message, on_key=True, hint="take one of the two out")
    name_groups(ground, shape.groups, (*path, "groups"))
    name_acts(ground, shape.assignees, shape.statuses, path)
    for helpdesk, fields in shape.fields.items():
        name_fields(ground, helpdesk, fields, (*path, "fields", helpdesk))
    for key in ("priority", "priority_floor"):
        if (level := getattr(shape, key)) is not None:
            ground.name(NameKind.PRIORITY, level, (*path, key), helpdesk=None)
    return Wants(
        priority=priority_of(shape.priority),
        priority_floor=priority_of(shape.priority_floor),
        groups=shape.groups,
        assignees=shape.assignees,
        statuses=shape.statuses,
        restore_status=shape.restore_status,
        fields=shape.fields,
    )


def build_assignment(ground: Ground, shape: AssignShape | None, path: Path) -> Assignment | None:
    """The assignment of one rule or tier; a team that there is none of, or that has nobody in it, is refused."""
    if shape is None:
        return None
    team = ground.teams.get(shape.team)
    here = (*path, "team")
    if team is None:
        hint = None if ground.teams else "describe it in the section directory:"
        ground.tree.refuse(here, "there is no such team", found=shape.team, allowed=ground.teams, hint=hint)
        return None
    if not team.members and not team.sources and not is_refused(ground):
        ground.tree.refuse(here, f"the team {shape.team!r} names nobody", hint="list its members in the directory")
    profile = Profile(skills=frozenset(shape.skills), region=shape.region, minimum_level=shape.level)
    return Assignment(team=shape.team, profile=profile)


def name_groups(ground: Ground, groups: dict[str, str], path: Path) -> None:
    """Remember helpdesks and groups that have to exist."""
    for helpdesk, group in groups.items():
        ground.name(NameKind.HELPDESK, helpdesk, (*path, helpdesk), helpdesk=None)
        ground.name(NameKind.GROUP, group, (*path, helpdesk), helpdesk=helpdesk)


def name_acts(ground: Ground, assignees: dict[str, str], statuses: dict[str, str], path: Path) -> None:
    """Remember people and statuses that have to exist."""
    for key, kind, words in (("assignees", NameKind.PERSON, assignees), ("statuses", NameKind.STATUS, statuses)):
        for helpdesk, word in words.items():
            ground.name(NameKind.HELPDESK, helpdesk, (*path, key, helpdesk), helpdesk=None)
            ground.name(kind, word, (*path, key, helpdesk), helpdesk=helpdesk)


def name_fields(ground: Ground, helpdesk: str, fields: dict[str, Any], path: Path) -> None:
    """Remember fields of a helpdesk, and the values of theirs, that have to exist."""
    ground.name(NameKind.HELPDESK, helpdesk, path, helpdesk=None)
    for name, value in fields.items():
        ground.name(NameKind.FIELD, name, (*path, name), helpdesk=helpdesk)
        if isinstance(value, str):
            ground.name(NameKind.FIELD_VALUE, value, (*path, name), helpdesk=helpdesk, of=name)


def refuse_contradictions(ground: Ground, rules: Iterable[tuple[int, Any, Rule]]) -> None:
    """Refuse rules that want different values of one thing under the very same condition.

    Both always hold together, so one of them is never heard: no order makes sense of that. Where the conditions
    differ, the order of the files decides on each ticket.

    Args:
        ground: Where mistakes are noted.
        rules: The position in the section, the part as it was written, and the rule that was built of it.
    """
    alike: dict[str, list[tuple[int, Rule]]] = {}
    for index, part, rule in rules:
        if rule.sets != NOTHING:
            alike.setdefault(json.dumps(part["when"], sort_keys=True), []).append((index, rule))
    for together in alike.values():
        for place, (index, rule) in enumerate(together):
            for _, first in together[:place]:
                _refuse_fight(ground, first, rule, ("rules", index, "set"))


def _refuse_fight(ground: Ground, first: Rule, second: Rule, path: Path) -> None:
    for heard, asked in first.sets.contradictions(second.sets):
        at = f"{first.at.file}:{first.at.line}"
        message = (
            f"this rule wants {spelled(asked)}, and the rule {first.id!r} ({at}) wants {spelled(heard)} "
            "under the same condition"
        )
        hint = "only the first of the two would ever be heard: take one out, or tell their conditions apart"
        ground.tree.refuse(path, message, on_key=True, hint=hint)
