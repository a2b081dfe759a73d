"""People act: through the same code as the API, with their own identity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from escalade.emulator.jira import comments, issues, transitions
from escalade.emulator.jira.call import Call, RejectedError, empty, refuse
from escalade.emulator.routing import Req, Resp

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Issue, Json, User
    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.world import World

COLLISION_LABEL = "edited-meanwhile"
_SIMPLE = frozenset({"priority", "labels", "assignee", "summary", "description", "duedate"})


def perform(world: World, site: JiraSite, wanted: Mapping[str, Any], prefix: str) -> Resp:
    """Let a person change an issue.

    Args:
        world: The world.
        site: The site.
        wanted: ``{"ticket": key or id, "user": account id or log-in, "change": {...}}``. A change may hold the plain
            values ``priority``, ``status`` and ``assignee`` (names), ``labels`` (or ``tags``), ``summary``,
            ``description``, ``duedate``, ``comment`` (``{"body", "public"}``), ``delete: true``, and raw ``fields``,
            ``update`` and ``properties`` of the API.
        prefix: The context path of the site.

    Returns:
        204, or the refusal of the API.
    """
    user = _person(site, wanted.get("user"))
    change = dict(wanted.get("change") or {})
    try:
        call = _call(world, site, user, prefix, str(wanted.get("ticket")))
        row = call.issue()
        if change.pop("delete", False):
            call.req.query_string = "deleteSubtasks=true"
            return issues.delete(call)
        _change(call, row, change)
    except RejectedError as error:
        return error.resp()
    return empty()


def _person(site: JiraSite, wanted: object) -> User:
    for row in site.users.values():
        if wanted in {row.account_id, row.name, row.email}:
            return row
    return next(row for row in site.users.values() if row is not site.bot or len(site.users) == 1)


def _call(world: World, site: JiraSite, user: User, prefix: str, ticket: str) -> Call:
    req = Req(method="PUT", path="", params={"issue": ticket}, base_url=f"http://{site.title.split()[0].lower()}")
    return Call(world=world, site=site, req=req, caller=user, version=2, prefix=prefix)


def _change(call: Call, row: Issue, change: dict[str, Any]) -> None:
    said, status = change.pop("comment", None), change.pop("status", None)
    if "tags" in change:
        change["labels"] = change.pop("tags")
    body: Json = {key: change.pop(key) for key in ("fields", "update", "properties") if key in change}
    unknown = change.keys() - _SIMPLE
    if unknown:
        refuse(400, f"A person cannot change {', '.join(sorted(unknown))}.")
    body["fields"] = {**(body.get("fields") or {}), **{key: _raw(call, key, change[key]) for key in change}}
    call.req.body = msgspec.json.encode(body)
    issues.put(call)
    if status is not None:
        _walk(call, row, str(status))
    if said is not None:
        internal = [] if said.get("public", True) else [{"key": "sd.public.comment", "value": {"internal": True}}]
        comments.attach(call, row, comments.read(call, {"body": said["body"], "properties": internal}))


def _raw(call: Call, key: str, value: Any) -> Any:
    if value is None or key not in {"priority", "assignee"}:
        return value
    if key == "priority":
        return {"name": value}
    user = _person(call.site, value)
    return {"accountId": user.account_id} if call.site.cloud else {"name": user.name}


def _walk(call: Call, row: Issue, status: str) -> None:
    """Take the step that leads to a status, with a resolution where the step demands one."""
    for step in transitions.open_to(call, row):
        if call.site.statuses[step.to].name.lower() == status.lower():
            fields = {"fields": {"resolution": {"name": "Done"}}} if step.needs_resolution else {}
            transitions.move(call, row, {"id": step.id}, fields)
            return
    refuse(400, f"No transition leads from {row.key} to '{status}' now.")


def collide(world: World, site: JiraSite, req: Req, prefix: str) -> None:
    """Let somebody else edit the issue of a request just before it; the request then gets 409."""
    found = re.search(r"/issue/([^/]+)", req.path)
    row = site.find(found[1]) if found else None
    if row is None:
        return
    change = {"update": {"labels": [{"add": COLLISION_LABEL}]}}
    perform(world, site, {"ticket": row.key, "user": None, "change": change}, prefix)
    site.contended.add(row.id)


def summary(site: JiraSite, *, tickets: bool) -> Json:
    """Return what the site holds, for ``GET /_emulator/state``; with ``tickets`` also the issues themselves."""
    counts: Json = {
        "issues": len(site.issues),
        "comments": sum(len(row.comments) for row in site.issues.values()),
        "projects": [row.key for row in site.projects.values()],
        "users": len(site.users),
        "webhooks": len(site.webhooks),
    }
    return counts | {"tickets": [_dump(site, row) for row in site.issues.values()]} if tickets else counts


def _dump(site: JiraSite, row: Issue) -> Json:
    priorities = {item.id: item.name for item in site.priorities}
    return {
        "id": row.id,
        "key": row.key,
        "summary": row.fields["summary"],
        "status": site.statuses[row.fields["status"]].name,
        "priority": priorities.get(row.fields["priority"]),
        "labels": row.fields["labels"],
        "parent": row.fields.get("parent"),
        "updated": row.updated.isoformat(),
        "comments": [
            {"author": site.users[entry.author].display_name, "body": entry.body, "public": entry.public}
            for entry in row.comments
        ],
        "properties": row.properties,
        "remote_links": [link.global_id for link in row.remote_links],
        "subtasks": row.subtasks,
        "history": [entry.items for entry in row.history],
    }
