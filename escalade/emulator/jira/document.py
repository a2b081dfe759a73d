"""An issue as the API shows it: chosen fields, properties and expansions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import adf, catalog, render, sla
from escalade.emulator.jira.call import refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue, IssueLink, Json

EXPANDED_HISTORIES = 40
"""``expand=changelog`` shows the newest 40 entries only on Cloud, whose endpoint shows all; Data Center shows all."""
COMMENTS_SHOWN = 20
"""The comment field of an issue is a page, not the whole conversation."""
MOST_PROPERTIES = 5
"""Most property keys that a read may name (Cloud v3 specification)."""
_NOT_NAVIGABLE = frozenset({"comment"})


def chosen_fields(call: Call, wanted: Iterable[str] | None, default: str) -> list[FieldDef]:
    """Return the fields that ``wanted`` selects (``*all``, ``*navigable``, ids, ``-id``); unknown ids are ignored."""
    names = [name.strip() for name in wanted or () if name.strip()] or [default]
    rows = call.site.fields
    chosen: dict[str, FieldDef] = {}
    if all(name.startswith("-") for name in names):
        names = [default, *names]
    for name in names:
        if name == "*all":
            chosen.update(rows)
        elif name == "*navigable":
            chosen.update({key: row for key, row in rows.items() if key not in _NOT_NAVIGABLE})
        elif name.startswith("-"):
            chosen.pop(name[1:], None)
        elif name in rows:
            chosen[name] = rows[name]
    return list(chosen.values())


def issue(
    call: Call,
    row: Issue,
    fields: Iterable[FieldDef],
    *,
    properties: Iterable[str] = (),
    expand: frozenset[str] = frozenset(),
) -> Json:
    """Return an issue with the given fields, properties (``*all`` allowed) and expansions."""
    shown = list(fields)
    found: Json = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,transitions",
        "id": str(row.id),
        "self": call.url(f"issue/{row.id}"),
        "key": row.key,
        "fields": {field.id: value(call, row, field) for field in shown},
    }
    keys = list(properties)
    if len([key for key in keys if not key.startswith("*")]) > MOST_PROPERTIES:
        refuse(400, f"The number of requested properties exceeds the limit of {MOST_PROPERTIES}.")
    if keys:
        everything = "*all" in keys
        found["properties"] = {key: kept for key, kept in row.properties.items() if everything or key in keys}
    if "changelog" in expand:
        found["changelog"] = _changelog(call, row)
    if "renderedFields" in expand:
        found["renderedFields"] = {
            field.id: _rendered(row, field) for field in shown if field.kind in {"text", "string"}
        }
    if "names" in expand:
        found["names"] = {field.id: field.name for field in shown}
    if "schema" in expand:
        found["schema"] = {field.id: field.schema for field in shown}
    return found


def _changelog(call: Call, row: Issue) -> Json:
    newest = list(reversed(row.history))[: EXPANDED_HISTORIES if call.site.cloud else None]
    histories = [render.history(call, entry) for entry in newest]
    return {"startAt": 0, "maxResults": len(histories), "total": len(row.history), "histories": histories}


def _rendered(row: Issue, field: FieldDef) -> str | None:
    kept = row.fields.get(field.id)
    return None if kept is None else adf.to_html(kept)


def stub(call: Call, number: int) -> Json:
    """Return the short form of an issue inside another one: parents, sub-tasks and links."""
    row = call.site.issues[number]
    fields = row.fields
    return {
        "id": str(row.id),
        "key": row.key,
        "self": call.url(f"issue/{row.id}"),
        "fields": {
            "summary": fields["summary"],
            "status": render.status(call, fields["status"]),
            "priority": render.priority(call, fields["priority"]),
            "issuetype": render.issue_type(call, fields["issuetype"]),
        },
    }


def link(call: Call, row: IssueLink, *, seen_from: int | None = None) -> Json:
    """Return an issue link: both ends, or only the other one when ``seen_from`` an issue."""
    kind = call.site.link_types[row.type]
    found: Json = {
        "id": str(row.id),
        "self": call.url(f"issueLink/{row.id}"),
        "type": {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": call.url(f"issueLinkType/{kind.id}"),
        },
    }
    if seen_from != row.source:
        found["inwardIssue"] = stub(call, row.source)
    if seen_from != row.target:
        found["outwardIssue"] = stub(call, row.target)
    return found


def value(call: Call, row: Issue, field: FieldDef) -> Any:
    """Return the value of one field as JSON; null where the issue has none."""
    special = _SPECIAL.get(field.id)
    if special is not None:
        return special(call, row)
    return _by_kind(call, row, field, row.fields.get(field.id))


def _by_kind(call: Call, row: Issue, field: FieldDef, kept: Any) -> Any:
    match field.kind:
        case "text":
            return render.text(call, kept)
        case "option":
            return render.option(call, field, kept)
        case "options":
            return None if not kept else [render.option(call, field, key) for key in kept]
        case "user":
            return render.user(call, kept)
        case "sla":
            return sla.field_value(call, row, field)
        case "organizations":
            return [sla.organization(call, call.site.organizations[number]) for number in kept or ()]
        case "request_type":
            return None if kept is None else {"requestType": {"id": "1", "name": kept}, "_links": {}}
        case "datetime":
            return None if kept is None else render.at(call, kept)
    return kept


def _watches(call: Call, row: Issue) -> Json:
    mine = call.caller is not None and call.caller.account_id in row.watchers
    self_url = call.url(f"issue/{row.key}/watchers")
    return {"self": self_url, "watchCount": len(row.watchers), "isWatching": mine}


def _comments(call: Call, row: Issue) -> Json:
    shown = [render.comment(call, row, entry) for entry in row.comments[:COMMENTS_SHOWN]]
    self_url = call.url(f"issue/{row.id}/comment")
    total = len(row.comments)
    return {"comments": shown, "self": self_url, "maxResults": len(shown), "total": total, "startAt": 0}


def _parent(call: Call, row: Issue) -> Json | None:
    number = row.fields.get("parent")
    return stub(call, number) if number in call.site.issues else None


def _category_changed(call: Call, row: Issue) -> str:
    changes = [entry.created for entry in row.history for item in entry.items if item["field"] == "status"]
    return render.at(call, changes[-1] if changes else row.created)


def _resolved(call: Call, row: Issue) -> str | None:
    if row.fields.get("resolution") is None:
        return None
    changes = [entry.created for entry in row.history for item in entry.items if item["field"] == "resolution"]
    return render.at(call, changes[-1] if changes else row.updated)


_SPECIAL: dict[str, Callable[[Call, Issue], Any]] = {
    "issuetype": lambda call, row: render.issue_type(call, row.fields["issuetype"]),
    "project": lambda call, row: render.project(call, call.site.projects[row.project]),
    "status": lambda call, row: render.status(call, row.fields["status"]),
    "priority": lambda call, row: render.priority(call, row.fields["priority"]),
    "labels": lambda _, row: row.fields["labels"],
    "creator": lambda call, row: render.user(call, row.creator),
    "created": lambda call, row: render.at(call, row.created),
    "updated": lambda call, row: render.at(call, row.updated),
    "resolution": lambda call, row: render.resolution(call, row.fields.get("resolution"), catalog.RESOLUTIONS),
    "resolutiondate": _resolved,
    "parent": _parent,
    "subtasks": lambda call, row: [stub(call, number) for number in row.subtasks],
    "issuelinks": lambda call, row: [link(call, entry, seen_from=row.id) for entry in row.links],
    "comment": _comments,
    "components": lambda *_: [],
    "fixVersions": lambda *_: [],
    "watches": _watches,
    "statuscategorychangedate": _category_changed,
}
