"""Comments and audits of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import not_found
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.render import audit_json, comment_json, iso
from escalade.emulator.zendesk.routes import read
from escalade.emulator.zendesk.sideloads import users_json

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Audit
    from escalade.emulator.zendesk.state import ZendeskAccount


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    one = "/api/v2/tickets/{id}"
    return [
        read(f"{one}/comments", list_comments),
        read(f"{one}/comments/count", count_comments),
        read(f"{one}/audits", list_audits),
        read(f"{one}/audits/count", count_audits),
        read(f"{one}/audits/{{audit}}", show_audit),
    ]


def list_comments(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/comments: oldest first unless `sort=-created_at` or `sort_order=desc`."""
    ticket = account.ticket(req.params["id"])
    audits = [audit for audit in ticket.audits if audit.comment is not None]
    page = paged(req, "comments", _sorted(req, audits), _comment_of, key=lambda audit: audit.id)
    if "users" in req.query_list("include"):
        authors = {comment["author_id"] for comment in page["comments"]}
        page["users"] = users_json(account, authors, req.base_url)
    return Resp(body=page)


def _comment_of(audit: Audit) -> dict[str, Any]:
    if audit.comment is None:
        raise TypeError("only audits with a comment are listed here")
    return comment_json(audit.comment, audit.id)


def _sorted(req: Req, audits: list[Audit]) -> list[Audit]:
    backwards = (req.query("sort") or "").startswith("-") or req.query("sort_order") == "desc"
    return audits[::-1] if backwards else audits


def count_comments(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/comments/count."""
    ticket = account.ticket(req.params["id"])
    return Resp(body={"count": {"value": len(ticket.comments), "refreshed_at": iso(account.now())}})


def list_audits(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/audits: oldest first unless `sort=-created_at` or `sort_order=desc`."""
    ticket = account.ticket(req.params["id"])
    rows = _sorted(req, ticket.audits)
    page = paged(req, "audits", rows, lambda audit: audit_json(audit, ticket.id), key=lambda audit: audit.id)
    if "users" in req.query_list("include"):
        page["users"] = users_json(account, {audit["author_id"] for audit in page["audits"]}, req.base_url)
    return Resp(body=page)


def count_audits(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/audits/count."""
    ticket = account.ticket(req.params["id"])
    return Resp(body={"count": {"value": len(ticket.audits), "refreshed_at": iso(account.now())}})


def show_audit(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/audits/{audit}."""
    ticket = account.ticket(req.params["id"])
    for audit in ticket.audits:
        if str(audit.id) == req.params["audit"]:
            return Resp(body={"audit": audit_json(audit, ticket.id)})
    raise not_found()
