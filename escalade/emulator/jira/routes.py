"""The endpoints of a Jira site: one table for Cloud and Data Center."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import (
    changelog,
    comments,
    desk,
    issues,
    links,
    meta,
    people,
    properties,
    roles,
    search,
    subscriptions,
    transitions,
)
from escalade.emulator.jira.call import Call, Function, RejectedError, ok
from escalade.emulator.jira.desk import DeskRefusalError
from escalade.emulator.routing import Req, Resp, Route

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Deployment
    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.world import World

    SiteOf = Callable[[World], JiraSite]

R, W = False, True
Row = tuple[str, str, Function, bool]

_BOTH: list[Row] = [
    ("GET", "serverInfo", meta.server, R),
    ("GET", "myself", people.myself, R),
    ("GET", "mypermissions", people.permissions, R),
    ("GET", "user", people.user, R),
    ("GET", "user/search", people.search, R),
    ("GET", "user/assignable/search", people.assignable, R),
    ("GET", "group/member", people.group_members, R),
    ("GET", "field", meta.fields, R),
    ("GET", "priority", meta.priorities, R),
    ("GET", "priority/{id}", meta.priority, R),
    ("GET", "project", meta.projects, R),
    ("GET", "project/{project}", meta.project, R),
    ("GET", "project/{project}/role", roles.listing, R),
    ("GET", "project/{project}/role/{role}", roles.get, R),
    ("GET", "project/{project}/statuses", meta.project_statuses, R),
    ("GET", "status", meta.statuses, R),
    ("GET", "statuscategory", meta.status_categories, R),
    ("GET", "resolution", issues.resolutions, R),
    ("GET", "issuetype", meta.issue_types, R),
    ("GET", "issueLinkType", links.types, R),
    ("GET", "issue/createmeta/{project}/issuetypes", meta.create_types, R),
    ("GET", "issue/createmeta/{project}/issuetypes/{type}", meta.create_fields, R),
    ("GET", "issue/{issue}", issues.get, R),
    ("PUT", "issue/{issue}", issues.put, W),
    ("DELETE", "issue/{issue}", issues.delete, W),
    ("POST", "issue", issues.post, W),
    ("POST", "issue/bulk", issues.bulk_create, W),
    ("PUT", "issue/{issue}/assignee", issues.assign, W),
    ("GET", "issue/{issue}/editmeta", meta.edit_meta, R),
    ("GET", "issue/{issue}/comment", comments.listing, R),
    ("POST", "issue/{issue}/comment", comments.post, W),
    ("GET", "issue/{issue}/comment/{comment}", comments.get, R),
    ("PUT", "issue/{issue}/comment/{comment}", comments.put, W),
    ("DELETE", "issue/{issue}/comment/{comment}", comments.delete, W),
    ("GET", "comment/{comment}/properties", comments.properties, R),
    ("GET", "comment/{comment}/properties/{key}", comments.get_property, R),
    ("PUT", "comment/{comment}/properties/{key}", comments.put_property, W),
    ("DELETE", "comment/{comment}/properties/{key}", comments.delete_property, W),
    ("GET", "issue/{issue}/properties", properties.listing, R),
    ("GET", "issue/{issue}/properties/{key}", properties.get, R),
    ("PUT", "issue/{issue}/properties/{key}", properties.put, W),
    ("DELETE", "issue/{issue}/properties/{key}", properties.delete, W),
    ("GET", "issue/{issue}/remotelink", links.remote_listing, R),
    ("POST", "issue/{issue}/remotelink", links.remote_post, W),
    ("DELETE", "issue/{issue}/remotelink", links.remote_delete_by_global_id, W),
    ("GET", "issue/{issue}/remotelink/{link}", links.remote_get, R),
    ("DELETE", "issue/{issue}/remotelink/{link}", links.remote_delete, W),
    ("GET", "issue/{issue}/transitions", transitions.listing, R),
    ("POST", "issue/{issue}/transitions", transitions.post, W),
    ("GET", "issue/{issue}/watchers", people.watchers, R),
    ("POST", "issue/{issue}/watchers", people.watch, W),
    ("DELETE", "issue/{issue}/watchers", people.unwatch, W),
    ("POST", "issue/{issue}/notify", people.notify, W),
    ("POST", "issueLink", links.post, W),
    ("GET", "issueLink/{link}", links.get, R),
    ("DELETE", "issueLink/{link}", links.delete, W),
]

_CLOUD: list[Row] = [
    ("GET", "search", search.removed, R),
    ("POST", "search", search.removed, R),
    ("GET", "search/jql", search.get, R),
    ("POST", "search/jql", search.post, R),
    ("POST", "search/approximate-count", search.count, R),
    ("POST", "jql/parse", search.check, R),
    ("POST", "jql/match", search.match, R),
    ("GET", "issue/createmeta", meta.create_all, R),
    ("GET", "priority/search", meta.priority_search, R),
    ("GET", "project/search", meta.project_search, R),
    ("POST", "issue/bulkfetch", issues.bulk_fetch, R),
    ("GET", "issue/{issue}/changelog", changelog.listing, R),
    ("POST", "changelog/bulkfetch", changelog.bulk, R),
    ("POST", "comment/list", comments.bulk, R),
]

_DATA_CENTER: list[Row] = [
    ("GET", "search", search.offset, R),
    ("POST", "search", search.offset, R),
]

_DESK: list[Row] = [
    ("GET", "info", desk.about, R),
    ("GET", "servicedesk", desk.desks, R),
    ("GET", "request/{issue}", desk.request, R),
    ("GET", "request/{issue}/sla", desk.slas, R),
    ("GET", "request/{issue}/sla/{metric}", desk.one_sla, R),
    ("GET", "request/{issue}/comment", desk.request_comments, R),
    ("POST", "request/{issue}/comment", desk.add_comment, W),
    ("GET", "organization", desk.organizations, R),
    ("GET", "organization/{organization}", desk.organization, R),
    ("GET", "organization/{organization}/user", desk.members, R),
    ("GET", "organization/{organization}/property", desk.property_keys, R),
    ("GET", "organization/{organization}/property/{key}", desk.get_property, R),
    ("PUT", "organization/{organization}/property/{key}", desk.put_property, W),
    ("DELETE", "organization/{organization}/property/{key}", desk.delete_property, W),
]

_HOOKS: list[Row] = [
    ("GET", "", subscriptions.listing, R),
    ("POST", "", subscriptions.post, W),
    ("GET", "/{hook}", subscriptions.get, R),
    ("PUT", "/{hook}", subscriptions.put, W),
    ("DELETE", "/{hook}", subscriptions.delete, W),
]


def _no_application_links(_call: Call) -> Resp:
    """Serve ``GET /rest/applinks/latest/listApplicationlinks``: none."""
    return ok({"list": []})


def _nothing_here(_call: Call) -> Resp:
    """Answer as Data Center does where only Cloud has an endpoint."""
    page = b"<html><head><title>Oops, you&#39;ve found a dead link.</title></head><body>404</body></html>"
    return Resp(status=404, body=page, content_type="text/html;charset=UTF-8")


def routes_of(site_of: SiteOf, prefix: str, deployment: Deployment) -> list[Route]:
    """Return the routes of a site under a context path."""
    cloud = deployment == "Cloud"
    table = [*_BOTH, *(_CLOUD if cloud else _DATA_CENTER)]
    found = [(version, f"/rest/api/{version}/", table) for version in ((2, 3) if cloud else (2,))]
    found.append((2, "/rest/servicedeskapi/", _DESK))
    found.append((2, "/rest/webhooks/1.0/webhook" if cloud else "/rest/jira-webhook/1.0/webhooks", _HOOKS))
    found.append((2, "/rest/applinks/latest/", [("GET", "listApplicationlinks", _no_application_links, R)]))
    if not cloud:
        found += _missing()
    vendor = "jira" if cloud else "jira_dc"
    return [
        Route(
            method=method,
            template=f"{prefix}{place}{path}",
            function=_bound(site_of, prefix, version, function),
            write=write,
            vendor=vendor,
        )
        for version, place, rows in found
        for method, path, function, write in rows
    ]


def _missing() -> list[tuple[int, str, list[Row]]]:
    """Return what Cloud has and Data Center has not: 404 there, not an unknown route of the emulator."""
    here = {(method, path) for method, path, _, _ in (*_BOTH, *_DATA_CENTER)}
    only_cloud: list[Row] = [(m, path, _nothing_here, R) for m, path, _, _ in _CLOUD if (m, path) not in here]
    everything: list[Row] = [(m, path, _nothing_here, R) for m, path, _, _ in (*_BOTH, *_CLOUD)]
    hooks: list[Row] = [(m, path, _nothing_here, R) for m, path, _, _ in _HOOKS]
    return [
        (2, "/rest/api/2/", only_cloud),
        (3, "/rest/api/3/", everything),
        (2, "/rest/webhooks/1.0/webhook", hooks),
    ]


def _bound(site_of: SiteOf, prefix: str, version: int, function: Function) -> Callable[[World, Req], Resp]:
    def serve(world: World, req: Req) -> Resp:
        actor: Any = req.actor
        caller = actor.user if actor is not None else None
        call = Call(world=world, site=site_of(world), req=req, caller=caller, version=version, prefix=prefix)
        try:
            return function(call)
        except RejectedError as error:
            return error.resp()
        except DeskRefusalError as error:
            return error.resp()

    return serve
