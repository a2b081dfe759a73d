"""Zendesk as the application sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route, Vendor
from escalade.emulator.zendesk import auth, people
from escalade.emulator.zendesk.errors import could_not_authenticate, forbidden, rate_limited

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.world import World


def zendesk_vendor() -> Vendor:
    """Return Zendesk with all its endpoints."""
    routes = [*auth.routes(), *people.routes()]
    return Vendor(
        name="zendesk",
        prefixes=("/api/", "/oauth/"),
        routes=routes,
        admit=_admit,
        finish=_finish,
        refuse=_refuse,
        collide=_collide,
        bad_json=_bad_json,
        act=_act,
    )


def _admit(world: World, req: Req, route: Route) -> Resp | None:
    if route.template == "/oauth/tokens":
        return None
    caller = auth.identify(world.zendesk, req)
    if isinstance(caller, Resp):
        return caller
    req.actor = caller
    return None


def _finish(world: World, req: Req, resp: Resp) -> None:
    resp.headers.setdefault("x-zendesk-api-version", "v2")


def _refuse(_world: World, _req: Req, kind: str, params: Mapping[str, Any]) -> Resp:
    if kind == "unauthorized":
        return could_not_authenticate()
    if kind == "forbidden":
        return forbidden()
    return rate_limited(retry_after=int(params.get("retry_after", 30)), reason="Rate limit exceeded", headers={})


def _collide(world: World, req: Req) -> None:
    raise NotImplementedError


def _bad_json(_world: World, _req: Req) -> Resp:
    return Resp(status=422, body={"error": "Unprocessable Entity", "message": "Server could not parse JSON"})


def _act(world: World, wanted: Mapping[str, Any]) -> Resp:
    raise NotImplementedError
