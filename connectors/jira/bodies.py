"""Changes → the bodies of Jira's requests. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from connectors.jira import markup, wire
from connectors.jira.directory import Field
from connectors.jira.settings import LinkTypes
from rules.change import KeepNote, LinkTicket, OpenLinked, PostComment, RemediationItem
from rules.ticket import LinkKind, Scalar

#: The property by which Jira Service Management tells an internal note from an answer to the customer.
_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
#: Longest label that Jira takes.
_LABEL_LIMIT = 255
_GLOBAL_ID_LIMIT = 255
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
_PARAGRAPH = "\n\n"
_OPERATION_IN_LABEL = 16
#: Schema types whose values are written by name.
_NAMED_KINDS = frozenset({"group", "version", "component", "priority", "resolution"})
_RELATIONSHIP = {LinkKind.TRACKED_BY: "tracked by", LinkKind.RELATED: "relates to"}


def marker(
    operation: str, item: str | None = None, *, keys: Sequence[str] = (), kept: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Our property, as it travels in the request that it marks.

    Args:
        operation: What is looked for when the outcome of the request is unknown.
        item: The piece of work that a sub-task is for.
        keys: The occasions of the notes in a comment: who lost our database learns from it what was said.
        kept: The key of a kept note, and what it says.
    """
    value: dict[str, Any] = {"op": operation}
    if item is not None:
        value["item"] = item
    if keys:
        value["keys"] = list(keys)
    if kept is not None:
        value["kept"] = list(kept)
    return {"key": wire.MARKER, "value": value}


def origin(operation: str, item: str | None = None) -> list[dict[str, Any]]:
    """The properties of an issue that the operation creates.

    Both hold the same: versions that know no origin look for the marker.
    """
    mark = marker(operation, item)
    return [mark, {**mark, "key": wire.ORIGIN}]


def origin_of(stub: wire.Stub) -> wire.Marker:
    """By what an issue was created; one without an origin was by its marker, if it has one."""
    found = stub.properties
    if found is None:
        return wire.Marker()
    return marked(found.escalade if found.origin is None else found.origin)


def marked(value: Any) -> wire.Marker:
    """Read our property back; anything else that stands there is nobody's marker."""
    try:
        return msgspec.convert(value, wire.Marker)
    except msgspec.ValidationError:
        return wire.Marker()


def operation_label(operation: str) -> str:
    """The label by which a ticket that we opened is found again."""
    return f"escalade-op-{_UNFIT.sub('-', operation)[:_OPERATION_IN_LABEL]}"


def item_label(key: str) -> str:
    """The label that names a remediation item on its sub-task; keys that Jira could not take get a digest."""
    plain = _UNFIT.sub("-", key)
    if plain == key and len(key) <= _LABEL_LIMIT // 2:
        return f"escalade-{key}"
    return f"escalade-{plain[: _LABEL_LIMIT // 2]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def unfit_label(label: str) -> str | None:
    """Why Jira would refuse a label, or None."""
    if not label or any(character.isspace() for character in label):
        return "Jira's labels cannot hold spaces: write the tag with a dash or an underscore in the policy"
    if len(label) > _LABEL_LIMIT:
        return f"Jira's labels are at most {_LABEL_LIMIT} characters long"
    return None


def field_value(value: Scalar, field: Field, *, cloud: bool) -> Any:
    """Write a plain value the way that the field's schema asks for."""
    if value is None:
        return None
    if field.type == "array":
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        return [_single(part, field.items, field.custom, cloud=cloud) for part in parts]
    return _single(value, field.type, field.custom, cloud=cloud)


def comment(changes: Sequence[PostComment], operation: str) -> dict[str, Any]:
    """One comment for changes of equal visibility."""
    keys = [change.key for change in changes]
    text = _PARAGRAPH.join(change.body for change in changes)
    return _said(text, marker(operation, keys=keys), public=changes[0].public)


def kept_note(change: KeepNote, operation: str) -> dict[str, Any]:
    """The comment that holds a kept note, new or edited."""
    return _said(change.body, marker(operation, kept=(change.key, change.essence)), public=False)


def _said(text: str, mark: dict[str, Any], *, public: bool) -> dict[str, Any]:
    properties = [mark]
    if not public:
        # Platform comments on service requests are public unless told otherwise.
        properties.append(_INTERNAL)
    return {"body": markup.body(text), "properties": properties}


def subtask(
    item: RemediationItem,
    *,
    parent: str,
    project: str,
    kind: str,
    operation: str,
    assignee: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One element of a bulk creation; `parent`, `project` and `kind` are ids, the site names people its own way."""
    labels = [label for label in item.tags if unfit_label(label) is None]
    fields: dict[str, Any] = {
        "project": {"id": project},
        "parent": {"id": parent},
        "issuetype": {"id": kind},
        "summary": markup.summary(item.title),
        "description": markup.body(item.body),
        "labels": [item_label(item.key), *labels],
    }
    if item.due_on is not None:
        fields["duedate"] = item.due_on.isoformat()
    if assignee is not None:
        fields["assignee"] = dict(assignee)
    return {"fields": fields, "properties": origin(operation, item.key)}


def opened(change: OpenLinked, *, project: str, kind: str, priority: str | None, operation: str) -> dict[str, Any]:
    """A new ticket; `project`, `kind` and `priority` are ids."""
    labels = [label for label in change.tags if unfit_label(label) is None]
    fields: dict[str, Any] = {
        "project": {"id": project},
        "issuetype": {"id": kind},
        "summary": markup.summary(change.subject),
        "description": markup.body(change.body),
        "labels": [operation_label(operation), *labels],
    }
    if priority is not None:
        fields["priority"] = {"id": priority}
    return {"fields": fields, "properties": origin(operation)}


def issue_link(change: LinkTicket, types: LinkTypes) -> dict[str, Any]:
    """A link inside the site. The inward issue is the one that blocks, whatever the word suggests.

    No comment travels with it: Jira would post that again when the link exists already.
    """
    name = types.tracked_by if change.kind is LinkKind.TRACKED_BY else types.related
    return {"type": {"name": name}, "inwardIssue": {"id": change.to.id}, "outwardIssue": {"id": change.on.id}}


def global_id(change: LinkTicket) -> str:
    """What makes a remote link the same one: posting it again updates it."""
    return f"escalade:{change.kind}:{change.to}"[:_GLOBAL_ID_LIMIT]


def remote_link(change: LinkTicket) -> dict[str, Any]:
    """A link to a ticket in another helpdesk."""
    return {
        "globalId": global_id(change),
        "relationship": _RELATIONSHIP[change.kind],
        "object": {"url": change.url, "title": markup.summary(f"{change.key}: {change.title}")},
    }


def without(body: Mapping[str, Any], refused: Iterable[str]) -> dict[str, Any]:
    """The same request without the refused fields."""
    names = set(refused)
    parts = {
        part: {name: value for name, value in body[part].items() if name not in names}
        for part in ("fields", "update")
        if part in body
    }
    return {**body, **parts}


def names_in(body: Mapping[str, Any]) -> set[str]:
    """The fields that a request writes."""
    return {*body.get("fields", {}), *body.get("update", {})}


def _single(value: Scalar, kind: str, custom: str, *, cloud: bool) -> Any:
    if kind in _NAMED_KINDS:
        return {"name": str(value)}
    if kind == "user":
        return {"accountId" if cloud else "name": str(value)}
    if kind in {"option", "option-with-child"}:
        parent, _, child = str(value).partition(" - ") if kind == "option-with-child" else (str(value), "", "")
        return {"value": parent, "child": {"value": child}} if child else {"value": parent}
    if kind == "number" or custom.endswith(":sd-customer-organizations"):
        return _number(value)
    return value if kind == "any" else str(value)


def _number(value: Scalar) -> Scalar:
    if not isinstance(value, str):
        return value
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        # Jira says it better than we could: "Operation value must be a number".
        return value
