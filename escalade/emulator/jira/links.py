"""Links: between issues, and from an issue to the world outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import document, hooks
from escalade.emulator.jira.call import GONE_OR_HIDDEN, RejectedError, empty, ok, refuse
from escalade.emulator.jira.model import IssueLink, RemoteLink

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Issue, Json, LinkType
    from escalade.emulator.routing import Resp

GLOBAL_ID_LIMIT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link to be made: ``source`` <outward wording of ``kind``> ``target``."""

    kind: LinkType
    source: Issue
    target: Issue


def _kind(call: Call, wanted: Any) -> LinkType:
    if isinstance(wanted, dict):
        for row in call.site.link_types.values():
            if row.id == str(wanted.get("id")) or row.name.lower() == str(wanted.get("name")).lower():
                return row
    raise RejectedError(
        404, f"No issue link type with name '{wanted.get('name') if isinstance(wanted, dict) else ''}' found."
    )


def _end(call: Call, wanted: Any, near: Issue | None) -> Issue:
    if not isinstance(wanted, dict):
        if near is not None:
            return near
        refuse(400, "Both inwardIssue and outwardIssue must be given.")
    found = call.site.find(str(wanted.get("id") or wanted.get("key")))
    if found is None or not call.sees(found):
        refuse(404, GONE_OR_HIDDEN)
    return found


def read(call: Call, body: Json, *, near: Issue | None = None) -> NewLink:
    """Return the link that a body describes; ``near`` is the issue whose edit carries it.

    The issue named ``inwardIssue`` is the one that acts: ``{inwardIssue: A, outwardIssue: B, type: Blocks}`` means A
    blocks B, whatever the wording of the specification suggests.

    Raises:
        RejectedError: 404 when the type or an issue is unknown.
    """
    source = _end(call, body.get("inwardIssue"), near)
    target = _end(call, body.get("outwardIssue"), near)
    return NewLink(kind=_kind(call, body.get("type")), source=source, target=target)


def join(call: Call, new: NewLink) -> None:
    """Make a link; one that exists already is not made again."""
    for row in new.source.links:
        if (row.type, row.source, row.target) == (new.kind.id, new.source.id, new.target.id):
            return
    call.me  # noqa: B018  # refuses anonymous callers
    row = IssueLink(id=call.site.next_id("link"), type=new.kind.id, source=new.source.id, target=new.target.id)
    for issue in (new.source, new.target):
        issue.links.append(row)
        call.site.touch(issue)
    hooks.link_changed(call, row, "created")


def post(call: Call) -> Resp:
    """Serve ``POST /issueLink``: 201 without a body, also when the link was there before."""
    new = read(call, call.body())
    if not call.may("LINK_ISSUES", call.site.projects[new.source.project]):
        refuse(404, "No Link Issue Permission for issue.")
    join(call, new)
    return empty(201)


def _link(call: Call) -> IssueLink:
    wanted = call.req.params["link"]
    for issue in call.site.issues.values():
        for row in issue.links:
            if str(row.id) == wanted and call.sees(issue):
                return row
    raise RejectedError(404, f"No issue link with id '{wanted}' exists.")


def get(call: Call) -> Resp:
    """Serve ``GET /issueLink/{link}``."""
    return ok(document.link(call, _link(call)))


def delete(call: Call) -> Resp:
    """Serve ``DELETE /issueLink/{link}``."""
    row = _link(call)
    for number in {row.source, row.target}:
        issue = call.site.issues[number]
        issue.links = [other for other in issue.links if other.id != row.id]
        call.site.touch(issue)
    hooks.link_changed(call, row, "deleted")
    return empty()


def types(call: Call) -> Resp:
    """Serve ``GET /issueLinkType``."""
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "inward": row.inward,
            "outward": row.outward,
            "self": call.url(f"issueLinkType/{row.id}"),
        }
        for row in call.site.link_types.values()
    ]
    return ok({"issueLinkTypes": rows})


def _remote(call: Call, issue: Issue, row: RemoteLink) -> Json:
    found: Json = {
        "id": row.id,
        "self": call.url(f"issue/{issue.key}/remotelink/{row.id}"),
        "application": row.application,
        "object": row.object,
    }
    if row.global_id is not None:
        found["globalId"] = row.global_id
    if row.relationship is not None:
        found["relationship"] = row.relationship
    return found


def remote_listing(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/remotelink``, or the one with ``globalId``."""
    issue = call.issue()
    wanted = call.req.query("globalId")
    if wanted is None:
        return ok([_remote(call, issue, row) for row in issue.remote_links])
    for row in issue.remote_links:
        if row.global_id == wanted:
            return ok(_remote(call, issue, row))
    raise RejectedError(404, f"Remote link with globalId '{wanted}' does not exist on the issue.")


def remote_post(call: Call) -> Resp:
    """Serve ``POST /issue/{issue}/remotelink``: creates (201), or updates the one with that ``globalId`` (200)."""
    issue = call.issue()
    if not call.may("LINK_ISSUES", call.site.projects[issue.project]):
        refuse(403, "You do not have permission to link issues.")
    body = call.body()
    shown = body.get("object")
    if not isinstance(shown, dict) or not shown.get("url") or not shown.get("title"):
        refuse(400, object="'url' and 'title' are required.")
    global_id = body.get("globalId")
    if isinstance(global_id, str) and len(global_id) > GLOBAL_ID_LIMIT:
        refuse(400, globalId=f"The global ID exceeds the limit of {GLOBAL_ID_LIMIT} characters.")
    kept = next((row for row in issue.remote_links if global_id and row.global_id == global_id), None)
    row = RemoteLink(
        id=kept.id if kept else call.site.next_id("remotelink"),
        global_id=global_id,
        object=shown,
        relationship=body.get("relationship"),
        application=body.get("application") or {},
    )
    issue.remote_links = [other for other in issue.remote_links if other is not kept] + [row]
    answer = {"id": row.id, "self": call.url(f"issue/{issue.key}/remotelink/{row.id}")}
    return ok(answer, 200 if kept else 201)


def remote_get(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/remotelink/{link}``."""
    issue = call.issue()
    return ok(_remote(call, issue, _remote_row(call, issue)))


def _remote_row(call: Call, issue: Issue) -> RemoteLink:
    wanted = call.req.params["link"]
    for row in issue.remote_links:
        if str(row.id) == wanted:
            return row
    raise RejectedError(404, f"Remote link with id '{wanted}' does not exist.")


def remote_delete(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}/remotelink/{link}``."""
    issue = call.issue()
    issue.remote_links.remove(_remote_row(call, issue))
    return empty()


def remote_delete_by_global_id(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}/remotelink?globalId=``."""
    issue = call.issue()
    wanted = call.req.query("globalId")
    kept = [row for row in issue.remote_links if row.global_id != wanted]
    if wanted is None or len(kept) == len(issue.remote_links):
        refuse(404, f"Remote link with globalId '{wanted}' does not exist on the issue.")
    issue.remote_links = kept
    return empty()
