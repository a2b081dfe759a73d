"""Tickets with a past, for demo worlds and tests; no rule is checked and no webhook leaves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.fields import clean_tags
from escalade.emulator.zendesk.model import Audit, Change, Comment, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from escalade.emulator.zendesk.model import Scalar
    from escalade.emulator.zendesk.state import ZendeskAccount

Instant = datetime | int
SeedComment = tuple[int, str, bool, Instant]

_CREATED_FIELDS = (
    "subject",
    "status",
    "priority",
    "type",
    "requester_id",
    "assignee_id",
    "group_id",
    "organization_id",
)


def add_ticket(
    account: ZendeskAccount,
    *,
    subject: str,
    requester_id: int,
    created_at: Instant | None = None,
    updated_at: Instant | None = None,
    comments: Iterable[SeedComment] = (),
    history: Iterable[tuple[Instant, int, str, Any]] = (),
    custom: Mapping[int, Scalar] | None = None,
    tags: Iterable[str] = (),
    **values: Any,
) -> Ticket:
    """Add a ticket as it came to be in the past.

    Args:
        account: The account.
        subject: The subject; also the first comment's text unless `description` is among the values.
        requester_id: Who asked; the organization is the requester's unless `organization_id` is given.
        created_at: When it was created; now when absent.
        updated_at: Its last update; the last comment's or change's instant when absent.
        comments: (author id, text, public, instant), oldest first, without the first one.
        history: (instant, actor id, field, value) changes before now, oldest first, applied in order.
        custom: Custom field values by field id.
        tags: Tags; drop-down values are added by themselves.
        **values: Any other field of `model.Ticket`, as on creation (before `history`).
    """
    created = seconds(account.now() if created_at is None else created_at)
    filled = _with_defaults(account, subject, requester_id, {**values, "custom": custom or {}})
    ticket = Ticket(requester_id=requester_id, created=created, updated=created, generated=created, **filled)
    ticket.tags = clean_tags([*tags, *_field_tags(account, ticket)])
    _first_audit(account, ticket)
    _past(account, ticket, comments, history)
    ticket.generated = ticket.updated = max(ticket.updated, seconds(updated_at or 0))
    account.place(ticket)
    return ticket


def _with_defaults(account: ZendeskAccount, subject: str, requester_id: int, values: dict[str, Any]) -> dict[str, Any]:
    assigned = values.get("assignee_id") is not None
    values["custom"] = {key: value for key, value in values["custom"].items() if value is not None}
    defaults = {
        "subject": subject,
        "description": subject,
        "organization_id": account.users[requester_id].organization_id,
        "status": "open" if assigned else "new",
        "submitter_id": requester_id,
    }
    return {"id": values.get("id") or account.next_ticket_id(), **defaults, **values}


def seconds(at: Instant) -> int:
    """Return an instant in whole seconds since 1970."""
    return at if isinstance(at, int) else int(at.timestamp())


def _field_tags(account: ZendeskAccount, ticket: Ticket) -> list[str]:
    drop_downs = [field_id for field_id in ticket.custom if account.fields[field_id].type == "tagger"]
    return [str(ticket.custom[field_id]) for field_id in drop_downs]


def _first_audit(account: ZendeskAccount, ticket: Ticket) -> None:
    next_id, at = account.next_id, ticket.created
    comment = Comment(
        id=next_id("event"),
        author_id=ticket.submitter_id,
        body=ticket.description,
        public=ticket.is_public,
        at=at,
        via=ticket.via,
    )
    ticket.audits.append(
        Audit(
            id=next_id("audit"),
            author_id=ticket.submitter_id,
            at=at,
            created=True,
            comment=comment,
            via=ticket.via,
            changes=created_changes(account, ticket),
        )
    )


def created_changes(account: ZendeskAccount, ticket: Ticket) -> list[Change]:
    """Return the Create events of a new ticket: each field that has a value."""
    pairs = [(name, getattr(ticket, name)) for name in _CREATED_FIELDS]
    pairs += [("tags", list(ticket.tags)), *((str(key), value) for key, value in ticket.custom.items())]
    return [
        Change(id=account.next_id("event"), name=name, value=value) for name, value in pairs if value not in (None, [])
    ]


def _past(
    account: ZendeskAccount,
    ticket: Ticket,
    comments: Iterable[SeedComment],
    history: Iterable[tuple[Instant, int, str, Any]],
) -> None:
    steps: list[tuple[int, Audit]] = []
    for author_id, body, public, at in comments:
        comment = Comment(id=account.next_id("event"), author_id=author_id, body=body, public=public, at=seconds(at))
        steps.append((comment.at, Audit(id=0, author_id=author_id, at=comment.at, comment=comment)))
    for at, actor_id, name, value in history:
        change = Change(id=account.next_id("event"), name=name, value=value)
        steps.append((seconds(at), Audit(id=0, author_id=actor_id, at=seconds(at), changes=[change])))
    for at, audit in sorted(steps, key=lambda step: step[0]):
        audit.id = account.next_id("audit")
        for change in audit.changes:
            change.before = getattr(ticket, change.name)
            setattr(ticket, change.name, change.value)
        ticket.audits.append(audit)
        ticket.updated = max(ticket.updated, at)
