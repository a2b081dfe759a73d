"""Users: who I am, what I may do, who watches, who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira import render, values
from escalade.emulator.jira.call import RejectedError, empty, ok, refuse

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Issue, Json, User
    from escalade.emulator.routing import Resp

PERMISSIONS = {
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ADD_COMMENTS": "Add Comments",
    "EDIT_ALL_COMMENTS": "Edit All Comments",
    "LINK_ISSUES": "Link Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "DELETE_ISSUES": "Delete Issues",
    "SERVICEDESK_AGENT": "Service desk agent",
    "ADMINISTER": "Administer Jira",
}


def myself(call: Call) -> Resp:
    """Serve ``GET /myself``; anonymous callers get 401 here, which makes it the probe for good credentials."""
    shown = render.user(call, call.me)
    return ok({**shown, "locale": "en_US", "groups": {"size": 0, "items": []}})


def permissions(call: Call) -> Resp:
    """Serve ``GET /mypermissions`` for the permissions named, in the project or issue named."""
    wanted = call.req.query_list("permissions") or ([] if call.site.cloud else list(PERMISSIONS))
    if not wanted:
        refuse(400, "The 'permissions' query parameter is required.")
    unknown = [key for key in wanted if key not in PERMISSIONS]
    if unknown:
        refuse(400, f"Unrecognized permissions: {', '.join(unknown)}")
    return ok({"permissions": {key: _permission(call, key, number) for number, key in enumerate(wanted)}})


def _permission(call: Call, key: str, number: int) -> Json:
    kind = "GLOBAL" if key == "ADMINISTER" else "PROJECT"
    named = {"id": str(10 + number), "key": key, "name": PERMISSIONS[key], "type": kind, "description": ""}
    return {**named, "havePermission": _has(call, key)}


def _has(call: Call, key: str) -> bool:
    if key == "ADMINISTER" or call.caller is None:
        return bool(call.caller and call.caller.admin)
    if key == "SERVICEDESK_AGENT" and not call.caller.agent:
        return False
    name = call.req.query("projectKey") or call.req.query("projectId")
    issue = call.req.query("issueKey") or call.req.query("issueId")
    if issue is not None:
        name = call.site.projects[call.issue(issue).project].key
    if name is None:
        return any(call.sees_project(row) and call.may(key, row) for row in call.site.projects.values())
    return call.may(key, call.project(name))


def user(call: Call) -> Resp:
    """Serve ``GET /user?accountId=`` (``?username=`` or ``?key=`` on Data Center)."""
    wanted, key = call.req.query("accountId") or call.req.query("username"), call.req.query("key")
    for row in call.site.users.values():
        if wanted in {row.account_id, row.name} or (not call.site.cloud and key == render.user_key(row.account_id)):
            return ok({**render.user(call, row.account_id), "locale": row.locale})
    raise RejectedError(404, "Specified user does not exist or you do not have required permissions")


def _listed(call: Call, rows: list[User]) -> Resp:
    start, size = call.number("startAt", 0), call.number("maxResults", 50, most=1000)
    return ok([render.user(call, row.account_id) for row in rows[start : start + size]])


def group_members(call: Call) -> Resp:
    """Serve ``GET /group/member?groupname=``: the active members, at most 50 a page."""
    name = call.req.query("groupname")
    if name is None:
        refuse(400, "Group name or group ID must be provided.")
    if name not in call.site.groups:
        refuse(404, f"The group named '{name}' does not exist.")
    start, size = call.number("startAt", 0), call.number("maxResults", 50, most=50)
    everybody = call.req.query("includeInactiveUsers") == "true"
    rows = [call.site.users[account] for account in call.site.groups[name]]
    rows = [row for row in rows if row.active or everybody]
    shown = [render.user(call, row.account_id) for row in rows[start : start + size]]
    page = {"maxResults": size, "startAt": start, "total": len(rows), "isLast": start + size >= len(rows)}
    return ok({"self": call.url(f"group/member?groupname={name}"), **page, "values": shown})


def search(call: Call) -> Resp:
    """Serve ``GET /user/search``: matches of name, log-in or e-mail."""
    text = (call.req.query("query") or call.req.query("username") or "").lower()
    account_id = call.req.query("accountId")
    rows = [
        row
        for row in call.site.users.values()
        if account_id in {None, row.account_id}
        and (not text or text in row.display_name.lower() or text in row.email.lower() or text in row.name)
    ]
    return _listed(call, rows if call.caller else [])


def assignable(call: Call) -> Resp:
    """Serve ``GET /user/assignable/search``: the active agents."""
    text = (call.req.query("query") or call.req.query("username") or "").lower()
    rows = [row for row in call.site.users.values() if row.agent and row.active and text in row.display_name.lower()]
    return _listed(call, rows if call.caller else [])


def watchers(call: Call) -> Resp:
    """Serve ``GET /issue/{issue}/watchers``."""
    row = call.issue()
    listed = [render.user(call, account_id) for account_id in row.watchers]
    body = {"self": call.url(f"issue/{row.key}/watchers"), "isWatching": call.me in row.watchers}
    return ok({**body, "watchCount": len(listed), "watchers": listed})


def _watcher(call: Call, wanted: object) -> str:
    reference = {"accountId": wanted} if call.site.cloud else {"name": wanted}
    try:
        return values.user(call, reference)
    except values.FieldError as error:
        refuse(404, str(error))


def watch(call: Call) -> Resp:
    """Serve ``POST /issue/{issue}/watchers``, whose body is a bare JSON string, or nothing for oneself."""
    row, wanted = call.issue(), call.req.json()
    account_id = call.me if wanted is None else _watcher(call, wanted)
    if account_id not in row.watchers:
        row.watchers.append(account_id)
    return empty()


def unwatch(call: Call) -> Resp:
    """Serve ``DELETE /issue/{issue}/watchers``."""
    row = call.issue()
    account_id = _watcher(call, call.req.query("accountId") or call.req.query("username"))
    if account_id in row.watchers:
        row.watchers.remove(account_id)
    return empty()


def notify(call: Call) -> Resp:
    """Serve ``POST /issue/{issue}/notify``: mail without an edit; kept in ``site.mails`` for tests."""
    row, body = call.issue(), call.body()
    if not body.get("to"):
        refuse(400, "No recipients were defined for notification.")
    call.site.mails.append(_mail(row, body))
    return empty()


def _mail(row: Issue, body: Json) -> Json:
    return {"issue": row.key, **{key: body.get(key) for key in ("subject", "textBody", "to")}}
