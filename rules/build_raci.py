"""Build: who has which part in an escalation, and in whose name Escalade acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.build import Ground
from rules.directory import Directory, Role
from rules.raci import Raci
from rules.schema.directory import RaciShape
from rules.yamltext import Path

_PATH: Path = ("directory", "raci")
#: What acts, and the section in which its parts have their ids; None = it has no parts.
KINDS: Mapping[str, str | None] = {
    "tier": "tiers",
    "rule": "rules",
    "matrix": None,
    "sla": "sla",
    "cadence": "cadences",
    "reminder": "updates",
    "release": None,
    "commands": None,
    "escalation": None,
    "account_escalations": None,
}


def build_raci(ground: Ground, shape: RaciShape | None, names: tuple[str, ...]) -> Raci | None:
    """The parts, with every name checked; None where there are none or nobody is accountable."""
    if shape is None:
        return None
    is_word = isinstance(shape.accountable, str)
    accountable = [shape.accountable] if isinstance(shape.accountable, str) else shape.accountable
    if len(accountable) != 1:
        message = f"exactly one is accountable, and here are {len(accountable)}"
        ground.tree.refuse((*_PATH, "A"), message, found=", ".join(accountable) or "nobody", hint="name one role")
    for part, found in (
        ("R", shape.responsible),
        ("A", accountable),
        ("C", shape.consulted),
        ("I", shape.informed),
    ):
        for index, name in enumerate(found):
            if name not in names:
                at = (*_PATH, part) if part == "A" and is_word else (*_PATH, part, index)
                message = "the directory has no such role, team or person"
                ground.tree.refuse(at, message, found=name, allowed=names)
    if len(accountable) != 1:
        return None
    return Raci(
        responsible=tuple(shape.responsible),
        accountable=accountable[0],
        consulted=tuple(shape.consulted),
        informed=tuple(shape.informed),
    )


def check_serves(ground: Ground, roles: Mapping[str, Role]) -> None:
    """Refuse what roles are said to serve and what there is not, or what two of them serve."""
    taken: dict[str, str] = {}
    for role in roles.values():
        for index, source in enumerate(role.serves):
            path = ("directory", "roles", role.id, "serves", index)
            kind, _, identity = source.partition(":")
            if kind not in KINDS:
                ground.tree.refuse(path, "nothing of that kind acts", found=source, allowed=tuple(KINDS))
            elif identity and identity not in (known := _ids(ground, KINDS[kind])):
                message = f"there is no such {kind}" if known else f"{kind} has no parts with ids; write {kind}"
                ground.tree.refuse(path, message, found=source, allowed=[f"{kind}:{one}" for one in known])
            elif taken.setdefault(source, role.id) != role.id:
                message = f"the role {taken[source]!r} serves that already"
                ground.tree.refuse(path, message, found=source, hint="one action has one role")


def check_informed(ground: Ground, directory: Directory) -> None:
    """Refuse to chase those who are only informed, and readers of channels whom the directory does not know."""
    for channel in ground.channels.values():
        for index, reader in enumerate(channel.readers):
            if reader not in directory.names:
                path: Path = ("channels", channel.name, "readers", index)
                message = "the directory has no such role, team or person"
                ground.tree.refuse(path, message, found=reader, allowed=directory.names)
    if directory.raci is None or not isinstance(ground.tree.value, dict):
        return
    ground.informed = directory.raci.only_informed
    for number, cadence in enumerate(_listed(ground.tree.value.get("cadences"))):
        for step, chased in enumerate(_listed(cadence.get("chase"))):
            if str(chased.get("to")) in ground.informed:
                message = "who is only informed reads the digest and is never chased"
                path = ("cadences", number, "chase", step, "to")
                ground.tree.refuse(path, message, found=chased["to"], hint="chase R or A, or give them another part")


def _ids(ground: Ground, section: str | None) -> tuple[str, ...]:
    parts = ground.tree.value.get(section) if section is not None and isinstance(ground.tree.value, dict) else None
    return tuple(str(part["id"]) for part in _listed(parts) if "id" in part)


def _listed(parts: Any) -> list[dict[str, Any]]:
    """The parts of a section in their places; what is no part reads as an empty one."""
    return [part if isinstance(part, dict) else {} for part in parts] if isinstance(parts, list) else []
