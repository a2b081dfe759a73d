"""Jira Service Management: requests, their service levels and comments, and customer organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from escalade.emulator.jira import comments, render, sla
from escalade.emulator.jira.call import Call, ok
from escalade.emulator.routing import Resp

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Comment, Issue, Json, Organization, Project, SlaMetric

MOST_LISTED = 50


class DeskRefusalError(Exception):
    """The service desk API refuses, in its own form of words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    def resp(self) -> Resp:
        """Return the refusal as an answer."""
        body = {
            "errorMessage": self.message,
            "i18nErrorMessage": {"i18nKey": "sd.emulated.refusal", "parameters": []},
        }
        return Resp(status=self.status, body=body)


def _refuse(status: int, message: str) -> NoReturn:
    raise DeskRefusalError(status, message)


def _paged(call: Call, rows: list[Any]) -> Resp:
    start, limit = call.number("start", 0), call.number("limit", MOST_LISTED, most=100)
    chunk = rows[start : start + limit]
    last = start + len(chunk) >= len(rows)
    paging = {"size": len(chunk), "start": start, "limit": limit, "isLastPage": last}
    here = call.site_url(call.req.path.removeprefix(f"{call.prefix}/"))
    links = {"self": here, "base": call.site_url("rest/servicedeskapi"), "context": call.prefix}
    if not last:
        links["next"] = f"{here}?start={start + limit}&limit={limit}"
    return ok({"_expands": [], **paging, "_links": links, "values": chunk})


def _agent(call: Call) -> None:
    if call.caller is None:
        _refuse(401, "You must be authenticated to use this resource.")
    if not call.caller.agent:
        _refuse(403, "You do not have permission to access this resource. An agent licence is needed.")


def _request(call: Call) -> Issue:
    row = call.site.find(call.req.params["issue"])
    kind = call.site.field_of_kind("request_type")
    if row is None or not call.sees(row) or kind is None or row.fields.get(kind.id) is None:
        _refuse(404, "The request could not be found, or you do not have permission to see it.")
    return row


def about(_call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/info``."""
    return ok({"version": "5.12.0", "platformVersion": "10.0.0", "isLicensedForUse": True, "_links": {}})


def _desk(call: Call, row: Project) -> Json:
    named = {"id": row.id, "projectId": row.id, "projectName": row.name, "projectKey": row.key}
    return {**named, "_links": {"self": call.site_url(f"rest/servicedeskapi/servicedesk/{row.id}")}}


def desks(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/servicedesk``."""
    rows = [row for row in call.site.projects.values() if row.service_desk and call.sees_project(row)]
    return _paged(call, [_desk(call, row) for row in rows])


def request(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/request/{issue}``: a request is an issue with a request type."""
    row = _request(call)
    status = call.site.statuses[row.fields["status"]]
    body: Json = {
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk", "comment"],
        "issueId": str(row.id),
        "issueKey": row.key,
        "requestTypeId": "1",
        "serviceDeskId": row.project,
        "createdDate": sla.instant(call, row.created),
        "reporter": render.user(call, row.fields["reporter"]),
        "requestFieldValues": [{"fieldId": "summary", "label": "Summary", "value": row.fields["summary"]}],
        "currentStatus": {
            "status": status.name,
            "statusCategory": status.category.upper(),
            "statusDate": sla.instant(call, row.updated),
        },
        "_links": {"self": call.site_url(f"rest/servicedeskapi/request/{row.id}")},
    }
    return ok(body)


def _metrics(call: Call, row: Issue) -> list[SlaMetric]:
    _agent(call)
    return [metric for metric in call.site.slas.values() if metric.project == row.project]


def slas(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/request/{issue}/sla``, for agents."""
    row = _request(call)
    return _paged(call, [sla.metric_json(call, metric, row) for metric in _metrics(call, row)])


def one_sla(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/request/{issue}/sla/{metric}``."""
    row = _request(call)
    for metric in _metrics(call, row):
        if str(metric.id) == call.req.params["metric"]:
            return ok(sla.metric_json(call, metric, row))
    _refuse(404, "The SLA metric does not exist on the request.")


def _comment(call: Call, issue: Issue, row: Comment) -> Json:
    return {
        "id": str(row.id),
        "body": row.body,
        "public": row.public,
        "author": render.user(call, row.author),
        "created": sla.instant(call, row.created),
        "_links": {"self": call.site_url(f"rest/servicedeskapi/request/{issue.id}/comment/{row.id}")},
    }


def request_comments(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/request/{issue}/comment``; customers see the public ones only."""
    row = _request(call)
    customer = call.caller is not None and not call.caller.agent
    wanted = {
        flag
        for flag, name in ((True, "public"), (False, "internal"))
        if call.flag(name, default=True) and (flag or not customer)
    }
    return _paged(call, [_comment(call, row, entry) for entry in row.comments if entry.public in wanted])


def add_comment(call: Call) -> Resp:
    """Serve ``POST /servicedeskapi/request/{issue}/comment`` with ``{body, public}``."""
    row, body = _request(call), call.body()
    if not isinstance(body.get("body"), str) or not isinstance(body.get("public", True), bool):
        _refuse(400, "The comment needs a body, and public must be true or false.")
    internal = [] if body.get("public", True) else [{"key": "sd.public.comment", "value": {"internal": True}}]
    draft = comments.read(call, {"body": body["body"], "properties": internal})
    comments.attach(call, row, draft)
    return ok(_comment(call, row, draft), 201)


def organizations(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/organization``."""
    _agent(call)
    return _paged(call, [sla.organization(call, row) for row in call.site.organizations.values()])


def _organization(call: Call) -> Organization:
    _agent(call)
    wanted = call.req.params["organization"]
    row = call.site.organizations.get(int(wanted)) if wanted.isdigit() else None
    if row is None:
        _refuse(404, f"The organization '{wanted}' does not exist.")
    return row


def organization(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/organization/{organization}``."""
    return ok(sla.organization(call, _organization(call)))


def members(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/organization/{organization}/user``."""
    return _paged(call, [render.user(call, account_id) for account_id in _organization(call).members])


def property_keys(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/organization/{organization}/property``."""
    row = _organization(call)
    return ok({"entityPropertyKeyBeans": [{"key": key} for key in row.properties]})


def get_property(call: Call) -> Resp:
    """Serve ``GET /servicedeskapi/organization/{organization}/property/{key}``."""
    row, key = _organization(call), call.req.params["key"]
    if key not in row.properties:
        _refuse(404, f"The property {key} does not exist.")
    return ok({"key": key, "value": row.properties[key]})


def put_property(call: Call) -> Resp:
    """Serve ``PUT /servicedeskapi/organization/{organization}/property/{key}``."""
    row, key = _organization(call), call.req.params["key"]
    known = key in row.properties
    row.properties[key] = call.req.json()
    return ok(None, 200 if known else 201)


def delete_property(call: Call) -> Resp:
    """Serve ``DELETE /servicedeskapi/organization/{organization}/property/{key}``."""
    row, key = _organization(call), call.req.params["key"]
    if row.properties.pop(key, None) is None:
        _refuse(404, f"The property {key} does not exist.")
    return Resp(status=204)
