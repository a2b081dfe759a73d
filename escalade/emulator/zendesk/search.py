"""Search: the words of a query against tickets, users and organizations."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError, parameter_missing
from escalade.emulator.zendesk.fields import PRIORITIES, STATUSES, instant
from escalade.emulator.zendesk.paging import paged
from escalade.emulator.zendesk.render import organization_json, ticket_json, user_json
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Organization, Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount

    Found = Ticket | User | Organization

MAX_RESULTS = 1000
MAX_EXPORT_PAGE = 1000

_TERM = re.compile(r"^(-?)([a-z_]+)(<=|>=|:|<|>)(.+)$")
_RANKED = {"status": ("", *STATUSES), "priority": ("", *PRIORITIES)}


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/search", search),
        read("/api/v2/search/count", search_count),
        read("/api/v2/search/export", search_export),
    ]


def search(account: ZendeskAccount, req: Req) -> Resp:
    """GET /search: offset paging, at most 1,000 results."""
    query = _query(req)
    rows = _found(account, query, _type_of(query))
    sort = {"updated_at": "updated", "created_at": "created"}.get(req.query("sort_by") or "")
    if sort:
        rows.sort(key=lambda row: (getattr(row, sort), row.id), reverse=req.query("sort_order") != "asc")
    page, size = int(req.query("page") or 1), int(req.query("per_page") or 100)
    if page * size > MAX_RESULTS and (page - 1) * size >= MAX_RESULTS:
        said = "Invalid search: Requested response size was greater than Search Response Limits"
        raise RejectedError(Resp(status=422, body={"error": "invalid", "description": said}))
    body = paged(req, "results", rows, lambda row: _shown(account, row, req.base_url), key=lambda row: row.id)
    return Resp(body={**body, "facets": None})


def search_count(account: ZendeskAccount, req: Req) -> Resp:
    """GET /search/count."""
    query = _query(req)
    return Resp(body={"count": len(_found(account, query, _type_of(query)))})


def search_export(account: ZendeskAccount, req: Req) -> Resp:
    """GET /search/export: `filter[type]` names the type, youngest first, cursor paging."""
    query, kind = _query(req), req.query("filter[type]")
    if kind is None:
        raise parameter_missing("filter[type]")
    # A term that agrees with the filter passes, as recorded traffic shows; another one is an error.
    if "type:" in query and _type_of(query) != kind:
        said = "The type: keyword of the query does not agree with filter[type]"
        raise RejectedError(Resp(status=422, body={"error": "invalid", "description": said}))
    rows = sorted(_found(account, query, kind), key=lambda row: (-row.created, row.id))
    req.query_string += "" if req.query("page[size]") else "&page[size]=100"
    show = _shown
    body = paged(
        req,
        "results",
        rows,
        lambda row: show(account, row, req.base_url),
        key=lambda row: row.id,
        limit=MAX_EXPORT_PAGE,
    )
    return Resp(body={**body, "facets": None})


def _query(req: Req) -> str:
    query = req.query("query")
    if query is None:
        raise parameter_missing("query")
    return query


def _type_of(query: str) -> str:
    match = re.search(r"\btype:(\w+)", query)
    return match[1] if match else "ticket"


def _found(account: ZendeskAccount, query: str, kind: str) -> list[Found]:
    words = [word for word in _words(query) if not word.startswith("type:")]
    rows: list[Found]
    if kind == "user":
        rows = list(account.users.values())
    elif kind == "organization":
        rows = list(account.organizations.values())
    else:
        rows = list(account.alive(lambda _ticket: True))
    return [row for row in rows if all(_matches(account, row, word) for word in words)]


def _words(query: str) -> list[str]:
    try:
        return shlex.split(query)
    except ValueError:
        return query.split()


def _matches(account: ZendeskAccount, row: Found, word: str) -> bool:
    match = _TERM.match(word)
    if match is None:
        text = f"{getattr(row, 'subject', '')} {getattr(row, 'description', '')} {getattr(row, 'name', '')}"
        return word.lower() in text.lower()
    held = _term_holds(account, row, match[2], match[3], match[4])
    return held != bool(match[1])


def _term_holds(account: ZendeskAccount, row: Found, name: str, operator: str, wanted: str) -> bool:
    if name == "tags":
        return wanted.lower() in row.tags
    value = _value(account, row, name)
    if operator == ":":
        return wanted.lower() == ("none" if value in (None, "") else str(value).lower())
    if name in _RANKED:
        ranks = _RANKED[name]
        return _ordered(ranks.index(str(value or "")), operator, ranks.index(wanted) if wanted in ranks else -1)
    if name in {"created", "updated"}:
        return _ordered(int(value or 0), operator, instant(wanted) or 0)
    return False


def _value(account: ZendeskAccount, row: Found, name: str) -> Any:
    if name.startswith("custom_field_"):
        return getattr(row, "custom", {}).get(int(name.removeprefix("custom_field_")))
    people = {"requester": "requester_id", "assignee": "assignee_id", "submitter": "submitter_id"}
    if name in people:
        user = account.users.get(getattr(row, people[name], None) or 0)
        return None if user is None else user.email
    named = {"organization": (account.organizations, "organization_id"), "group": (account.groups, "group_id")}
    if name in named:
        table, attribute = named[name]
        return getattr(table.get(getattr(row, attribute, None) or 0), "name", None)  # type: ignore[attr-defined]
    attribute = {"ticket_type": "type", "created": "created", "updated": "updated"}.get(name, name)
    return getattr(row, attribute, None)


def _ordered(left: int, operator: str, right: int) -> bool:
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]


def _shown(account: ZendeskAccount, row: Any, base_url: str) -> dict[str, Any]:
    if row.id in account.tickets:
        return {**ticket_json(account, row, base_url), "result_type": "ticket"}
    if row.id in account.users:
        return {**user_json(row, base_url), "result_type": "user"}
    return {**organization_json(row, base_url), "result_type": "organization"}
