"""The changelog of an issue, and of many issues at once."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import render
from escalade.emulator.jira.call import ok, page, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import History, Issue, Json
    from escalade.emulator.routing import Resp

MOST_ISSUES = 1000
MOST_FIELDS = 10
MOST_ENTRIES = 10_000


def listing(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/changelog``: all entries, oldest first, in pages of 100."""
    row = call.issue()
    entries = [render.history(call, entry) for entry in row.history]
    start, size = call.number("startAt", 0), call.number("maxResults", 100, most=100)
    body = {"self": call.url(f"issue/{row.key}/changelog"), **page(entries, start, size)}
    if not body["isLast"]:
        body["nextPage"] = call.url(f"issue/{row.key}/changelog?startAt={start + size}&maxResults={size}")
    return ok(body)


def bulk(call: Call) -> Resp:
    """Serve ``POST /changelog/bulkfetch``: entries of up to 1,000 issues, oldest first, by token.

    ``created`` is a number of milliseconds here, unlike everywhere else.
    """
    body = call.body()
    names, fields = body.get("issueIdsOrKeys"), body.get("fieldIds") or []
    if not isinstance(names, list) or not 0 < len(names) <= MOST_ISSUES or len(fields) > MOST_FIELDS:
        refuse(400, f"Ask for 1 to {MOST_ISSUES} issues and at most {MOST_FIELDS} fields.")
    size = min(int(body.get("maxResults") or 1000), MOST_ENTRIES)
    found = [
        (row, entry, items)
        for row in _rows(call, names)
        for entry in row.history
        if (items := [item for item in entry.items if not fields or _field_of(item) in fields])
    ]
    found.sort(key=lambda hit: (hit[1].created, hit[1].id))
    start = _start(body.get("nextPageToken"))
    answer: Json = {"issueChangeLogs": _by_issue(call, found[start : start + size])}
    if start + size < len(found):
        answer["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return ok(answer)


def _field_of(item: Json) -> str:
    return str(item.get("fieldId") or item["field"])


def _rows(call: Call, names: list[Any]) -> list[Issue]:
    found = (call.site.find(str(name)) for name in names)
    return list({row.id: row for row in found if row is not None and call.sees(row)}.values())


def _start(token: object) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(str(token)))
    except ValueError:
        refuse(400, "The provided next page token is invalid or has expired.")


def _by_issue(call: Call, hits: list[tuple[Issue, History, list[Json]]]) -> list[Json]:
    grouped: dict[int, Json] = {}
    for row, entry, items in hits:
        group = grouped.setdefault(row.id, {"issueId": str(row.id), "changeHistories": []})
        shown = render.history(call, entry)
        group["changeHistories"].append({**shown, "created": int(entry.created.timestamp() * 1000), "items": items})
    return list(grouped.values())
