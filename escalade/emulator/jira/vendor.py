"""A Jira site as the emulator's application sees it: who is let in, and how Jira says no."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from escalade.emulator.jira import act, limits
from escalade.emulator.jira.routes import routes_of
from escalade.emulator.routing import Req, Resp, Route, Vendor

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Deployment, User
    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.world import World

    SiteOf = Callable[[World], JiraSite]

DC_PREFIX = "/dc"
_PLACES = ("/rest/api", "/rest/servicedeskapi", "/rest/webhooks", "/rest/jira-webhook", "/rest/applinks", "/rest/auth")


class _WrongCredentialsError(Exception):
    """Credentials were given, and they are wrong."""


@dataclass(slots=True, kw_only=True)
class Admission:
    """What admission found out: the user (None: anonymous), and the rate headers of the answer."""

    user: User | None
    headers: dict[str, str]


def jira_vendor() -> Vendor:
    """Return Jira Cloud at the root of the emulator."""
    return _vendor("jira", "Cloud", "", lambda world: world.jira)


def jira_dc_vendor() -> Vendor:
    """Return Jira Data Center under the context path ``/dc``."""
    return _vendor("jira_dc", "Server", DC_PREFIX, lambda world: world.jira_dc)


def _vendor(name: str, deployment: Deployment, prefix: str, site_of: SiteOf) -> Vendor:
    return Vendor(
        name=name,
        prefixes=[prefix + place for place in _PLACES],
        routes=routes_of(site_of, prefix, deployment),
        admit=lambda world, req, route: _admit(world, site_of(world), req, route),
        finish=lambda world, req, resp: _finish(site_of(world), req, resp),
        refuse=lambda world, _req, kind, params: _refuse(site_of(world), kind, params),
        collide=lambda world, req: act.collide(world, site_of(world), req, prefix),
        bad_json=_bad_json,
        act=lambda world, wanted: act.perform(world, site_of(world), wanted, prefix),
    )


def _admit(world: World, site: JiraSite, req: Req, route: Route) -> Resp | None:
    try:
        user = _caller(site, req.headers.get("authorization", ""))
    except _WrongCredentialsError:
        return _unauthorized(site)
    name = user.account_id if user else "anonymous"
    refused, headers = limits.spend(world, site, req, route, name)
    req.actor = Admission(user=user, headers=headers)
    return refused


def _caller(site: JiraSite, authorization: str) -> User | None:
    """Return who calls; None without credentials or with an expired Cloud token, which Cloud treats alike."""
    scheme, _, rest = authorization.partition(" ")
    if not rest:
        return None
    if scheme.lower() == "bearer":
        return _owner(site, rest.strip(), None)
    try:
        name, _, secret = base64.b64decode(rest).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _WrongCredentialsError from None
    return _owner(site, secret, name)


def _owner(site: JiraSite, token: str, name: str | None) -> User | None:
    if site.cloud and token in site.expired_tokens:
        return None
    user = site.users.get(site.tokens.get(token, ""))
    if user is None or token in site.expired_tokens:
        raise _WrongCredentialsError
    if name is not None and name.lower() not in {user.email.lower(), user.name}:
        raise _WrongCredentialsError
    return user


def _unauthorized(site: JiraSite) -> Resp:
    headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": 'OAuth realm="jira"'}
    said = "Client must be authenticated to access this resource."
    if site.cloud:
        return Resp(status=401, body={"message": said, "status-code": 401}, headers=headers)
    page = b"<html><head><title>Unauthorized (401)</title></head><body>Unauthorized (401)</body></html>"
    return Resp(status=401, body=page, headers=headers, content_type="text/html;charset=UTF-8")


def _finish(site: JiraSite, req: Req, resp: Resp) -> None:
    if not isinstance(req.actor, Admission):
        return
    user = req.actor.user
    if site.cloud:
        if user is not None:
            resp.headers.setdefault("X-AAccountId", user.account_id)
    else:
        resp.headers.setdefault("X-AUSERNAME", user.name if user else "anonymous")
    for name, value in req.actor.headers.items():
        resp.headers.setdefault(name, value)


def _refuse(site: JiraSite, kind: str, params: Mapping[str, Any]) -> Resp:
    if kind == "rate_limited":
        return limits.refusal(site, params)
    if kind == "unauthorized":
        return _unauthorized(site)
    said = str(params.get("reason", "You do not have permission to perform this operation."))
    return Resp(status=403, body={"errorMessages": [said], "errors": {}})


def _bad_json(_world: World, _req: Req) -> Resp:
    said = "There was an error parsing JSON. Check that your request body is valid."
    return Resp(status=400, body={"errorMessages": [said]})
