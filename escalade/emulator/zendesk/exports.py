"""Incremental exports: tickets by cursor, ticket events, organizations and users by time."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError, bad_request, forbidden, parameter_missing
from escalade.emulator.zendesk.events import audit_rows, event_json
from escalade.emulator.zendesk.generated import GeneratedIndex
from escalade.emulator.zendesk.render import organization_json, user_json
from escalade.emulator.zendesk.routes import read
from escalade.emulator.zendesk.sideloads import beside, shown_tickets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from escalade.emulator.zendesk.state import ZendeskAccount

MAX_PAGE = 1000
HIDDEN_SECONDS = 60  # "the most recent minute is never returned", since 2024-10-28
SCOPES = frozenset({"all", "agent", "ai_agent"})
_BASE = "/api/v2/incremental"


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read(f"{_BASE}/tickets/cursor", tickets_by_cursor),
        read(f"{_BASE}/tickets", tickets_by_time),
        read(f"{_BASE}/ticket_events", ticket_events),
        read(f"{_BASE}/organizations", organizations),
        read(f"{_BASE}/users", users),
        read(f"{_BASE}/users/cursor", users_by_cursor),
    ]


def tickets_by_cursor(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/tickets/cursor: every ticket in the order of its last change, without the last minute."""
    _only_admins(req)
    scope = req.query("support_type_scope", "agent")
    if scope not in SCOPES:
        raise bad_request("InvalidValue", f"support_type_scope {scope!r} is none of {', '.join(sorted(SCOPES))}")
    page = _cursor_page(account, req, account.generated)
    tickets = [account.tickets[one] for one in page["ids"]] if scope != "ai_agent" else []
    if req.query("exclude_deleted") == "true":
        tickets = [ticket for ticket in tickets if ticket.status != "deleted"]
    body = {"tickets": shown_tickets(account, req, tickets), **beside(account, req, tickets)}
    return Resp(body={**body, **page["frame"]})


def users_by_cursor(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/users/cursor."""
    _only_admins(req)
    index = GeneratedIndex()
    for user in account.users.values():
        index.put(user.id, user.updated)
    page = _cursor_page(account, req, index)
    shown = [user_json(account.users[one], req.base_url) for one in page["ids"]]
    return Resp(body={"users": shown, **page["frame"]})


def _cursor_page(account: ZendeskAccount, req: Req, index: GeneratedIndex) -> dict[str, Any]:
    given = req.query("cursor")
    place = _decode(given) if given else (_start_time(account, req), 0)
    size = _page_size(req)
    ids, more = index.after(place, size, until=account.now() - HIDDEN_SECONDS - 1)
    last = index.place_of(ids[-1]) if ids else place
    after, first = _encode(last), _encode(index.place_of(ids[0])) if ids and given else None
    frame = {
        "after_cursor": after,
        "after_url": _cursor_url(req, after),
        "before_cursor": first,
        "before_url": _cursor_url(req, first) if first else None,
        "end_of_stream": not more,
    }
    return {"ids": ids, "frame": frame}


def _page_size(req: Req) -> int:
    raw = req.query("per_page") or str(MAX_PAGE)
    if not raw.isdigit() or int(raw) < 1:
        raise bad_request("InvalidPaginationParameter", f"per_page {raw!r} is not a page size")
    return min(int(raw), MAX_PAGE)


def _cursor_url(req: Req, cursor: str) -> str:
    kept = [(name, value) for name, value in req.query_all() if name not in {"cursor", "start_time"}]
    return f"{req.base_url}{req.path}?{urlencode([('cursor', cursor), *kept], quote_via=quote)}"


def _encode(place: tuple[int, int]) -> str:
    return base64.b64encode(f"{place[0]}.0||{place[1]}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        stamp, _, rest = base64.b64decode(cursor, validate=True).decode().partition("||")
        return int(float(stamp)), int(rest.rstrip("|"))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise bad_request("InvalidValue", "cursor is not valid") from error


def _start_time(account: ZendeskAccount, req: Req) -> int:
    raw = req.query("start_time")
    if raw is None:
        raise parameter_missing("start_time")
    if not raw.lstrip("-").isdigit():
        raise bad_request("InvalidValue", f"start_time {raw!r} is not a unix time")
    if int(raw) >= account.now() - HIDDEN_SECONDS:
        said = "Too recent start_time. Use a start_time older than 1 minute"
        raise RejectedError(Resp(status=422, body={"error": "StartTimeTooRecent", "description": said}))
    return int(raw)


def _only_admins(req: Req) -> None:
    if req.actor.role != "admin":
        raise RejectedError(forbidden())


def tickets_by_time(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/tickets: the older form; pages repeat their edge and may exceed their size."""
    _only_admins(req)
    rows = [(ticket.generated, ticket) for ticket in account.tickets.values()]
    return _time_page(account, req, "tickets", rows, lambda ticket: shown_tickets(account, req, [ticket])[0])


def ticket_events(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/ticket_events; `include=comment_events` embeds whole comments."""
    _only_admins(req)
    whole = "comment_events" in req.query_list("include")
    rows = audit_rows(account)
    first = bisect_left(rows, _start_time(account, req), key=lambda row: row[0])
    chosen = [(at, (ticket_id, audit)) for at, _audit_id, ticket_id, audit in rows[first : first + 3 * MAX_PAGE]]
    return _time_page(account, req, "ticket_events", chosen, lambda pair: event_json(*pair, whole_comments=whole))


def organizations(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/organizations: by time only."""
    _only_admins(req)
    rows = [(one.updated, one) for one in account.organizations.values()]
    return _time_page(account, req, "organizations", rows, lambda one: organization_json(one, req.base_url))


def users(account: ZendeskAccount, req: Req) -> Resp:
    """GET /incremental/users."""
    _only_admins(req)
    rows = [(one.updated, one) for one in account.users.values()]
    return _time_page(account, req, "users", rows, lambda one: user_json(one, req.base_url))


def _time_page(
    account: ZendeskAccount, req: Req, name: str, rows: list[tuple[int, Any]], show: Callable[[Any], Mapping[str, Any]]
) -> Resp:
    start, size = _start_time(account, req), _page_size(req)
    until = account.now() - HIDDEN_SECONDS
    found = sorted((row for row in rows if start <= row[0] < until), key=lambda row: row[0])
    last = size
    while 0 < last < len(found) and found[last][0] == found[last - 1][0]:
        last += 1  # a page never ends between rows of one second
    page = found[:last]
    end_time = page[-1][0] if page else start
    kept = [(key, value) for key, value in req.query_all() if key != "start_time"]
    next_page = f"{req.base_url}{req.path}?{urlencode([('start_time', end_time), *kept])}"
    frame = {"next_page": next_page, "count": len(page), "end_time": end_time, "end_of_stream": last >= len(found)}
    return Resp(body={name: [show(row) for _at, row in page], **frame})
