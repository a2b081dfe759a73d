"""Admin webhooks as an API: registering, listing and removing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.jira.call import empty, ok, refuse
from escalade.emulator.jira.model import Webhook

if TYPE_CHECKING:
    from escalade.emulator.jira.call import Call
    from escalade.emulator.jira.model import Json
    from escalade.emulator.routing import Resp

_SECTION = "issue-related-events-section"


def _admin(call: Call) -> None:
    if not call.me or not (call.caller and call.caller.admin):
        refuse(403, "Only Jira administrators may manage webhooks.")


def _url(call: Call, hook: Webhook) -> str:
    place = "webhooks/1.0/webhook" if call.site.cloud else "jira-webhook/1.0/webhooks"
    return call.site_url(f"rest/{place}/{hook.id}")


def _shown(call: Call, hook: Webhook) -> Json:
    named: Json = {"name": hook.name, "url": hook.url, "events": list(hook.events), "self": _url(call, hook)}
    if call.site.cloud:
        more = {"filters": {_SECTION: hook.jql}, "excludeBody": hook.exclude_body, "enabled": hook.enabled}
        return {**named, **more, "isSigned": hook.secret is not None}
    excluded = {"EXCLUDE_BODY": str(hook.exclude_body).lower()}
    return {**named, "id": hook.id, "configuration": excluded, "active": hook.enabled}


def _hook(call: Call) -> Webhook:
    _admin(call)
    wanted = call.req.params["hook"]
    hook = call.site.webhooks.get(int(wanted)) if wanted.isdigit() else None
    if hook is None:
        refuse(404, f"No webhook with id '{wanted}' exists.")
    return hook


def _read(call: Call, number: int) -> Webhook:
    body = call.body()
    url, events = body.get("url"), body.get("events")
    if not isinstance(url, str) or not isinstance(events, list):
        refuse(400, "A webhook needs a name, a url and events.")
    hook = Webhook(id=number, name=str(body.get("name") or url), url=url, events=tuple(events))
    if call.site.cloud:
        hook.jql = str((body.get("filters") or {}).get(_SECTION) or "")
        hook.secret, hook.exclude_body = body.get("secret"), bool(body.get("excludeBody"))
        hook.enabled = bool(body.get("enabled", True))
        return hook
    # Data Center from 10 on ignores a secret at the top and the filters of 9.x without a word (JRASERVER-78733).
    settings = body.get("configuration") or {}
    hook.secret = settings.get("SECRET")
    hook.exclude_body = str(settings.get("EXCLUDE_BODY", "false")).lower() == "true"
    hook.enabled = bool(body.get("active", True))
    return hook


def listing(call: Call) -> Resp:
    """Serve the list of webhooks."""
    _admin(call)
    return ok([_shown(call, hook) for hook in call.site.webhooks.values()])


def get(call: Call) -> Resp:
    """Serve one webhook."""
    return ok(_shown(call, _hook(call)))


def post(call: Call) -> Resp:
    """Register a webhook; its secret is never shown again."""
    _admin(call)
    hook = _read(call, call.site.next_id("webhook") - 9_999)
    call.site.webhooks[hook.id] = hook
    return ok(_shown(call, hook), 201)


def put(call: Call) -> Resp:
    """Replace a webhook; a secret that is not given stays."""
    kept = _hook(call)
    hook = _read(call, kept.id)
    hook.secret = hook.secret or kept.secret
    call.site.webhooks[hook.id] = hook
    return ok(_shown(call, hook))


def delete(call: Call) -> Resp:
    """Remove a webhook."""
    del call.site.webhooks[_hook(call).id]
    return empty()
