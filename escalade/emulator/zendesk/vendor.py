"""Zendesk as the application sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route, Vendor
from escalade.emulator.zendesk import (
    acts,
    auth,
    bulk,
    comments,
    exports,
    jobs,
    limits,
    links,
    people,
    schedules,
    search,
    setup,
    sla,
    tickets,
    webhooks,
)
from escalade.emulator.zendesk.errors import could_not_authenticate, forbidden, rate_limited

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.world import World

_PARTS = (auth, bulk, comments, exports, jobs, links, people, schedules, search, setup, sla, tickets, webhooks)


def zendesk_vendor() -> Vendor:
    """Return Zendesk with all its endpoints."""
    return Vendor(
        name="zendesk",
        prefixes=("/api/", "/oauth/"),
        routes=[route for part in _PARTS for route in part.routes()],
        admit=_admit,
        finish=_finish,
        refuse=_refuse,
        collide=acts.collide,
        bad_json=_bad_json,
        act=acts.act,
    )


def _admit(world: World, req: Req, route: Route) -> Resp | None:
    jobs.settle_jobs(world.zendesk)
    if route.template == "/oauth/tokens":
        return None
    caller = auth.identify(world.zendesk, req)
    if isinstance(caller, Resp):
        return caller
    if not caller.is_agent or not auth.may(world.zendesk, req, write=route.write):
        return forbidden()
    req.actor = caller
    return limits.spend(world, req, route)


def _finish(world: World, req: Req, resp: Resp) -> None:
    resp.headers.setdefault("x-zendesk-api-version", "v2")
    resp.headers.setdefault("x-request-id", f"emulated-{world.calls.total:08d}")
    for name, value in limits.headers(req.grants).items():
        resp.headers.setdefault(name, value)


def _refuse(_world: World, _req: Req, kind: str, params: Mapping[str, Any]) -> Resp:
    """Answer a fault; `scope` endpoint (default), ticket or account says whose budget is empty."""
    if kind == "unauthorized":
        return could_not_authenticate()
    if kind == "forbidden":
        return forbidden()
    seconds = int(params.get("retry_after", 30))
    reason = str(params.get("reason") or "Rate limit for ticket updates exceeded, please wait")
    if params.get("scope") == "account":
        headers = {"x-rate-limit": "700", "x-rate-limit-remaining": "0", "ratelimit-limit": "700"}
        headers |= {"ratelimit-remaining": "0", "ratelimit-reset": str(seconds)}
    elif params.get("scope") == "ticket":
        headers = {"zendesk-ratelimit-per-ticket-updates": f"total=30; remaining=0; resets={seconds}"}
    else:
        headers = {"zendesk-ratelimit-tickets-update": f"total=100; remaining=0; resets={seconds}"}
    return rate_limited(retry_after=seconds, reason=reason, headers=headers)


def _bad_json(_world: World, _req: Req) -> Resp:
    body = {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}
    return Resp(status=422, body=body)
