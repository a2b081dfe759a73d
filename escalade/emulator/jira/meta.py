"""What a site consists of, for clients that configure themselves: fields, priorities, projects, screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira import catalog, render
from escalade.emulator.jira.call import RejectedError, ok, page, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue, Json, Priority, Project
    from escalade.emulator.routing import Resp

_NEVER_ON_SCREEN = frozenset({"readonly", "sla", "request_type", "resolution"})
_ARRAY_KINDS = frozenset({"labels", "options", "organizations"})


def server(call: Call) -> Resp:
    """Serve ``GET /serverInfo``, which anonymous callers may read too."""
    cloud = call.site.cloud
    numbers = [1001, 0, 0] if cloud else [10, 3, 5]
    body: Json = {
        "baseUrl": f"{call.req.base_url}{call.prefix}",
        "version": "1001.0.0-SNAPSHOT" if cloud else "10.3.5",
        "versionNumbers": numbers,
        "deploymentType": call.site.deployment,
        "buildNumber": 100293 if cloud else 10030005,
        "buildDate": "2026-02-24T00:00:00.000+0100",
        "serverTime": render.at(call, call.site.now()),
        "scmInfo": "0f1e2d3c4b5a69788796a5b4c3d2e1f000112233",
        "serverTitle": call.site.title,
    }
    return ok(body | {"defaultLocale": {"locale": "en_US"}, "serverTimeZone": call.site.zone.key} if cloud else body)


def fields(call: Call) -> Resp:
    """Serve ``GET /field``."""
    return ok([render.field_row(call, row) for row in call.site.fields.values()])


def _priority(call: Call, row: Priority) -> Json:
    shown = render.priority(call, row.id)
    return {**shown, "statusColor": row.color, "description": f"{row.name} priority"}


def priorities(call: Call) -> Resp:
    """Serve ``GET /priority``, highest first."""
    return ok([_priority(call, row) for row in call.site.priorities])


def priority(call: Call) -> Resp:
    """Serve ``GET /priority/{id}``."""
    for row in call.site.priorities:
        if row.id == call.req.params["id"]:
            return ok(_priority(call, row))
    raise RejectedError(404, f"The priority with id '{call.req.params['id']}' does not exist")


def priority_search(call: Call) -> Resp:
    """Serve ``GET /priority/search``, narrowed by ``id``, ``projectId`` and ``priorityName``."""
    ids, projects = call.req.query_list("id"), call.req.query_list("projectId")
    name = (call.req.query("priorityName") or "").lower()
    allowed = {key for number in projects for key in call.project(number).priorities}
    rows = [
        row
        for row in call.site.priorities
        if (not ids or row.id in ids) and (not projects or row.id in allowed) and name in row.name.lower()
    ]
    shown = [_priority(call, row) | {"isDefault": row.name == "Medium"} for row in rows]
    return ok(page(shown, call.number("startAt", 0), call.number("maxResults", 50)))


def _project(call: Call, row: Project) -> Json:
    shown: Json = {**render.project(call, row), "lead": render.user(call, row.lead), "archived": row.archived}
    kinds = [render.issue_type(call, type_id) for type_id in row.issue_types]
    more = {"isPrivate": False, "style": "classic", "properties": {}} if call.site.cloud else {}
    return {**shown, "issueTypes": kinds, "components": [], "versions": [], **more}


def _visible(call: Call) -> list[Project]:
    rows = call.site.projects.values()
    return sorted((row for row in rows if call.sees_project(row)), key=lambda row: row.key)


def projects(call: Call) -> Resp:
    """Serve ``GET /project``."""
    return ok([render.project(call, row) for row in _visible(call) if not row.archived])


def project_search(call: Call) -> Resp:
    """Serve ``GET /project/search``, narrowed by ``keys``, ``query`` and ``typeKey``."""
    keys, text = call.req.query_list("keys"), (call.req.query("query") or "").lower()
    kind = call.req.query("typeKey")
    rows = [
        render.project(call, row)
        for row in _visible(call)
        if (not keys or row.key in keys)
        and (text in row.key.lower() or text in row.name.lower())
        and kind in {None, "service_desk" if row.service_desk else "software"}
        and not row.archived
    ]
    body = page(rows, call.number("startAt", 0), call.number("maxResults", 50, most=100))
    return ok(body | {"self": call.url("project/search")})


def project(call: Call) -> Resp:
    """Serve ``GET /project/{project}``."""
    return ok(_project(call, call.project(call.req.params["project"])))


def project_statuses(call: Call) -> Resp:
    """Serve ``GET /project/{project}/statuses``: the statuses of each issue type."""
    row = call.project(call.req.params["project"])
    reached = dict.fromkeys([call.site.initial_status(row), *(step.to for step in row.transitions)])
    shown = [render.status(call, status_id) for status_id in reached]
    return ok(
        [
            {key: kind[key] for key in ("self", "id", "name", "subtask")} | {"statuses": shown}
            for kind in (render.issue_type(call, type_id) for type_id in row.issue_types)
        ]
    )


def statuses(call: Call) -> Resp:
    """Serve ``GET /status``."""
    return ok([render.status(call, status_id) for status_id in call.site.statuses])


def status_categories(call: Call) -> Resp:
    """Serve ``GET /statuscategory``."""
    return ok([render.category(call, key) for key in render.CATEGORIES])


def issue_types(call: Call) -> Resp:
    """Serve ``GET /issuetype``."""
    return ok([render.issue_type(call, type_id) for type_id in call.site.issue_types])


def create_all(call: Call) -> Resp:
    """Serve ``GET /issue/createmeta``, deprecated on Cloud (CHANGE-1304) and gone from Data Center since 9.0."""
    keys, ids = call.req.query_list("projectKeys"), call.req.query_list("projectIds")
    wanted = [row for row in _visible(call) if not (keys or ids) or row.key in keys or row.id in ids]
    return ok({"expand": "projects", "projects": [_creatable(call, row) for row in wanted]})


def _creatable(call: Call, row: Project) -> Json:
    kinds = [render.issue_type(call, type_id) for type_id in row.issue_types]
    if "projects.issuetypes.fields" in call.req.query_list("expand"):
        kinds = [
            {**kind, "fields": {field["key"]: field for field in _create_screen(call, row, kind["id"])}}
            for kind in kinds
        ]
    return {**render.project(call, row), "issuetypes": kinds}


def create_types(call: Call) -> Resp:
    """Serve ``GET /issue/createmeta/{project}/issuetypes``; the two products name the list differently."""
    row = call.project(call.req.params["project"])
    shown = [render.issue_type(call, type_id) for type_id in row.issue_types]
    return ok(_meta_page(call, shown, "issueTypes"))


def create_fields(call: Call) -> Resp:
    """Serve ``GET /issue/createmeta/{project}/issuetypes/{type}``."""
    row = call.project(call.req.params["project"])
    if call.req.params["type"] not in row.issue_types:
        refuse(400, f"Issue type '{call.req.params['type']}' does not belong to the project.")
    return ok(_meta_page(call, _create_screen(call, row, call.req.params["type"]), "fields"))


def _create_screen(call: Call, row: Project, type_id: str) -> list[Json]:
    subtask = call.site.issue_types[type_id].subtask
    shown = [
        _screen_field(call, row, field, subtask=subtask)
        for field in call.site.fields.values()
        if field.on_screen and field.kind not in _NEVER_ON_SCREEN and field.kind != "comment"
    ]
    project_field = call.site.fields["project"]
    return [*shown, _screen_field(call, row, project_field, subtask=subtask) | {"required": True}]


def _meta_page(call: Call, rows: list[Json], noun: str) -> Json:
    start, size = call.number("startAt", 0), call.number("maxResults", 50, most=200)
    chunk = rows[start : start + size]
    name = noun if call.site.cloud else "values"
    body: Json = {"startAt": start, "maxResults": size, "total": len(rows), name: chunk}
    return body if call.site.cloud else body | {"isLast": start + len(chunk) >= len(rows)}


def _screen_field(call: Call, project: Project, row: FieldDef, *, subtask: bool) -> Json:
    always = {"issuetype"} | ({"parent"} if subtask else set())
    found: Json = {
        "required": row.required or row.id in always,
        "schema": row.schema,
        "name": row.name,
        "key": row.id,
        "fieldId": row.id,
        "hasDefaultValue": row.id in {"priority", "reporter"},
        "operations": ["add", "set", "remove"] if row.kind in _ARRAY_KINDS else ["set"],
    }
    allowed = _allowed(call, project, row)
    return found if allowed is None else found | {"allowedValues": allowed}


def _allowed(call: Call, project: Project, row: FieldDef) -> list[Json] | None:
    if row.kind in {"option", "options"}:
        return [render.option(call, row, option_id) for option_id in row.options]
    if row.kind == "priority":
        return [render.priority(call, priority_id) for priority_id in project.priorities]
    if row.kind == "issuetype":
        return [render.issue_type(call, type_id) for type_id in project.issue_types]
    if row.id == "project":
        return [render.project(call, project)]
    if row.kind == "resolution":
        return [render.resolution(call, key, catalog.RESOLUTIONS) for key in catalog.RESOLUTIONS]
    return None


def edit_fields(call: Call, row: Issue) -> Json:
    """Return the fields that may be edited now, by id; none when the issue is not editable."""
    home = call.site.projects[row.project]
    if row.archived or not row.editable or not call.may("EDIT_ISSUES", home):
        return {}
    return {
        field.id: _screen_field(call, home, field, subtask=False)
        for field in call.site.fields.values()
        if field.on_screen and field.kind not in _NEVER_ON_SCREEN
    }


def edit_meta(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/editmeta``."""
    return ok({"fields": edit_fields(call, call.issue())})
