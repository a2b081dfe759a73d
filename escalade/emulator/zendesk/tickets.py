"""Tickets one at a time: show, list, create, update, delete, tags, merge."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk import fields
from escalade.emulator.zendesk.create import create_ticket
from escalade.emulator.zendesk.edit import check_stamp, commit, update_ticket
from escalade.emulator.zendesk.errors import bad_request, invalid, parameter_missing, too_many_values
from escalade.emulator.zendesk.jobs import job_json, start_job
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.removal import delete_ticket, merge_tickets
from escalade.emulator.zendesk.render import audit_json, iso, ticket_json
from escalade.emulator.zendesk.routes import read, write
from escalade.emulator.zendesk.sideloads import beside, shown_tickets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from escalade.emulator.zendesk.model import Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_MANY = 100
IDEMPOTENCY_SECONDS = 2 * 3600


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    one = "/api/v2/tickets/{id}"
    return [
        read("/api/v2/tickets", list_tickets),
        write("POST", "/api/v2/tickets", create),
        read("/api/v2/tickets/count", count),
        read("/api/v2/tickets/show_many", show_many),
        read(one, show),
        write("PUT", one, update),
        write("DELETE", one, delete),
        read(f"{one}/tags", show_tags),
        write("PUT", f"{one}/tags", add_tags),
        write("POST", f"{one}/tags", set_tags),
        write("DELETE", f"{one}/tags", remove_tags),
        write("POST", f"{one}/merge", merge),
        read(f"{one}/related", related),
        read(f"{one}/incidents", incidents),
        read("/api/v2/organizations/{id}/tickets", organization_tickets),
        read("/api/v2/users/{id}/tickets/requested", requested_tickets),
    ]


def list_tickets(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets; with `external_id` only those; deleted ones never appear."""
    external_id = req.query("external_id")
    if external_id is not None:
        found = [account.tickets[one] for one in account.by_external_id.get(external_id, [])]
    else:
        found = list(account.tickets.values())
    return _ticket_page(account, req, [ticket for ticket in found if ticket.status != "deleted"])


def _ticket_page(account: ZendeskAccount, req: Req, found: list[Ticket]) -> Resp:
    sort = req.query("sort") or req.query("sort_by") or "id"
    name = {"updated_at": "updated", "created_at": "created"}.get(sort.lstrip("-"), "id")
    backwards = sort.startswith("-") or req.query("sort_order") == "desc"
    found.sort(key=lambda ticket: (getattr(ticket, name), ticket.id), reverse=backwards)
    page = paged(req, "tickets", found, lambda ticket: ticket, key=lambda ticket: ticket.id)
    chosen: list[Ticket] = page["tickets"]
    return Resp(body={**page, "tickets": shown_tickets(account, req, chosen), **beside(account, req, chosen)})


def count(account: ZendeskAccount, _req: Req) -> Resp:
    """GET /tickets/count."""
    alive = sum(ticket.status != "deleted" for ticket in account.tickets.values())
    return Resp(body={"count": {"value": alive, "refreshed_at": iso(account.now())}})


def show_many(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/show_many: at most 100 ids; unknown and deleted ones are left out in silence."""
    ids = req.query_list("ids")
    if not ids:
        raise parameter_missing("ids")
    if len(ids) > MAX_MANY:
        raise too_many_values("ids", MAX_MANY)
    found = [account.tickets.get(int(one)) for one in ids if one.isdigit()]
    chosen = [ticket for ticket in found if ticket is not None and ticket.status != "deleted"]
    shown = shown_tickets(account, req, chosen)
    body = {"tickets": shown, "next_page": None, "previous_page": None, "count": len(shown)}
    return Resp(body={**body, **beside(account, req, chosen)})


def show(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}; `include=slas` is ignored here, as one of two sources says."""
    ticket = account.ticket(req.params["id"])
    body: dict[str, Any] = {"ticket": ticket_json(account, ticket, req.base_url)}
    if "comment_count" in req.query_list("include"):
        body["ticket"]["comment_count"] = len(ticket.comments)
    return Resp(body={**body, **beside(account, req, [ticket])})


def create(account: ZendeskAccount, req: Req) -> Resp:
    """POST /tickets, with an Idempotency-Key that lives for two hours."""
    wanted = body_object(req, "ticket")
    key = req.headers.get("idempotency-key")
    lookup: dict[str, str] = {}
    if key is not None:
        digest = hashlib.sha256(req.body).digest()
        known = account.idempotency.get(key)
        if known is not None and known[0] + IDEMPOTENCY_SECONDS > account.now():
            return _repeated(account, req, known, digest)
        lookup = {"x-idempotency-lookup": "miss"}
    ticket = create_ticket(account, wanted, req.actor)
    if key is not None:
        account.idempotency[key] = (account.now(), digest, ticket.id)
    return _created(account, req, ticket, lookup)


def _repeated(account: ZendeskAccount, req: Req, known: tuple[int, bytes, int], digest: bytes) -> Resp:
    if known[1] != digest:
        said = "Request parameters don't match the given idempotency key"
        raise bad_request("IdempotentRequestError", said)
    return _created(account, req, account.tickets[known[2]], {"x-idempotency-lookup": "hit"})


def _created(account: ZendeskAccount, req: Req, ticket: Ticket, lookup: dict[str, str]) -> Resp:
    location = f"{req.base_url}/api/v2/tickets/{ticket.id}.json"
    shown = ticket_json(account, ticket, req.base_url)
    body = {"ticket": shown, "audit": audit_json(ticket.audits[0], ticket.id)}
    return Resp(status=201, body=body, headers={"location": location, **lookup})


def update(account: ZendeskAccount, req: Req) -> Resp:
    """PUT /tickets/{id}: every change of a ticket in one request."""
    ticket = account.ticket(req.params["id"])
    audit = update_ticket(account, ticket, body_object(req, "ticket"), req.actor)
    shown = ticket_json(account, ticket, req.base_url)
    return Resp(body={"ticket": shown, "audit": audit_json(audit, ticket.id)})


def delete(account: ZendeskAccount, req: Req) -> Resp:
    """DELETE /tickets/{id}."""
    delete_ticket(account, account.ticket(req.params["id"]), req.actor)
    return Resp(status=204)


def show_tags(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/tags."""
    return Resp(body={"tags": account.ticket(req.params["id"]).tags})


def add_tags(account: ZendeskAccount, req: Req) -> Resp:
    """PUT /tickets/{id}/tags adds."""
    return _tags(account, req, lambda now, given: sorted({*now, *given}))


def set_tags(account: ZendeskAccount, req: Req) -> Resp:
    """POST /tickets/{id}/tags replaces."""
    resp = _tags(account, req, lambda _now, given: given)
    resp.status = 201
    return resp


def remove_tags(account: ZendeskAccount, req: Req) -> Resp:
    """DELETE /tickets/{id}/tags removes, and says nothing."""
    _tags(account, req, lambda now, given: [tag for tag in now if tag not in given])
    return Resp(status=204)


def _tags(account: ZendeskAccount, req: Req, change: Any) -> Resp:
    ticket = account.ticket(req.params["id"])
    wanted = req.json()
    if not isinstance(wanted, dict) or "tags" not in wanted:
        raise parameter_missing("tags")
    check_stamp(ticket, wanted)
    tags = change(ticket.tags, fields.clean_tags(wanted["tags"]))
    custom = {**ticket.custom, **fields.fields_after_tags(account, ticket, tags)}
    commit(account, ticket, {"tags": tags, "custom": custom}, actor=req.actor, via="api")
    return Resp(body={"tags": ticket.tags})


def merge(account: ZendeskAccount, req: Req) -> Resp:
    """POST /tickets/{id}/merge: the sources close, both sides get a comment."""
    wanted = req.json() or {}
    ids: Sequence[Any] = wanted.get("ids") or []
    if not ids:
        raise parameter_missing("ids")
    target = account.ticket(req.params["id"])
    sources = [account.ticket(str(one)) for one in ids]
    if any(one.status in {"closed", "deleted"} for one in [target, *sources]):
        raise invalid({"base": "Merge: a closed ticket cannot be merged"}, "InvalidValue")
    work = partial(merge_tickets, account, target, sources, wanted, req.actor)
    job = start_job(account, "Merge", len(sources), work)
    return Resp(body={"job_status": job_json(account, job, req.base_url)})


def related(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/related."""
    ticket = account.ticket(req.params["id"])
    links = [link.issue_id for link in account.links.values() if link.ticket_id == ticket.id]
    body = {"url": f"{req.base_url}/api/v2/tickets/{ticket.id}/related.json", "topic_id": None}
    children = [one for one in account.tickets.values() if one.problem_id == ticket.id]
    more = {"jira_issue_ids": links, "followup_source_ids": [], "from_archive": False, "incidents": len(children)}
    return Resp(body={"ticket_related": {**body, **more, "twitter": None}})


def incidents(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/incidents."""
    problem = account.ticket(req.params["id"])
    return _ticket_page(account, req, [one for one in account.tickets.values() if one.problem_id == problem.id])


def organization_tickets(account: ZendeskAccount, req: Req) -> Resp:
    """GET /organizations/{id}/tickets."""
    wanted = account.organization(req.params["id"]).id
    return _ticket_page(account, req, account.alive(lambda ticket: ticket.organization_id == wanted))


def requested_tickets(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/{id}/tickets/requested."""
    wanted = account.user(req.params["id"]).id
    return _ticket_page(account, req, account.alive(lambda ticket: ticket.requester_id == wanted))


def body_object(req: Req, name: str) -> dict[str, Any]:
    """Return the JSON object under `name` of the body.

    Raises:
        RejectedError: 400 when it is not there.
    """
    raw = req.json()
    wanted = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(wanted, dict):
        raise parameter_missing(name)
    return wanted
