"""Recast: the policy of a drill, an admin's own or the starter's, with the scenario's people in its directory. Pure."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from escalade.drill.scenario import Cast, Player

Document = dict[str, Any]
#: Where people stand when the policy has no team that could take them.
_TEAM = "cast"
#: Who is in a team or role, as the policy or the helpdesks say.
_MEMBERS = frozenset({"members", "members_from"})


def laid_over(document: Document, overlay: Mapping[str, Any]) -> Document:
    """The document with other sections laid over it: mappings are merged, anything else is replaced."""
    whole = copy.deepcopy(document)
    for key, value in overlay.items():
        inner = whole.get(key)
        whole[key] = laid_over(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return whole


def recast(document: Document, cast: Cast, accounts: Mapping[str, Mapping[str, str]]) -> Document:
    """The document with the cast in the place of the people of its directory.

    Teams keep their groups, roles their duties. Who was described there is gone; where another section names one of
    them, everybody of the cast is meant.

    Args:
        document: A whole policy that loads.
        cast: Who takes part.
        accounts: Person → helpdesk → the person's id there.
    """
    directory = document.get("directory") or {}
    teams = {name: {**_own(team), "members": []} for name, team in (directory.get("teams") or {}).items()}
    given = {name: role or {} for name, role in (directory.get("roles") or {}).items()}
    teams = teams or {_TEAM: {"members": []}}
    for player in cast.people.values():
        teams[_home(player, given, teams)]["members"].append(_described(player, accounts[player.id]))
    wanted = dict.fromkeys([*given, *(role for player in cast.people.values() for role in player.roles)])
    staffed = {name for name, team in teams.items() if team["members"]}
    roles = {name: _filled(name, given.get(name, {}), cast, staffed) for name in wanted}
    gone = _people_of(directory)
    kept = {key: value for key, value in directory.items() if key != "people"}
    whole = {**document, "directory": {**kept, "teams": teams, "roles": roles}}
    if "raci" in directory:
        whole["directory"]["raci"] = _renamed(directory["raci"], gone, cast)
    if isinstance(document.get("commands"), dict):
        commands = document["commands"]
        whole["commands"] = {**commands, **{key: _renamed(commands[key], gone, cast) for key in commands}}
    return whole


def _own(part: Mapping[str, Any] | None) -> dict[str, Any]:
    """A team or role without who is in it."""
    return {key: value for key, value in (part or {}).items() if key not in _MEMBERS}


def _home(player: Player, roles: Mapping[str, Any], teams: Mapping[str, Any]) -> str:
    """The team that somebody is described in: one that has a role of theirs, else the first."""
    of_roles = (team for role in player.roles for team in roles.get(role, {}).get("teams") or ())
    return next((team for team in of_roles if team in teams), next(iter(teams)))


def _described(player: Player, accounts: Mapping[str, str]) -> dict[str, Any]:
    described: dict[str, Any] = {"id": player.id, "name": player.name, "level": player.level}
    if player.skills:
        described["skills"] = list(player.skills)
    if player.region is not None:
        described["region"] = player.region
    return {**described, "accounts": dict(accounts)}


def _filled(name: str, role: Mapping[str, Any], cast: Cast, staffed: Collection[str]) -> dict[str, Any]:
    """A role with those of the cast who have it; where nobody has, its teams, else everybody of the cast, stand in."""
    kept = {key: value for key, value in _own(role).items() if key != "teams"}
    members = [player.id for player in cast.people.values() if name in player.roles]
    teams = [team for team in role.get("teams") or () if team in staffed]
    if teams and not members:
        return {**kept, "teams": teams}
    return {**kept, "members": members or list(cast.people)}


def _people_of(directory: Mapping[str, Any]) -> frozenset[str]:
    """Ids of everybody whom the policy's own directory describes."""
    teams = (directory.get("teams") or {}).values()
    members = [one for team in teams for one in (team or {}).get("members") or ()]
    return frozenset(one["id"] for one in [*members, *directory.get("people", [])] if isinstance(one, dict))


def _renamed(part: Any, gone: frozenset[str], cast: Cast) -> Any:
    """A part of the policy in which nobody is named who is gone."""
    if isinstance(part, dict):
        return {key: _renamed(value, gone, cast) for key, value in part.items()}
    if isinstance(part, list):
        return list(dict.fromkeys(_names(part, gone, cast))) if all(isinstance(one, str) for one in part) else part
    return next(iter(cast.people)) if isinstance(part, str) and part in gone else part


def _names(part: list[str], gone: frozenset[str], cast: Cast) -> Iterator[str]:
    for name in part:
        yield from cast.people if name in gone else (name,)
