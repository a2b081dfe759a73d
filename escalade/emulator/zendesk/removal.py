"""Ways in which tickets end: deleted, scrubbed, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.edit import commit
from escalade.emulator.zendesk.hooks import announce_end
from escalade.emulator.zendesk.model import Comment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escalade.emulator.zendesk.model import Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount


def delete_ticket(account: ZendeskAccount, ticket: Ticket, actor: User, *, via: str = "api") -> None:
    """Delete a ticket: 404 by id from now on, status `deleted` in the export."""
    commit(account, ticket, {"status": "deleted"}, actor=actor, via=via)
    announce_end(account, ticket, actor, "soft_deleted")


def scrub_ticket(account: ZendeskAccount, ticket: Ticket) -> None:
    """Erase a deleted ticket for good: subject SCRUBBED, description X, no tags, long after `updated_at`."""
    ticket.status = "deleted"
    ticket.subject, ticket.description = "SCRUBBED", "X"
    ticket.tags, ticket.custom, ticket.audits = [], {}, []
    account.touch(ticket)


def merge_tickets(
    account: ZendeskAccount, target: Ticket, sources: Sequence[Ticket], wanted: Mapping[str, Any], actor: User
) -> list[dict[str, Any]]:
    """Merge tickets into another: the sources close with a tag and both sides get a comment."""
    results: list[dict[str, Any]] = []
    for index, source in enumerate(sources):
        said = wanted.get("source_comment") or f"This ticket was closed and merged into request #{target.id}"
        public = bool(wanted.get("source_comment_is_public", False))
        new = {"status": "closed", "tags": sorted({*source.tags, "closed_by_merge"})}
        _commit(account, source, new, actor, str(said), public=public)
        told = wanted.get("target_comment") or f"Request #{source.id} was closed and merged into this request."
        _commit(account, target, {}, actor, str(told), public=bool(wanted.get("target_comment_is_public", False)))
        announce_end(account, source, actor, "merged")
        results.append({"action": "merge", "index": index, "id": source.id, "status": "Merged", "success": True})
    return results


def _commit(
    account: ZendeskAccount, ticket: Ticket, new: Mapping[str, Any], actor: User, body: str, *, public: bool
) -> None:
    comment = Comment(
        id=account.next_id("event"), author_id=actor.id, body=body, public=public, at=account.now(), via="web"
    )
    commit(account, ticket, new, comment=comment, actor=actor, via="web")
