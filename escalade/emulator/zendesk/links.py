"""Links of Zendesk's own Jira app, under today's path and the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError, forbidden, invalid, not_found
from escalade.emulator.zendesk.render import iso
from escalade.emulator.zendesk.routes import read, write
from escalade.emulator.zendesk.tickets import body_object

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import JiraLink
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_PAGE = 1000


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    found: list[Route] = []
    for base in ("/api/v2/jira/links", "/api/services/jira/links"):
        found += [
            read(base, list_links),
            write("POST", base, create),
            read(f"{base}/{{id}}", show),
            write("DELETE", f"{base}/{{id}}", delete),
        ]
    return found


def list_links(account: ZendeskAccount, req: Req) -> Resp:
    """GET /jira/links, ordered by id, filtered by ticket_id, issue_id or since_id."""
    _only_admins(req)
    ticket_id, issue_id = req.query("ticket_id"), req.query("issue_id")
    since = int(req.query("since_id") or 0)
    rows = [
        link
        for link in account.links.values()
        if link.id > since
        and (ticket_id is None or str(link.ticket_id) == ticket_id)
        and (issue_id is None or link.issue_id == issue_id)
    ]
    shown = [link_json(link, req.base_url) for link in rows[:MAX_PAGE]]
    return Resp(body={"links": shown, "total": len(rows), "next_page": None})


def create(account: ZendeskAccount, req: Req) -> Resp:
    """POST /jira/links: needs ticket_id, issue_id and issue_key."""
    _only_admins(req)
    wanted = body_object(req, "link")
    missing = [name for name in ("ticket_id", "issue_id", "issue_key") if not wanted.get(name)]
    if missing:
        raise invalid({name: f"{name} can't be blank" for name in missing})
    ticket = account.ticket(str(wanted["ticket_id"]))
    issue_id = str(wanted["issue_id"])
    if any(link.ticket_id == ticket.id and link.issue_id == issue_id for link in account.links.values()):
        raise invalid({"issue_id": "Issue has already been taken"}, "DuplicateValue")
    link = account.add_link(ticket, issue_id, str(wanted["issue_key"]))
    return Resp(status=200, body={"link": link_json(link, req.base_url)})


def show(account: ZendeskAccount, req: Req) -> Resp:
    """GET /jira/links/{id}."""
    return Resp(body={"link": link_json(_find(account, req), req.base_url)})


def delete(account: ZendeskAccount, req: Req) -> Resp:
    """DELETE /jira/links/{id}."""
    del account.links[_find(account, req).id]
    return Resp(status=200, body={})


def _find(account: ZendeskAccount, req: Req) -> JiraLink:
    _only_admins(req)
    raw = req.params["id"]
    if not raw.isdigit() or int(raw) not in account.links:
        raise not_found()
    return account.links[int(raw)]


def _only_admins(req: Req) -> None:
    if req.actor.role != "admin":
        raise RejectedError(forbidden())


def link_json(link: JiraLink, base_url: str) -> dict[str, Any]:
    """Return a link; its ids are strings."""
    return {
        "id": link.id,
        "ticket_id": str(link.ticket_id),
        "issue_id": link.issue_id,
        "issue_key": link.issue_key,
        "url": f"{base_url}/api/v2/jira/links/{link.id}.json",
        "created_at": iso(link.created),
        "updated_at": iso(link.updated),
    }
