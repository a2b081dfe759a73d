"""Creating a ticket as `POST /tickets` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk import edit
from escalade.emulator.zendesk.errors import invalid
from escalade.emulator.zendesk.hooks import announce
from escalade.emulator.zendesk.model import Audit, Ticket
from escalade.emulator.zendesk.seed import created_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.zendesk.model import Comment, User
    from escalade.emulator.zendesk.state import ZendeskAccount


def create_ticket(account: ZendeskAccount, wanted: Mapping[str, Any], actor: User, *, via: str = "api") -> Ticket:
    """Create a ticket from the JSON object under `ticket`.

    Raises:
        RejectedError: 422 without a description, or when a field's value is not allowed.
    """
    comment = _first_comment(wanted)
    requester = _requester(account, wanted, actor)
    now = account.now()
    ticket = Ticket(
        id=account.next_ticket_id(),
        subject=str(wanted.get("subject") or ""),
        status="new",
        requester_id=requester.id,
        submitter_id=int(wanted.get("submitter_id") or actor.id),
        organization_id=requester.organization_id,
        created=now,
        updated=now,
        generated=now,
        via=via,
    )
    new = edit.wanted_values(account, ticket, {**wanted, "requester_id": requester.id}, actor)
    first = edit.wanted_comment(account, ticket, {"author_id": ticket.requester_id, **comment}, actor, via)
    for name, value in new.items():
        setattr(ticket, name, value)
    if first is None:
        raise invalid({"base": "Description: cannot be blank"})
    ticket.description, ticket.is_public = first.body, first.public
    audit = _first_audit(account, ticket, first, actor, wanted.get("metadata"))
    ticket.audits.append(audit)
    account.place(ticket)
    announce(account, ticket, audit)
    return ticket


def _first_audit(account: ZendeskAccount, ticket: Ticket, comment: Comment, actor: User, custom: Any) -> Audit:
    return Audit(
        id=account.next_id("audit"),
        author_id=actor.id,
        at=ticket.created,
        created=True,
        changes=created_changes(account, ticket),
        comment=comment,
        custom=dict(custom) if isinstance(custom, dict) else {},
        via=ticket.via,
    )


def _first_comment(wanted: Mapping[str, Any]) -> dict[str, Any]:
    raw = wanted.get("comment") or wanted.get("description")
    if isinstance(raw, dict):
        return dict(raw)
    if not raw:
        raise invalid({"base": "Description: cannot be blank"})
    return {"body": str(raw)}


def _requester(account: ZendeskAccount, wanted: Mapping[str, Any], actor: User) -> User:
    if wanted.get("requester_id") is not None:
        user = account.users.get(int(wanted["requester_id"]))
        if user is None:
            raise invalid({"requester": "Requester: is invalid"}, "InvalidValue")
        return user
    described = wanted.get("requester")
    if not described:
        return actor
    email = str(described.get("email") or "")
    if not email:
        raise invalid({"requester": "Requester: Email: cannot be blank"})
    return account.user_by_email(email) or account.add_user(name=str(described.get("name") or email), email=email)
