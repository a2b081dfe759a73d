"""Ticket events: the audits of all tickets in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.render import comment_json, iso, shown_value

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Audit, Change
    from escalade.emulator.zendesk.state import ZendeskAccount

AuditRow = tuple[int, int, int, "Audit"]


def audit_rows(account: ZendeskAccount) -> list[AuditRow]:
    """Return (instant, audit id, ticket id, audit) of every audit, oldest first; remembered until a change."""
    if account.audit_rows_version != account.version:
        tickets = account.tickets.values()
        rows = [(audit.at, audit.id, ticket.id, audit) for ticket in tickets for audit in ticket.audits]
        rows.sort(key=lambda row: row[:2])
        account.audit_rows, account.audit_rows_version = rows, account.version
    return account.audit_rows


def event_json(ticket_id: int, audit: Audit, *, whole_comments: bool) -> dict[str, Any]:
    """Return an audit as the incremental export of ticket events shows it."""
    children = [_change_json(change, audit) for change in audit.changes]
    if audit.comment is not None:
        children.append(_comment_json(audit, whole=whole_comments))
    return {
        "id": audit.id,
        "ticket_id": ticket_id,
        "timestamp": audit.at,
        "created_at": iso(audit.at),
        "updater_id": audit.author_id,
        "via": _via_word(audit.via),
        "system": {"client": "emulator", "ip_address": "127.0.0.1"},
        "metadata": {"system": {}, "custom": audit.custom},
        "event_type": "Audit",
        "child_events": children,
    }


def _change_json(change: Change, audit: Audit) -> dict[str, Any]:
    event: dict[str, Any] = {"id": change.id, "via": _via_word(audit.via), "via_reference_id": None}
    if change.name.isdigit():
        event["custom_ticket_fields"] = {change.name: change.value}
    else:
        event[change.name] = shown_value(change.value)
    if audit.created:
        return {**event, "event_type": "Create"}
    return {**event, "previous_value": shown_value(change.before), "event_type": "Change"}


def _comment_json(audit: Audit, *, whole: bool) -> dict[str, Any]:
    comment = audit.comment
    if comment is None:
        raise TypeError("the audit has no comment")
    if whole:
        return {**comment_json(comment, audit.id), "event_type": "Comment", "via_reference_id": None}
    return {
        "id": comment.id,
        "via": _via_word(audit.via),
        "via_reference_id": None,
        "comment_present": True,
        "comment_public": comment.public,
        "event_type": "Comment",
    }


def _via_word(channel: str) -> str:
    return {"api": "Web service", "web": "Web form", "email": "Mail"}.get(channel, channel.title())
