"""The webhook endpoints: create, list, show, change, delete, signing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError, bad_request, not_found
from escalade.emulator.zendesk.hooks import add_webhook, signing_secret
from escalade.emulator.zendesk.render import iso
from escalade.emulator.zendesk.routes import read, write
from escalade.emulator.zendesk.tickets import body_object

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Webhook
    from escalade.emulator.zendesk.state import ZendeskAccount

_BASE = "/api/v2/webhooks"


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read(_BASE, list_webhooks),
        write("POST", _BASE, create),
        read(f"{_BASE}/{{id}}", show),
        write("PUT", f"{_BASE}/{{id}}", change),
        write("PATCH", f"{_BASE}/{{id}}", change),
        write("DELETE", f"{_BASE}/{{id}}", delete),
        read(f"{_BASE}/{{id}}/signing_secret", show_secret),
        write("POST", f"{_BASE}/{{id}}/signing_secret", reset_secret),
    ]


def list_webhooks(account: ZendeskAccount, _req: Req) -> Resp:
    """GET /webhooks."""
    shown = [webhook_json(hook) for hook in account.webhooks.values()]
    return Resp(body={"webhooks": shown, "meta": {"has_more": False}, "links": {}})


def create(account: ZendeskAccount, req: Req) -> Resp:
    """POST /webhooks."""
    wanted = body_object(req, "webhook")
    missing = [name for name in ("name", "endpoint", "http_method", "request_format", "status") if not wanted.get(name)]
    if missing:
        raise bad_request("InvalidRequest", f"missing: {', '.join(missing)}")
    return Resp(status=201, body={"webhook": webhook_json(add_webhook(account, wanted))})


def show(account: ZendeskAccount, req: Req) -> Resp:
    """GET /webhooks/{id}."""
    return Resp(body={"webhook": webhook_json(_find(account, req))})


def change(account: ZendeskAccount, req: Req) -> Resp:
    """PUT or PATCH /webhooks/{id}; the subscriptions of a webhook cannot change kind."""
    hook, wanted = _find(account, req), body_object(req, "webhook")
    for name in ("name", "endpoint", "status"):
        if wanted.get(name):
            setattr(hook, name, str(wanted[name]))
    return Resp(status=204)


def delete(account: ZendeskAccount, req: Req) -> Resp:
    """DELETE /webhooks/{id}."""
    del account.webhooks[_find(account, req).id]
    return Resp(status=204)


def show_secret(account: ZendeskAccount, req: Req) -> Resp:
    """GET /webhooks/{id}/signing_secret; for admins."""
    return _secret(req, _find(account, req), 200)


def reset_secret(account: ZendeskAccount, req: Req) -> Resp:
    """POST /webhooks/{id}/signing_secret makes a new one."""
    hook = _find(account, req)
    hook.secret = signing_secret(hook.secret)
    return _secret(req, hook, 201)


def _secret(req: Req, hook: Webhook, status: int) -> Resp:
    if req.actor.role != "admin":
        raise RejectedError(Resp(status=403, body={"error": "Forbidden"}))
    return Resp(status=status, body={"signing_secret": {"secret": hook.secret, "algorithm": "SHA256"}})


def _find(account: ZendeskAccount, req: Req) -> Webhook:
    if req.params["id"] not in account.webhooks:
        raise not_found()
    return account.webhooks[req.params["id"]]


def webhook_json(hook: Webhook) -> dict[str, Any]:
    """Return a webhook; secrets are not part of it."""
    return {
        "id": hook.id,
        "name": hook.name,
        "description": "",
        "status": hook.status,
        "subscriptions": hook.subscriptions,
        "created_at": iso(hook.created),
        "created_by": str(hook.creator_id),
        "endpoint": hook.endpoint,
        "http_method": "POST",
        "request_format": "json",
    }
