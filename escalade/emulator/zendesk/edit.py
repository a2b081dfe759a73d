"""The one place where a ticket changes: rules, audit, times, webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk import assignment, fields, text
from escalade.emulator.zendesk.errors import RejectedError, bad_request, invalid, update_conflict
from escalade.emulator.zendesk.hooks import announce
from escalade.emulator.zendesk.model import Audit, Change, Comment, Ticket
from escalade.emulator.zendesk.people_fields import wanted_people

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_COMMENTS = 5000
# "only tags, subject and priority can be edited on closed tickets", native ticket rules
_OPEN_ON_CLOSED = frozenset(
    {"id", "tags", "additional_tags", "remove_tags", "subject", "priority", "safe_update", "updated_stamp", "metadata"}
)
_WAKES_ON_REPLY = frozenset({"pending", "hold", "solved"})


def update_ticket(
    account: ZendeskAccount, ticket: Ticket, wanted: Mapping[str, Any], actor: User, *, via: str = "api"
) -> Audit:
    """Change a ticket as `PUT /tickets/{id}` does.

    Args:
        account: The account.
        ticket: The ticket, changed in place.
        wanted: The JSON object under `ticket`.
        actor: Who does it; rules and audits see this user.
        via: The channel: api, or web for a human in the browser.

    Raises:
        RejectedError: A rule of Zendesk forbids it; nothing has changed then.
    """
    check_stamp(ticket, wanted)
    if ticket.status == "closed" and (set(wanted) - _OPEN_ON_CLOSED):
        raise invalid({"status": "Status: closed prevents ticket update"}, "TicketClosed")
    new = wanted_values(account, ticket, wanted, actor)
    comment = wanted_comment(account, ticket, wanted.get("comment"), actor, via)
    if comment is not None and actor.role == "end-user" and ticket.status in _WAKES_ON_REPLY:
        new.setdefault("status", "open")
    return commit(account, ticket, new, comment=comment, actor=actor, via=via, custom=wanted.get("metadata"))


def check_stamp(ticket: Ticket, wanted: Mapping[str, Any]) -> None:
    """Refuse the update when `safe_update` meets a newer ticket; `safe_update: false` behaves as true.

    Raises:
        RejectedError: 409 UpdateConflict, or 400 without a stamp.
    """
    if wanted.get("safe_update") is None:
        return
    if not wanted.get("updated_stamp"):
        raise bad_request("ParameterMissing", "updated_stamp is required when safe_update is set")
    if fields.instant(wanted["updated_stamp"]) != ticket.updated:
        raise update_conflict()


def wanted_values(account: ZendeskAccount, ticket: Ticket, wanted: Mapping[str, Any], actor: User) -> dict[str, Any]:
    """Return the attribute values that a request asks for, checked against Zendesk's rules.

    Raises:
        RejectedError: 422 with the field that is wrong.
    """
    new: dict[str, Any] = {}
    for name, check in _SIMPLE.items():
        if name in wanted:
            check(ticket, wanted[name], new)
    _references(account, ticket, wanted, new)
    new |= wanted_people(account, ticket, wanted)
    new |= assignment.wanted_assignment(account, ticket, wanted, new)
    custom = fields.wanted_custom(account, wanted)
    tags = fields.clean_tags(wanted["tags"]) if "tags" in wanted else list(ticket.tags)
    emptied = fields.fields_after_tags(account, ticket, tags) if "tags" in wanted else {}
    new["custom"] = {**ticket.custom, **emptied, **custom}
    new["tags"] = fields.tags_after_fields(account, ticket, tags, custom)
    if new.get("status") == "solved" and new.get("assignee_id", ticket.assignee_id) is None:
        if not actor.is_agent:
            raise invalid({"base": "Assignee: is required when solving a ticket"}, "InvalidValue")
        raise invalid({"base": "Assignee: is required when solving a ticket"}, "BlankValue")
    return new


def wanted_comment(account: ZendeskAccount, ticket: Ticket, raw: Any, actor: User, via: str) -> Comment | None:
    """Return the comment that a request adds, as Zendesk will keep it; an empty one is None.

    Raises:
        RejectedError: The ticket has 5,000 comments, or the author does not exist.
    """
    wanted: Mapping[str, Any] = {"body": raw} if isinstance(raw, str) else (raw or {})
    if not (wanted.get("body") or wanted.get("html_body")):
        return None
    if len(ticket.comments) >= MAX_COMMENTS:
        raise invalid({"comment": f"Comment: a ticket cannot have more than {MAX_COMMENTS} comments"}, "TooMany")
    author_id = int(wanted.get("author_id") or actor.id)
    if author_id not in account.users:
        raise invalid({"comment": "Author: is invalid"}, "InvalidValue")
    html = None
    if wanted.get("html_body"):
        html, body = text.kept_html(account, ticket, actor, str(wanted["html_body"]))
    else:
        body = text.kept_body(account, ticket, actor, str(wanted["body"]))
    public = bool(wanted.get("public", ticket.is_public)) or not actor.is_agent
    return Comment(
        id=account.next_id("event"), author_id=author_id, body=body, public=public, at=account.now(), via=via, html=html
    )


def commit(
    account: ZendeskAccount,
    ticket: Ticket,
    new: Mapping[str, Any],
    *,
    actor: User,
    via: str,
    comment: Comment | None = None,
    custom: Any = None,
) -> Audit:
    """Write checked values: audit, `updated_at`, the export's order, webhooks."""
    changes = _apply(account, ticket, new)
    now = account.now()
    audit = Audit(
        id=account.next_id("audit"),
        author_id=actor.id,
        at=now,
        changes=changes,
        comment=comment,
        custom=dict(custom) if isinstance(custom, dict) else {},
        via=via,
    )
    if changes or comment or audit.custom:
        ticket.audits.append(audit)
        if comment is not None and comment.public:
            ticket.is_public = True
        ticket.updated = now
        account.touch(ticket)
        announce(account, ticket, audit)
    return audit


def _apply(account: ZendeskAccount, ticket: Ticket, new: Mapping[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for name, value in new.items():
        before = getattr(ticket, name)
        if before == value:
            continue
        if name == "custom":
            pairs = [(str(key), before.get(key), value[key]) for key in value if before.get(key) != value[key]]
        else:
            pairs = [(_FIELD_NAMES.get(name, name), before, value)]
        if name == "external_id":
            account.rename_external(ticket, value)
        if name == "problem_id":
            account.incidents.subtract([before])
            account.incidents.update([value])
        setattr(ticket, name, value)
        changes += [Change(id=account.next_id("event"), name=key, before=old, value=now) for key, old, now in pairs]
    return changes


def _priority(ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    if raw in (None, ""):
        if ticket.priority is not None:
            raise invalid({"priority": "Priority: cannot be blank"})
        return
    new["priority"] = fields.chosen("priority", raw, fields.PRIORITIES)


def _status(ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    status = fields.chosen("status", raw, fields.STATUSES)
    if status == "new" and ticket.status != "new":
        raise invalid({"status": "Status: cannot be set back to new"}, "InvalidValue")
    new["status"] = status


def _custom_status(ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    categories = {number: status for status, number in fields.CUSTOM_STATUS_IDS.items()}
    category = categories.get(int(raw or 0))
    if category is None or new.get("status", category) != category:
        raise invalid({"custom_status_id": "Custom status: does not agree with the status"}, "InvalidValue")
    _status(ticket, category, new)


def _type(_ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    new["type"] = fields.chosen("type", raw, fields.TYPES) if raw else None


def _subject(_ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    if raw:
        new["subject"] = str(raw)


def _external(_ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    new["external_id"] = None if raw in (None, "") else str(raw)


def _due(ticket: Ticket, raw: Any, new: dict[str, Any]) -> None:
    if new.get("type", ticket.type) == "task":
        new["due"] = fields.instant(raw)


def _references(account: ZendeskAccount, ticket: Ticket, wanted: Mapping[str, Any], new: dict[str, Any]) -> None:
    if wanted.get("requester_id") is not None:
        if int(wanted["requester_id"]) not in account.users:
            raise invalid({"requester": "Requester: is invalid"}, "InvalidValue")
        new["requester_id"] = int(wanted["requester_id"])
    if "organization_id" in wanted:
        new["organization_id"] = _organization(account, ticket, wanted["organization_id"], new)
    if "problem_id" in wanted:
        new["problem_id"] = _problem(account, wanted["problem_id"])


def _organization(account: ZendeskAccount, ticket: Ticket, raw: Any, new: Mapping[str, Any]) -> int | None:
    if raw is None:
        return None
    requester = account.users[new.get("requester_id", ticket.requester_id)]
    if requester.organization_id != int(raw):
        raise invalid({"organization": "Organization: the requester is not a member of it"}, "InvalidValue")
    return int(raw)


def _problem(account: ZendeskAccount, raw: Any) -> int | None:
    if raw is None:
        return None
    problem = account.tickets.get(int(raw))
    if problem is None or problem.type != "problem":
        raise invalid({"problem_id": "Problem: is not a problem ticket"}, "InvalidValue")
    return problem.id


_SIMPLE: Mapping[str, Callable[[Ticket, Any, dict[str, Any]], None]] = {
    "subject": _subject,
    "priority": _priority,
    "status": _status,
    "custom_status_id": _custom_status,
    "type": _type,
    "external_id": _external,
    "due_at": _due,
}
_FIELD_NAMES = {"due": "due_at"}

__all__ = ["RejectedError", "check_stamp", "commit", "update_ticket", "wanted_comment", "wanted_values"]
