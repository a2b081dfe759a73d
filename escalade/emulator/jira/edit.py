"""What an edit does: its verbs read into new field values, compared with the old ones, and committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import catalog, hooks, render, values
from escalade.emulator.jira.call import RejectedError, refuse
from escalade.emulator.jira.model import History
from escalade.emulator.jira.values import FieldError

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue, Json, Project

PROPERTY_LIMIT = 32_768
PROPERTY_KEY_LIMIT = 255
_BESIDE_FIELDS = frozenset({"comment", "issuelinks"})


@dataclass(slots=True, kw_only=True)
class Edit:
    """An edit that was found valid: new raw values by field id, and what travels beside the fields."""

    fields: dict[str, Any] = field(default_factory=dict)
    comments: list[Json] = field(default_factory=list)
    links: list[Json] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


def read(
    call: Call, project: Project, body: Json, current: dict[str, Any], *, creating: bool, allowed: bool = True
) -> Edit:
    """Read the body of an edit, a creation or a transition.

    Args:
        call: The API call.
        project: The project of the issue.
        body: The JSON with ``fields``, ``update`` and ``properties``.
        current: The raw values before the edit; verbs such as ``add`` work on them.
        creating: Whether the issue is being created, which checks the screen.
        allowed: Whether the caller has the Edit issues permission; without it every field is refused.

    Raises:
        RejectedError: 400 with all complaints by field.
    """
    edit = Edit(properties=properties_of(body.get("properties")))
    errors: dict[str, str] = {}
    for field_id, verbs in _operations(body).items():
        try:
            row = _editable(call, field_id, creating=creating, allowed=allowed)
            if field_id in _BESIDE_FIELDS:
                _beside(edit, field_id, verbs)
            else:
                edit.fields[field_id] = _result(call, project, row, verbs, current.get(field_id))
        except FieldError as error:
            errors[field_id] = str(error)
    if errors:
        raise RejectedError(400, errors=errors)
    return edit


def _operations(body: Json) -> dict[str, list[tuple[str, Any]]]:
    fields, update = body.get("fields") or {}, body.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict):
        refuse(400, "Can not deserialize instance of java.util.Map out of the request.")
    both = sorted(fields.keys() & update.keys())
    if both:
        twice = "Field '{}' cannot appear in both 'fields' and 'update'"
        raise RejectedError(400, errors={name: twice.format(name) for name in both})
    found: dict[str, list[tuple[str, Any]]] = {name: [("set", value)] for name, value in fields.items()}
    for name, operations in update.items():
        if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
            refuse(400, **{name: "The operations of a field must be an array of objects."})
        found[name] = [pair for item in operations for pair in item.items()]
    return found


def _editable(call: Call, field_id: str, *, creating: bool, allowed: bool) -> FieldDef:
    row = call.site.fields.get(field_id)
    # Since 2026 Cloud's edit does not look at the screen any more; creation and Data Center still do.
    checks_screen = creating or not call.site.cloud
    if row is None or not allowed or (checks_screen and not row.on_screen):
        raise FieldError(values.cannot_be_set(field_id))
    return row


def _beside(edit: Edit, field_id: str, verbs: list[tuple[str, Any]]) -> None:
    for verb, value in verbs:
        if verb != "add" or not isinstance(value, dict):
            raise FieldError(f"Field does not support update '{verb}'")
        (edit.comments if field_id == "comment" else edit.links).append(value)


def _result(call: Call, project: Project, row: FieldDef, verbs: list[tuple[str, Any]], current: Any) -> Any:
    many = row.kind in {"labels", "options", "organizations"}
    now = list(current or []) if many else current
    for verb, value in verbs:
        if verb == "set":
            now = values.parse(call, project, row, value)
        elif verb in {"add", "remove"} and many:
            (item,) = values.parse(call, project, row, [value])
            kept = [other for other in now or [] if other != item]
            now = kept if verb == "remove" else (now if item in (now or []) else [*kept, item])
        else:
            raise FieldError(f"Field does not support update '{verb}'")
    return now


def properties_of(raw: Any) -> dict[str, Any]:
    """Return the entity properties of a request body.

    Raises:
        RejectedError: They are malformed, a key is too long, or a value exceeds 32,768 characters.
    """
    if raw is None:
        return {}
    if not isinstance(raw, list):
        refuse(400, "Properties must be an array of objects with key and value.")
    found = {}
    for item in raw:
        if not isinstance(item, dict) or not isinstance(item.get("key"), str):
            refuse(400, "A property needs a key and a value.")
        found[item["key"]] = item.get("value")
    return found


def commit(call: Call, issue: Issue, new: dict[str, Any]) -> bool:
    """Write new raw values, with changelog and webhooks; say whether anything changed.

    An edit that changes nothing leaves ``updated`` alone, as in Jira.
    """
    changed = {key: value for key, value in new.items() if issue.fields.get(key) != value}
    if not changed:
        return False
    items = items_of(call, issue.fields, changed)
    call.site.remember(issue)
    _move_below(call, issue, changed)
    issue.fields.update(changed)
    entry = History(id=call.site.next_id("history"), author=call.me, created=call.site.now(), items=items)
    issue.history.append(entry)
    call.site.touch(issue)
    hooks.issue_updated(call, issue, entry)
    return True


def items_of(call: Call, before: dict[str, Any], after: dict[str, Any]) -> list[Json]:
    """Return the changelog items of a change from ``before`` to ``after``, raw values by field id."""
    return [_item(call, key, before.get(key), value) for key, value in after.items()]


def _move_below(call: Call, issue: Issue, changed: dict[str, Any]) -> None:
    if "parent" not in changed or not call.site.issue_types[issue.fields["issuetype"]].subtask:
        return
    before, after = issue.fields.get("parent"), changed["parent"]
    if before in call.site.issues and issue.id in call.site.issues[before].subtasks:
        call.site.issues[before].subtasks.remove(issue.id)
    if after is not None:
        call.site.issues[after].subtasks.append(issue.id)


def _item(call: Call, field_id: str, before: Any, after: Any) -> Json:
    row = call.site.fields[field_id]
    name = row.name if row.custom else {"parent": "IssueParentAssociation"}.get(field_id, field_id)
    old, old_text = _spelled(call, row, before)
    new, new_text = _spelled(call, row, after)
    found: Json = {"field": name, "fieldtype": "custom" if row.custom else "jira"}
    if call.site.cloud and field_id != "parent":
        found["fieldId"] = field_id
    return found | {"from": old, "fromString": old_text, "to": new, "toString": new_text}


def _spelled(call: Call, row: FieldDef, value: Any) -> tuple[str | None, str | None]:
    """Return a raw value as the changelog spells it: (id, text)."""
    site = call.site
    if row.kind == "labels":
        return None if row.id == "labels" else "", " ".join(value or [])
    if value is None:
        return None, None
    match row.id, row.kind:
        case "status", _:
            return value, site.statuses[value].name
        case "issuetype", _:
            return value, site.issue_types[value].name
        case _, "priority":
            return value, next(item.name for item in site.priorities if item.id == value)
        case _, "user":
            # Data Center knows people by their keys.
            return value if site.cloud else render.user_key(value), site.users[value].display_name
        case _, "option":
            return value, row.options[value]
        case _, "resolution":
            return value, catalog.RESOLUTIONS[value]
        case _, "parent":
            return str(value), site.issues[value].key if value in site.issues else None
        case _, "options":
            return str(value), ", ".join(row.options[key] for key in value)
    return None, str(value)
