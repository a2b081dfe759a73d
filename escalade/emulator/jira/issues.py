"""Issues by id: read, create, edit, delete, and the bulk forms of reading and creating."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import catalog, comments, document, edit, hooks, links, meta, transitions, values
from escalade.emulator.jira.call import GONE_OR_HIDDEN, RejectedError, empty, ok, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.edit import Edit
    from escalade.emulator.jira.model import Issue, Json, Project
    from escalade.emulator.routing import Resp

MOST_CREATED = 50
MOST_FETCHED = 100
_NO_QUIET_EDIT = "To discard the user notification either admin or project admin permissions are required."


def expansions(raw: Any) -> frozenset[str]:
    """Return the names of an ``expand`` parameter: a comma-separated string, or an array."""
    parts: Iterable[Any] = raw.split(",") if isinstance(raw, str) else raw or ()
    return frozenset(str(part).strip() for part in parts)


def names_of(raw: Any) -> list[str]:
    """Return field names or property keys from an array or a comma-separated string."""
    parts: Iterable[Any] = raw.split(",") if isinstance(raw, str) else raw or ()
    return [str(part).strip() for part in parts]


def show(call: Call, row: Issue, expand: frozenset[str], fields: list[str], properties: list[str]) -> Json:
    """Return an issue as ``GET /issue/{key}`` does, transitions and edit meta included when expanded."""
    chosen = document.chosen_fields(call, fields, "*all")
    found = document.issue(call, row, chosen, properties=properties, expand=expand)
    if "transitions" in expand:
        found["transitions"] = [transitions.transition(call, row, step) for step in transitions.open_to(call, row)]
    if "editmeta" in expand:
        found["editmeta"] = {"fields": meta.edit_fields(call, row)}
    return found


def get(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}``; a former key answers silently with the new one."""
    expand = expansions(call.req.query("expand"))
    fields, properties = call.req.query_list("fields"), call.req.query_list("properties")
    return ok(show(call, call.issue(), expand, fields, properties))


def delete(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}``: sub-tasks must be deleted along on purpose."""
    row = call.issue()
    if not call.may("DELETE_ISSUES", call.site.projects[row.project]):
        refuse(403, "You do not have permission to delete issues in this project.")
    if row.subtasks and not call.flag("deleteSubtasks", default=False):
        refuse(400, f"The issue '{row.key}' has subtasks. You must specify the 'deleteSubtasks' parameter.")
    for number in [*row.subtasks, row.id]:
        hooks.issue_deleted(call, call.site.issues[number])
        call.site.forget(call.site.issues[number])
    return empty()


def put(call: Call) -> Resp:
    """Serve ``PUT /issue/{issue}``: fields, deltas and properties in one request."""
    row = call.issue()
    project = call.site.projects[row.project]
    body = call.body()
    if not call.flag("notifyUsers", default=True) and not (call.caller and call.caller.admin):
        refuse(400, _NO_QUIET_EDIT)
    for name in ("overrideScreenSecurity", "overrideEditableFlag"):
        if call.flag(name, default=False):
            refuse(403, f"Only Connect and Forge app users with admin permission may use {name}.")
    if row.archived or not row.editable:
        refuse(400, "You do not have permission to edit this issue: it is archived or its status forbids it.")
    changes = edit.read(call, project, body, row.fields, creating=False, allowed=call.may("EDIT_ISSUES", project))
    if row.id in call.site.contended:
        call.site.contended.discard(row.id)
        refuse(409, "The issue was updated by someone else at the same time. Please retry.")
    _carry_out(call, row, changes)
    if call.site.cloud and call.flag("returnIssue", default=False):
        return ok(show(call, row, expansions(call.req.query("expand")), [], []))
    return empty()


def _carry_out(call: Call, row: Issue, changes: Edit) -> None:
    new_links = [links.read(call, item, near=row) for item in changes.links]
    new_comments = [comments.read(call, item) for item in changes.comments]
    edit.commit(call, row, changes.fields)
    for key, value in changes.properties.items():
        row.properties[key] = value
        hooks.property_set(call, row, key, value)
    for draft in new_comments:
        comments.attach(call, row, draft)
    for new in new_links:
        links.join(call, new)


def post(call: Call) -> Resp:
    """Serve ``POST /issue``."""
    return ok(_created(call, create(call, call.body())), 201)


def _created(call: Call, row: Issue) -> Json:
    return {"id": str(row.id), "key": row.key, "self": call.url(f"issue/{row.id}")}


def create(call: Call, body: Json) -> Issue:
    """Create an issue from ``{fields, update, properties, transition}``.

    Raises:
        RejectedError: 400 with all complaints by field; the key number of a late failure is burnt.
    """
    given = body.get("fields") or {}
    project = _project_of(call, given)
    fields = {key: value for key, value in given.items() if key != "project"}
    drafts = edit.read(call, project, {**body, "fields": fields}, {}, creating=True)
    _check_complete(call, project, drafts.fields)
    notes = [comments.read(call, item) for item in drafts.comments]
    row = call.site.insert(project, _with_defaults(call, project, drafts.fields), creator=call.me, at=call.site.now())
    try:
        new_links = [links.read(call, item, near=row) for item in drafts.links]
    except RejectedError:
        call.site.forget(row)
        raise
    call.site.remember(row, existed=False)
    row.properties.update(drafts.properties)
    first = {key: value for key, value in row.fields.items() if value not in (None, [])}
    hooks.issue_created(call, row, edit.items_of(call, {}, first))
    for link in new_links:
        links.join(call, link)
    for note in notes:
        comments.attach(call, row, note)
    if body.get("transition"):
        transitions.move(call, row, body["transition"], {})
    return row


def _project_of(call: Call, fields: Json) -> Project:
    wanted = fields.get("project")
    name = str(wanted.get("id") or wanted.get("key")) if isinstance(wanted, dict) else ""
    try:
        project = call.project(name)
    except RejectedError:
        refuse(400, project="Specify a valid project ID or key")
    if project.archived or not call.may("CREATE_ISSUES", project):
        refuse(400, project="You do not have permission to create issues in this project.")
    return project


def _check_complete(call: Call, project: Project, fields: dict[str, Any]) -> None:
    errors: dict[str, str] = {}
    if not fields.get("summary"):
        errors["summary"] = "You must specify a summary of the issue."
    if "issuetype" not in fields:
        errors["issuetype"] = "Specify an issue type"
    elif call.site.issue_types[fields["issuetype"]].subtask and fields.get("parent") is None:
        errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
    for row in call.site.fields.values():
        if row.custom and row.required and row.id not in fields:
            errors[row.id] = f"{row.name} is required."
    if errors:
        raise RejectedError(400, errors=errors)
    parent = call.site.issues.get(fields.get("parent") or -1)
    if parent is not None and (parent.archived or not parent.editable):
        project.last_number += 1
        refuse(400, parent="The parent issue is not editable.")


def _with_defaults(call: Call, project: Project, fields: dict[str, Any]) -> dict[str, Any]:
    middle = next((row.id for row in call.site.priorities if row.name == "Medium"), None)
    defaults: dict[str, Any] = {
        "description": None,
        "status": call.site.initial_status(project),
        "priority": middle if middle in project.priorities else None,
        "labels": [],
        "reporter": call.me,
        "assignee": None,
        "parent": None,
    }
    return defaults | fields


def bulk_create(call: Call) -> Resp:
    """Serve ``POST /issue/bulk``: 201 if any was created, 400 if none."""
    wanted = call.body().get("issueUpdates")
    if not isinstance(wanted, list) or not wanted:
        refuse(400, "The issueUpdates array must not be empty.")
    if len(wanted) > MOST_CREATED:
        refuse(400, f"The number of issues to create exceeds the limit of {MOST_CREATED}.")
    made: list[Json] = []
    errors: list[Json] = []
    fault = call.world.faults.take("job_partial", call.req.method, call.req.path)
    broken = None if fault is None else int(fault.params.get("row", 0))
    for number, body in enumerate(wanted):
        try:
            if number == broken:
                refuse(500, "The issue could not be created. Please try again.")
            made.append(_created(call, create(call, body if isinstance(body, dict) else {})))
        except RejectedError as error:
            failed = {"status": error.status, "elementErrors": error.collection()}
            errors.append({**failed, "failedElementNumber": number})
    return ok({"issues": made, "errors": errors}, 201 if made else 400)


def bulk_fetch(call: Call) -> Resp:
    """Serve ``POST /issue/bulkfetch``: up to 100 issues by ascending id, the missing ones in ``issueErrors``."""
    body = call.body()
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        refuse(400, "The issueIdsOrKeys array must not be empty.")
    if len(wanted) > MOST_FETCHED:
        refuse(400, f"The number of issues requested exceeds the limit of {MOST_FETCHED}.")
    found: dict[int, Issue] = {}
    errors: list[Json] = []
    for name in dict.fromkeys(str(item) for item in wanted):
        row = call.site.find(name)
        if row is None or not call.sees(row):
            errors.append({"issueIdOrKey": name, "errorMessage": GONE_OR_HIDDEN})
        else:
            found[row.id] = row
    chosen = document.chosen_fields(call, names_of(body.get("fields")), "*navigable")
    expand, properties = expansions(body.get("expand")), names_of(body.get("properties"))
    shown = [
        document.issue(call, found[number], chosen, properties=properties, expand=expand) for number in sorted(found)
    ]
    return ok({"issues": shown, "issueErrors": errors})


def assign(call: Call) -> Resp:
    """Serve ``PUT /issue/{issue}/assignee``."""
    row = call.issue()
    body = call.body()
    nobody = body.get("accountId", body.get("name")) is None
    try:
        account_id = None if nobody else values.user(call, body)
    except values.FieldError as error:
        refuse(400, assignee=str(error))
    edit.commit(call, row, {"assignee": account_id})
    return empty()


def resolutions(call: Call) -> Resp:
    """Serve ``GET /resolution``."""
    rows = catalog.RESOLUTIONS.items()
    return ok([{"self": call.url(f"resolution/{key}"), "id": key, "name": name} for key, name in rows])
