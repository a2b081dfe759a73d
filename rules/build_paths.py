"""Build: the paths, which say what ladder each tier belongs to and how high it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.build import Ground, listing
from rules.paths import EscalationPath, PathKind, PathReach, Rung
from rules.policy import Tier
from rules.schema.ladder import PathShape
from rules.shapes import shaped
from rules.yamltext import Path

_SECTION = "paths"


def path_ids(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids that stand in the section of paths, also of paths that are wrong otherwise."""
    raw = document.get(_SECTION)
    parts = raw if isinstance(raw, list) else []
    return tuple(part["id"] for part in parts if isinstance(part, dict) and isinstance(part.get("id"), str))


def rungs(document: Mapping[str, Any], tiers: tuple[str, ...]) -> dict[str, Rung]:
    """Where every tier stands, also of paths that are wrong otherwise; tiers in no path are their own little one."""
    raw = document.get(_SECTION)
    paths = raw if isinstance(raw, list) and raw else [{"id": "", "tiers": list(tiers)}]
    found: dict[str, Rung] = {}
    for part in paths:
        members = part.get("tiers") if isinstance(part, dict) else None
        members = [name for name in members if isinstance(name, str)] if isinstance(members, list) else []
        for rank, name in enumerate(members):
            highest = rank == len(members) - 1
            found.setdefault(name, Rung(path=str(part.get("id")), rank=rank, highest=highest))
    for name in tiers:
        found.setdefault(name, Rung(path="", rank=0, highest=True))
    return found


def build_paths(ground: Ground, tiers: tuple[Tier, ...]) -> tuple[EscalationPath, ...]:
    """Every path that could be built; each tier has to belong to exactly one."""
    paths: list[EscalationPath] = []
    owners: dict[str, str] = {}
    raw = listing(ground.tree, _SECTION)
    for number, part in enumerate(raw):
        path: Path = (_SECTION, number)
        shape = shaped(PathShape, part, path, ground.tree)
        if shape is None:
            continue
        _check_members(ground, shape, path, owners)
        reach = PathReach(shape.reach)
        if reach is PathReach.EXTERNAL and not _works_elsewhere(shape, tiers):
            message = f"the path {shape.id!r} leads outside, but none of its tiers has work done there"
            hint = "give one of its tiers remediation:, or say reach: internal"
            ground.tree.refuse((*path, "reach"), message, hint=hint)
        paths.append(
            EscalationPath(
                id=shape.id,
                name=shape.name,
                at=ground.tree.at(path),
                tiers=tuple(shape.tiers),
                kind=PathKind(shape.kind),
                reach=reach,
            )
        )
    if raw and len(paths) == len(raw):
        _refuse_homeless(ground, tiers, owners)
    return tuple(paths)


def _check_members(ground: Ground, shape: PathShape, path: Path, owners: dict[str, str]) -> None:
    for index, name in enumerate(shape.tiers):
        here = (*path, "tiers", index)
        ground.tier(name, here)
        if name in owners:
            whose = "this path" if owners[name] == shape.id else f"the path {owners[name]!r}"
            hint = "every tier belongs to exactly one path"
            ground.tree.refuse(here, f"the tier already belongs to {whose}", found=name, hint=hint)
        owners.setdefault(name, shape.id)


def _works_elsewhere(shape: PathShape, tiers: tuple[Tier, ...]) -> bool:
    members = [tier for tier in tiers if tier.id in shape.tiers]
    # A tier that could not be built may have had some.
    return len(members) < len(shape.tiers) or any(tier.remediation is not None for tier in members)


def _refuse_homeless(ground: Ground, tiers: tuple[Tier, ...], owners: dict[str, str]) -> None:
    for tier in tiers:
        if tier.id not in owners:
            number = ground.tiers.index(tier.id)
            message = f"the tier {tier.id!r} belongs to no path"
            ground.tree.refuse(("tiers", number, "id"), message, hint="name it below paths:, in exactly one of them")
