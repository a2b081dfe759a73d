"""Build: who may ask for what, by which words, tags and fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from rules.build import Ground
from rules.directory import Directory
from rules.escalation.commanding import OPEN_VERBS, Commanding, Limit
from rules.policy import NameKind
from rules.schema.commands import CommandsShape, limit_of
from rules.shapes import shaped
from rules.verbs import VERBS
from rules.yamltext import Path

_SECTION = "commands"


def build_commands(ground: Ground, directory: Directory) -> Commanding:
    """The section, as far as it could be built; the defaults where there is none."""
    raw = ground.tree.value.get(_SECTION) if isinstance(ground.tree.value, dict) else None
    if raw is None:
        return Commanding()
    customer = raw.get("customer") if isinstance(raw, dict) else None
    eligible = ground.when(customer, (_SECTION, "customer"))
    shape = shaped(CommandsShape, raw, (_SECTION,), ground.tree)
    if shape is None:
        return Commanding()
    for verb, names in shape.allow.items():
        _check_allowed(ground, directory, verb, names)
    for tag, verb in shape.tags.items():
        _check_verb(ground, verb, (_SECTION, "tags", tag))
    for name, values in shape.fields.items():
        _check_field(ground, name, values)
    return Commanding(
        allow={verb: tuple(names) for verb, names in shape.allow.items()},
        tags=shape.tags,
        fields=shape.fields,
        phrases=() if shape.customer is None else tuple(shape.customer.phrases),
        eligible=eligible,
        limit=_limit(shape.limit),
        since=None if shape.since is None else date.fromisoformat(shape.since),
    )


def _limit(text: str | None) -> Limit | None:
    if text is None:
        return None
    count, span = limit_of(text)
    return Limit(count=count, per=timedelta(days=span.days, seconds=span.seconds))


def _check_allowed(ground: Ground, directory: Directory, verb: str, names: list[str]) -> None:
    path: Path = (_SECTION, "allow", verb)
    if verb in OPEN_VERBS:
        message = f"anybody of our people may ask #{verb}; say who decides about it (accept, decline, declare)"
        ground.tree.refuse(path, message, found=verb, on_key=True)
    else:
        _check_verb(ground, verb, path, on_key=True)
    if not names:
        ground.tree.refuse(path, f"nobody could use #{verb}", hint="name roles, teams or people of the directory")
    for index, name in enumerate(names):
        if name not in directory.names:
            message = "the directory has no such role, team or person"
            ground.tree.refuse((*path, index), message, found=name, allowed=directory.names)


def _check_field(ground: Ground, name: str, values: Mapping[str, str]) -> None:
    path: Path = (_SECTION, "fields", name)
    ground.name(NameKind.FIELD, name, path, helpdesk=None)
    for value, verb in values.items():
        ground.name(NameKind.FIELD_VALUE, value, (*path, value), helpdesk=None, of=name, is_key=True)
        _check_verb(ground, verb, (*path, value))


def _check_verb(ground: Ground, verb: str, path: Path, *, on_key: bool = False) -> None:
    if verb not in VERBS:
        ground.tree.refuse(path, "there is no such verb", found=verb, allowed=tuple(VERBS), on_key=on_key)
