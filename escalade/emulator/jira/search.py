"""Search: the lagging index, token paging of Cloud, offset paging of Data Center, counts and query checks."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import document, jql
from escalade.emulator.jira.call import ok, refuse
from escalade.emulator.jira.grammar import JqlError, parse
from escalade.emulator.jira.issues import expansions, names_of
from escalade.emulator.jira.structure import structure

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import FieldDef, Issue, Json
    from escalade.emulator.routing import Resp

MOST_RECONCILED = 50
MOST_RESULTS = 5000
DC_MOST_RESULTS = 1000
DC_WINDOW = 10_000
SEARCHES_KEPT = 500
_REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline"
    " is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


def _lag(call: Call) -> timedelta:
    fault = call.world.faults.take("stale_index", call.req.method, call.req.path)
    return call.site.index_lag if fault is None else timedelta(seconds=float(fault.params.get("seconds", 60)))


def indexed(call: Call, row: Issue, lag: timedelta) -> Issue | None:
    """Return an issue as a search index that lags behind sees it; None when it does not know the issue yet."""
    horizon = call.site.now() - lag
    for past in row.stale or ():
        if past.changed_at > horizon:
            if past.fields is None:
                return None
            return replace(row, key=past.key, fields=past.fields, updated=past.updated)
    return row


def _views(call: Call, fresh: frozenset[int], lag: timedelta) -> Iterable[Issue]:
    site = call.site
    lagging = site.lagging if lag else ()
    visible = {row.id for row in site.projects.values() if call.sees_project(row) and not row.archived}
    for number in site.by_update():
        row: Issue | None = site.issues[number]
        if row is not None and number in lagging and number not in fresh:
            row = indexed(call, row, lag)
        if row is not None and row.project in visible and not row.archived and (not row.private or call.sees(row)):
            yield row


def _eyes(call: Call) -> Call:
    """Return the call whose eyes read the query: an anonymous one must get an empty result, not an error."""
    return call if call.caller is not None else replace(call, caller=call.site.bot)


def find(call: Call, text: str, *, bounded: bool, fresh: frozenset[int] = frozenset()) -> list[int]:
    """Return the ids of the issues that a query finds, in its order.

    Raises:
        RejectedError: 400 for a bad or unbounded query.
    """
    try:
        holds, query = jql.compile_query(_eyes(call), text, bounded=bounded)
        keys = [(jql.sort_key(call, name), descending) for name, descending in query.order]
    except JqlError as error:
        refuse(400, str(error))
    if call.caller is None:
        return []
    rows = [row for row in _views(call, fresh, _lag(call)) if holds(row)]
    for key, descending in reversed(keys or [(jql.sort_key(call, "created"), True)]):
        rows.sort(key=key, reverse=descending)
    return [row.id for row in rows]


def removed(_call: Call) -> Resp:
    """Serve Cloud's old ``/search``, which is gone for good."""
    refuse(410, _REMOVED)


def get(call: Call) -> Resp:
    """Serve ``GET /search/jql``."""
    numbers = call.req.query_list("reconcileIssues")
    asked: Json = {
        "jql": call.req.query("jql") or "",
        "nextPageToken": call.req.query("nextPageToken"),
        "maxResults": call.number("maxResults", 50),
        "fields": call.req.query_list("fields"),
        "expand": call.req.query("expand"),
        "properties": call.req.query_list("properties"),
        "reconcileIssues": [int(item) if item.isdigit() else item for item in numbers],
    }
    return _search(call, asked)


def post(call: Call) -> Resp:
    """Serve ``POST /search/jql``; here ``expand`` must be a comma-separated string."""
    asked = call.body()
    if not isinstance(asked.get("expand") or "", str):
        refuse(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return _search(call, {"jql": "", "maxResults": 50, **asked})


def _reconciled(asked: Json) -> frozenset[int]:
    numbers = asked.get("reconcileIssues") or []
    if len(numbers) > MOST_RECONCILED or not all(isinstance(item, int) for item in numbers):
        refuse(400, f"reconcileIssues must hold at most {MOST_RECONCILED} numeric issue ids.")
    return frozenset(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a search wants to see of each issue."""

    names: list[str]
    chosen: list[FieldDef]
    properties: list[str]
    expand: frozenset[str]

    @property
    def only_ids(self) -> bool:
        return set(self.names) <= {"id", "key"}


def _asked(call: Call, raw: Json) -> _Asked:
    names = names_of(raw.get("fields")) or ["id"]
    return _Asked(
        names=names,
        chosen=document.chosen_fields(call, names, "id"),
        properties=names_of(raw.get("properties")),
        expand=expansions(raw.get("expand")),
    )


def _search(call: Call, raw: Json) -> Resp:
    fresh, asked = _reconciled(raw), _asked(call, raw)
    size = min(int(raw["maxResults"]), MOST_RESULTS if asked.only_ids else call.site.page_cap)
    found, start, token = _result(call, raw, fresh)
    chunk = found[start : start + max(size, 1)]
    lag = _lag(call)
    rows = [call.site.issues[number] for number in chunk if number in call.site.issues]
    seen = [row if row.id in fresh else indexed(call, row, lag) if lag else row for row in rows]
    body: Json = {"issues": [_hit(call, row, asked) for row in seen if row is not None]}
    if "names" in asked.expand:
        body["names"] = {row.id: row.name for row in asked.chosen}
    if "schema" in asked.expand:
        body["schema"] = {row.id: row.schema for row in asked.chosen}
    after = start + len(chunk)
    if after < len(found):
        return ok(body | {"nextPageToken": _token(token, after), "isLast": False})
    return ok(body | {"isLast": True})


def _hit(call: Call, row: Issue, asked: _Asked) -> Json:
    if asked.names == ["id"] and not asked.properties and not asked.expand:
        return {"id": str(row.id)}
    expand = asked.expand - {"names", "schema"}
    shown = document.issue(call, row, asked.chosen, properties=asked.properties, expand=expand)
    if not asked.chosen:
        del shown["fields"]
    return shown


def _token(search: str, start: int) -> str:
    return base64.urlsafe_b64encode(f"{search}:{start}".encode()).decode()


def _result(call: Call, asked: Json, fresh: frozenset[int]) -> tuple[list[int], int, str]:
    """Return the ids of the whole result, where the page starts, and the name under which the result is kept."""
    kept = call.site.searches
    given = asked.get("nextPageToken")
    if not given:
        found = find(call, str(asked.get("jql") or ""), bounded=True, fresh=fresh)
        name = f"s{call.site.next_id('search')}"
        kept[name] = found
        while len(kept) > SEARCHES_KEPT:
            del kept[next(iter(kept))]
        return found, 0, name
    try:
        name, _, start = base64.urlsafe_b64decode(str(given)).decode().partition(":")
        return kept[name], int(start), name
    except (ValueError, KeyError):
        refuse(400, "The provided next page token is invalid or has expired.")


def count(call: Call) -> Resp:
    """Serve ``POST /search/approximate-count``."""
    return ok({"count": len(find(call, str(call.body().get("jql") or ""), bounded=True))})


def match(call: Call) -> Resp:
    """Serve ``POST /jql/match``: which of the issues fit which queries, as they are now."""
    body = call.body()
    rows = [call.site.issues.get(int(number)) for number in body.get("issueIds") or []]
    return ok({"matches": [_match(call, str(text), rows) for text in body.get("jqls") or []]})


def _match(call: Call, text: str, rows: list[Issue | None]) -> Json:
    try:
        holds, _ = jql.compile_query(call, text)
    except JqlError as error:
        return {"matchedIssues": [], "errors": [str(error)]}
    return {"matchedIssues": [row.id for row in rows if row and call.sees(row) and holds(row)], "errors": []}


def check(call: Call) -> Resp:
    """Serve ``POST /jql/parse``; ``validation=none`` looks at the grammar only."""
    strict = call.req.query("validation", "strict") != "none"
    return ok({"queries": [_checked(call, str(text), strict=strict) for text in call.body().get("queries") or []]})


def _checked(call: Call, text: str, *, strict: bool) -> Json:
    try:
        query = parse(text)
        if strict:
            jql.compile_query(call, text)
    except JqlError as error:
        return {"query": text, "errors": [str(error)]}
    return {"query": text, "structure": structure(query)}


def offset(call: Call) -> Resp:
    """Serve Data Center's ``GET`` and ``POST /search``, which fails beyond a window of 10,000 results."""
    asked = call.body() if call.req.method == "POST" else _offset_query(call)
    start, size = int(asked.get("startAt", 0)), min(int(asked.get("maxResults", 50)), DC_MOST_RESULTS)
    if start + size > DC_WINDOW:
        refuse(500, f"Search limit exceeded: max_result_window is {DC_WINDOW}. Narrow the query instead.")
    found = find(call, str(asked.get("jql") or ""), bounded=False)
    chosen = document.chosen_fields(call, names_of(asked.get("fields")), "*navigable")
    expand = expansions(asked.get("expand"))
    properties = names_of(asked.get("properties"))
    rows = [call.site.issues[number] for number in found[start : start + size]]
    shown = [document.issue(call, row, chosen, properties=properties, expand=expand) for row in rows]
    body: dict[str, Any] = {"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found)}
    return ok(body | {"issues": shown})


def _offset_query(call: Call) -> Json:
    return {
        "jql": call.req.query("jql"),
        "startAt": call.number("startAt", 0),
        "maxResults": call.number("maxResults", 50),
        "fields": call.req.query_list("fields"),
        "expand": call.req.query("expand"),
        "properties": call.req.query_list("properties"),
    }
