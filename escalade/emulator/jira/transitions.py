"""Workflow steps: which are open, and taking one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import catalog, comments, edit, render
from escalade.emulator.jira.call import empty, ok, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Issue, Json, Transition
    from escalade.emulator.routing import Resp


def open_to(call: Call, row: Issue) -> list[Transition]:
    """Return the steps that the caller may take now; none without the Transition issues permission."""
    project = call.site.projects[row.project]
    if row.archived or not call.may("TRANSITION_ISSUES", project):
        return []
    now = row.fields["status"]
    return [step for step in project.transitions if not step.from_statuses or now in step.from_statuses]


def transition(call: Call, row: Issue, step: Transition, *, fields: bool = False) -> Json:
    """Return a step as JSON, with the fields of its screen when asked for."""
    found: Json = {
        "id": step.id,
        "name": step.name,
        "to": render.status(call, step.to),
        "hasScreen": step.needs_resolution,
        "isGlobal": not step.from_statuses,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": step.to == row.fields["status"],
    }
    if fields:
        found["fields"] = {"resolution": _resolution(call)} if step.needs_resolution else {}
    return found


def _resolution(call: Call) -> Json:
    schema = {"type": "resolution", "system": "resolution"}
    allowed = [render.resolution(call, key, catalog.RESOLUTIONS) for key in catalog.RESOLUTIONS]
    named = {"required": True, "schema": schema, "name": "Resolution", "key": "resolution"}
    return {**named, "hasDefaultValue": False, "operations": ["set"], "allowedValues": allowed}


def listing(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/transitions``."""
    row = call.issue()
    fields = "transitions.fields" in call.req.query_list("expand")
    steps = [transition(call, row, step, fields=fields) for step in open_to(call, row)]
    return ok({"expand": "transitions", "transitions": steps})


def post(call: Call) -> Resp:
    """Serve ``POST /issue/{issue}/transitions``; of simultaneous ones only one succeeds, the other gets 409."""
    row, body = call.issue(), call.body()
    move(call, row, body.get("transition"), body)
    return empty()


def move(call: Call, row: Issue, wanted: Any, body: Json) -> None:
    """Take the step ``{id}`` with the fields and comments of ``body``.

    Raises:
        RejectedError: 400 when the step is not open or a field is wrong, 409 when someone else is moving the issue.
    """
    name = str(wanted.get("id")) if isinstance(wanted, dict) else ""
    step = next((step for step in open_to(call, row) if step.id == name), None)
    if step is None:
        refuse(400, f"Transition id '{name}' is not valid for this issue.")
    if row.id in call.site.contended:
        call.site.contended.discard(row.id)
        refuse(409, "The issue is being transitioned by another request. Please retry.")
    project = call.site.projects[row.project]
    changes = edit.read(call, project, body, row.fields, creating=False)
    drafts = [comments.read(call, item) for item in changes.comments]
    if step.needs_resolution and changes.fields.get("resolution") is None:
        refuse(400, resolution="Resolution is required.")
    edit.commit(call, row, {**changes.fields, **_arrival(call, row, step, changes.fields)})
    for draft in drafts:
        comments.attach(call, row, draft)


def _arrival(call: Call, row: Issue, step: Transition, fields: dict[str, Any]) -> dict[str, Any]:
    done = call.site.statuses[step.to].category == "done"
    if not done:
        return {"status": step.to, "resolution": None} if row.fields.get("resolution") else {"status": step.to}
    resolution = fields.get("resolution") or row.fields.get("resolution") or next(iter(catalog.RESOLUTIONS))
    return {"status": step.to, "resolution": resolution}
