"""Project roles: who has which in a project. Shown to administrators alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira.call import ok, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Json
    from escalade.emulator.routing import Resp

_FIRST = 10_000


def _roles(call: Call) -> tuple[str, dict[int, str]]:
    """The project's key, and the roles of the site by their numbers."""
    project = call.project(call.req.params["project"])
    if not call.may("ADMINISTER_PROJECTS", project):
        refuse(404, "You do not have permission to administer this project.")
    return project.key, dict(enumerate(sorted({name for _, name in call.site.roles}), _FIRST))


def listing(call: Call) -> Resp:
    """Serve ``GET /project/{project}/role``: the address of each role by its name."""
    key, roles = _roles(call)
    return ok({name: call.url(f"project/{key}/role/{number}") for number, name in roles.items()})


def get(call: Call) -> Resp:
    """Serve ``GET /project/{project}/role/{role}``: the role with those who have it there, inactive people, too."""
    key, roles = _roles(call)
    number = call.req.params["role"]
    name = roles.get(int(number)) if number.isdigit() else None
    if name is None:
        refuse(404, f"Can not retrieve a role actor for a null project role. Could not find project role {number}.")
    users, groups = call.site.roles.get((key, name), ([], []))
    actors = [_user(call, account) for account in users] + [_group(call, group) for group in groups]
    shown = [{"id": _FIRST + at, **actor} for at, actor in enumerate(actors, 1)]
    head = {"self": call.url(f"project/{key}/role/{number}"), "name": name, "id": int(number), "description": ""}
    return ok({**head, "actors": shown})


def _user(call: Call, account: str) -> Json:
    row = call.site.users[account]
    shown = {"displayName": row.display_name, "type": "atlassian-user-role-actor"}
    return {**shown, **({"actorUser": {"accountId": account}} if call.site.cloud else {"name": row.name})}


def _group(call: Call, name: str) -> Json:
    shown = {"displayName": name, "type": "atlassian-group-role-actor", "name": name}
    return {**shown, **({"actorGroup": {"name": name, "displayName": name}} if call.site.cloud else {})}
