"""Admin webhooks: which event goes where, its body, and its signature."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from escalade.emulator.deliver import Delivery
from escalade.emulator.jira import document, jql, render

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Comment, History, Issue, IssueLink, Json, Webhook

_REDUCED = ("summary", "issuetype", "project", "assignee", "priority", "status")
"""What Cloud leaves of the issue in a comment event."""
_ASSIGNED = "issue_assigned"


def signature(secret: str, body: bytes) -> str:
    """Return ``X-Hub-Signature``: HMAC-SHA256 of the raw body, as ``sha256=<hex>``."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def issue_created(call: Call, issue: Issue, items: list[Json]) -> None:
    """Queue ``jira:issue_created``; unlike the API, the event tells the first values as a changelog (recorded)."""
    changelog = {"id": str(call.site.next_id("history")), "items": items}
    body = {"issue_event_type_name": "issue_created", **_about(call, issue), "changelog": changelog}
    emit(call, "jira:issue_created", issue, body)


def issue_updated(call: Call, issue: Issue, entry: History) -> None:
    """Queue ``jira:issue_updated`` with the changelog."""
    kind = _ASSIGNED if any(item["field"] == "assignee" for item in entry.items) else "issue_generic"
    changelog = {"id": str(entry.id), "items": entry.items}
    body = {"issue_event_type_name": kind, **_about(call, issue), "changelog": changelog}
    emit(call, "jira:issue_updated", issue, body)


def issue_deleted(call: Call, issue: Issue) -> None:
    """Queue ``jira:issue_deleted``; call it before the issue is gone."""
    emit(call, "jira:issue_deleted", issue, _about(call, issue))


def comment_changed(call: Call, issue: Issue, row: Comment, what: str) -> None:
    """Queue ``comment_created``, ``comment_updated`` or ``comment_deleted``.

    Cloud adds a reduced issue; Data Center has none there, but sends the whole issue with ``jira:issue_updated``.
    """
    body = {"comment": render.comment(_as_v2(call), issue, row)}
    if call.site.cloud:
        body["issue"] = _issue(call, issue, _REDUCED)
    emit(call, f"comment_{what}", issue, body)
    names = {"created": "issue_commented", "updated": "issue_comment_edited"}
    if what in names:
        more = {"issue_event_type_name": names[what], **_about(call, issue), "comment": body["comment"]}
        emit(call, "jira:issue_updated", issue, more)


def property_set(call: Call, issue: Issue, key: str, value: Any) -> None:
    """Queue ``issue_property_set``."""
    body = {"issue": {"id": str(issue.id), "key": issue.key}, "property": {"key": key, "value": value}}
    emit(call, "issue_property_set", issue, body)


def link_changed(call: Call, row: IssueLink, what: str) -> None:
    """Queue ``issuelink_created`` or ``issuelink_deleted``, which no JQL filters."""
    kind = call.site.link_types[row.type]
    named = {"id": int(kind.id), "name": kind.name, "outwardName": kind.outward, "inwardName": kind.inward}
    body = {"sourceIssueId": row.source, "destinationIssueId": row.target, "issueLinkType": named}
    emit(call, f"issuelink_{what}", None, {"issueLink": {"id": row.id, **body}})


def _as_v2(call: Call) -> Call:
    """Return the call as version 2: webhook bodies carry wiki strings whatever version made the change."""
    return replace(call, version=2, refs={})


def _about(call: Call, issue: Issue) -> Json:
    user = {key: value for key, value in render.user(_as_v2(call), call.me).items() if key != "emailAddress"}
    return {"user": user, "issue": _issue(call, issue, None)}


def _issue(call: Call, issue: Issue, names: tuple[str, ...] | None) -> Json:
    fields = document.chosen_fields(call, names, "*all")
    shown = document.issue(_as_v2(call), issue, fields)
    return {key: shown[key] for key in ("id", "self", "key", "fields")}


def emit(call: Call, event: str, issue: Issue | None, body: Mapping[str, Any]) -> None:
    """Queue one delivery for every enabled webhook that wants the event."""
    hooks = [row for row in call.site.webhooks.values() if row.enabled and event in row.events]
    for hook in hooks:
        if issue is not None and hook.jql and not jql.matches(call, hook.jql, issue):
            continue
        whole = {"timestamp": int(call.site.now().timestamp() * 1000), "webhookEvent": event, **body}
        raw = b"" if hook.exclude_body else msgspec.json.encode(whole)
        call.world.outbox.enqueue(_delivery(call, hook, event, issue, raw))


def _delivery(call: Call, hook: Webhook, event: str, issue: Issue | None, raw: bytes) -> Delivery:
    identifier = str(uuid.UUID(int=call.site.next_id("delivery")))
    key = issue.key if issue is not None else ""
    return Delivery(
        id=identifier,
        vendor="jira" if call.site.cloud else "jira_dc",
        webhook_id=str(hook.id),
        url=hook.url.replace("{issue.key}", key).replace("{issue.id}", str(issue.id) if issue else ""),
        about=f"{event} {key}".strip(),
        body=raw,
        sign=_signer(hook, identifier, raw, cloud=call.site.cloud),
    )


def _signer(hook: Webhook, identifier: str, raw: bytes, *, cloud: bool) -> Callable[[int], Mapping[str, str]]:
    def sign(attempt: int) -> Mapping[str, str]:
        headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": "Atlassian HttpClient"}
        if hook.secret:
            headers["X-Hub-Signature"] = signature(hook.secret, raw)
        if cloud:
            headers["X-Atlassian-Webhook-Identifier"] = identifier
            headers["X-Atlassian-Webhook-Flow"] = "Primary"
            if attempt:
                headers["X-Atlassian-Webhook-Retry"] = str(attempt)
        return headers

    return sign
