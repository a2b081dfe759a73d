"""A chat room with an incoming webhook, as channels post to it: POST /room/{name}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route, Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.world import World

_LONGEST_WAIT = 30


def room_vendor() -> Vendor:
    """Return the chat rooms of a world: any name is a room, and what is posted is kept in the world's letters."""
    route = Route(method="POST", template="/room/{name}", function=_post, write=True, vendor="room")
    return Vendor(
        name="room",
        prefixes=("/room/",),
        routes=[route],
        admit=lambda _world, _req, _route: None,
        finish=lambda _world, _req, _resp: None,
        refuse=_refuse,
        collide=lambda _world, _req: None,
        bad_json=lambda _world, _req: _said(400, "invalid_payload"),
        act=lambda _world, _wanted: _said(404, "no_one_acts_here"),
    )


def _post(world: World, req: Req) -> Resp:
    told = req.json()
    if not isinstance(told, dict) or not told.get("text"):
        return _said(400, "no_text")
    world.letters.append("\n".join(str(told[part]) for part in ("title", "text") if part in told))
    return _said(200, "ok")


def _refuse(_world: World, _req: Req, kind: str, params: Mapping[str, Any]) -> Resp:
    if kind == "rate_limited":
        resp = _said(429, "rate_limited")
        resp.headers["Retry-After"] = str(params.get("retry_after", _LONGEST_WAIT))
        return resp
    return _said(401 if kind == "unauthorized" else 403, "invalid_token")


def _said(status: int, word: str) -> Resp:
    """Rooms answer in one plain word."""
    return Resp(status=status, body=word.encode(), content_type="text/plain; charset=utf-8")
