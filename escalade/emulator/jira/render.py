"""Rows as the JSON of the API: times, users, priorities, statuses, projects, fields and comments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import adf

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Comment, FieldDef, History, Issue, Json, Project

CATEGORIES = {
    "new": {"id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"},
    "indeterminate": {"id": 4, "key": "indeterminate", "colorName": "yellow", "name": "In Progress"},
    "done": {"id": 3, "key": "done", "colorName": "green", "name": "Done"},
}


def at(call: Call, instant: datetime) -> str:
    """Return an instant as Jira writes it: milliseconds and an offset without a colon, in the site's zone."""
    local = instant.astimezone(call.site.zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def text(call: Call, value: str | None, document: Json | None = None) -> Any:
    """Return a text in the form of the API version: wiki string (2) or document (3)."""
    if value is None or call.version == 2:
        return value
    return document or adf.to_document(value)


def _once(call: Call, noun: str, key: str, make: Callable[[], Any]) -> Any:
    found = call.refs.get((noun, key))
    if found is None:
        found = call.refs[noun, key] = make()
    return found


def user(call: Call, account_id: str | None) -> Any:
    """Return a user as embedded everywhere; None stays None, and a stranger's e-mail stays hidden on Cloud."""
    if account_id is None or account_id not in call.site.users:
        return None
    return _once(call, "user", account_id, lambda: _user(call, account_id))


def user_key(account_id: str) -> str:
    """Return the immutable key that Data Center has for a user."""
    return f"JIRAUSER{account_id[-5:]}"


def _user(call: Call, account_id: str) -> Json:
    row = call.site.users[account_id]
    avatar = call.site_url(f"secure/useravatar?ownerId={row.name}")
    common = {
        "displayName": row.display_name,
        "active": row.active,
        "timeZone": row.time_zone,
        "avatarUrls": dict.fromkeys(("16x16", "24x24", "32x32", "48x48"), avatar),
    }
    if not call.site.cloud:
        self_url = call.url(f"user?username={row.name}")
        return {"self": self_url, "name": row.name, "key": user_key(account_id), "emailAddress": row.email, **common}
    shown = {"emailAddress": row.email} if call.caller is row else {}
    self_url = call.url(f"user?accountId={account_id}")
    return {"self": self_url, "accountId": account_id, "accountType": row.account_type, **shown, **common}


def priority(call: Call, priority_id: str | None) -> Any:
    """Return a priority reference."""
    if priority_id is None:
        return None
    return _once(call, "priority", priority_id, lambda: _priority(call, priority_id))


def _priority(call: Call, priority_id: str) -> Json:
    row = next(row for row in call.site.priorities if row.id == priority_id)
    icon = call.site_url(f"images/icons/priorities/{row.name.lower()}.svg")
    return {"self": call.url(f"priority/{row.id}"), "iconUrl": icon, "name": row.name, "id": row.id}


def status(call: Call, status_id: str) -> Any:
    """Return a status with its category."""
    return _once(call, "status", status_id, lambda: _status(call, status_id))


def _status(call: Call, status_id: str) -> Json:
    row = call.site.statuses[status_id]
    return {
        "self": call.url(f"status/{row.id}"),
        "description": "",
        "iconUrl": call.site_url("images/icons/statuses/generic.png"),
        "name": row.name,
        "id": row.id,
        "statusCategory": category(call, row.category),
    }


def category(call: Call, key: str) -> Json:
    """Return a status category."""
    row = CATEGORIES[key]
    return {"self": call.url(f"statuscategory/{row['id']}"), **row}


def issue_type(call: Call, type_id: str) -> Any:
    """Return an issue type."""
    return _once(call, "issuetype", type_id, lambda: _issue_type(call, type_id))


def _issue_type(call: Call, type_id: str) -> Json:
    row = call.site.issue_types[type_id]
    found = {
        "self": call.url(f"issuetype/{row.id}"),
        "id": row.id,
        "description": "",
        "iconUrl": call.site_url(f"images/icons/issuetypes/{row.id}.svg"),
        "name": row.name,
        "subtask": row.subtask,
    }
    return {**found, "hierarchyLevel": -1 if row.subtask else 0} if call.site.cloud else found


def project(call: Call, row: Project) -> Any:
    """Return a project reference."""
    return _once(call, "project", row.id, lambda: _project(call, row))


def _project(call: Call, row: Project) -> Json:
    avatar = call.site_url(f"secure/projectavatar?pid={row.id}")
    found: Json = {
        "self": call.url(f"project/{row.id}"),
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "projectTypeKey": "service_desk" if row.service_desk else "software",
        "avatarUrls": dict.fromkeys(("16x16", "24x24", "32x32", "48x48"), avatar),
    }
    return {**found, "simplified": False} if call.site.cloud else found


def resolution(call: Call, resolution_id: str | None, names: dict[str, str]) -> Any:
    """Return a resolution reference; unresolved is None."""
    if resolution_id is None:
        return None
    self_url = call.url(f"resolution/{resolution_id}")
    return {"self": self_url, "id": resolution_id, "description": "", "name": names[resolution_id]}


def option(call: Call, field: FieldDef, option_id: str | None) -> Any:
    """Return an option of a select field."""
    if option_id is None:
        return None
    value = field.options[option_id]
    return {"self": call.url(f"customFieldOption/{option_id}"), "value": value, "id": option_id}


def comment(call: Call, issue: Issue, row: Comment, *, expand: frozenset[str] = frozenset()) -> Json:
    """Return a comment; ``expand`` may name ``renderedBody`` and ``properties``."""
    found: Json = {
        "self": call.url(f"issue/{issue.id}/comment/{row.id}"),
        "id": str(row.id),
        "author": user(call, row.author),
        "body": text(call, row.body, row.adf),
        "updateAuthor": user(call, row.update_author),
        "created": at(call, row.created),
        "updated": at(call, row.updated),
    }
    if call.site.projects[issue.project].service_desk:
        found["jsdPublic"] = row.public
    elif call.site.cloud:
        found["jsdPublic"] = True
    if row.visibility is not None:
        found["visibility"] = row.visibility
    if "renderedBody" in expand:
        found["renderedBody"] = adf.to_html(row.body)
    if "properties" in expand:
        found["properties"] = [{"key": key, "value": value} for key, value in row.properties.items()]
    return found


def history(call: Call, row: History) -> Json:
    """Return one entry of the changelog."""
    author = user(call, row.author)
    return {"id": str(row.id), "author": author, "created": at(call, row.created), "items": row.items}


def field_row(call: Call, row: FieldDef) -> Json:
    """Return a field as ``GET /field`` lists it."""
    clauses = [f"cf[{row.id.removeprefix('customfield_')}]", row.name] if row.custom else [row.id]
    found: Json = {
        "id": row.id,
        "name": row.name,
        "custom": row.custom,
        "orderable": True,
        "navigable": row.kind != "comment",
        "searchable": True,
        "clauseNames": clauses,
        "schema": row.schema,
    }
    return {"id": found.pop("id"), "key": row.id, **found} if call.site.cloud else found
