"""The control API under /_emulator: time, faults, people, webhooks, and what was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from escalade.emulator.faults import BadFaultError
from escalade.emulator.routing import Resp
from escalade.emulator.world import World

Act = Callable[[World, Mapping[str, Any]], Resp]
Endpoint = Callable[[Request], Awaitable[Response]]


def control_routes(world: World, acts: Mapping[str, Act]) -> list[HttpRoute]:
    """Return the control endpoints of a world; `acts` says per vendor how a human acts."""
    control = _Control(world, acts)
    table: list[tuple[str, str, Endpoint]] = [
        ("GET", "/health", control.health),
        ("GET", "/state", control.state),
        ("POST", "/advance", control.advance),
        ("GET", "/calls", control.calls),
        ("DELETE", "/calls", control.forget_calls),
        ("POST", "/faults", control.add_faults),
        ("GET", "/faults", control.faults),
        ("DELETE", "/faults", control.clear_faults),
        ("GET", "/held", control.held),
        ("POST", "/release", control.release),
        ("POST", "/act", control.act),
        ("POST", "/limits", control.limits),
        ("POST", "/webhooks", control.webhooks),
        ("POST", "/deliver", control.deliver),
        ("GET", "/deliveries", control.deliveries),
        ("POST", "/letters", control.take_letter),
    ]
    by_path: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in table:
        by_path.setdefault(path, {})[method] = endpoint
    return [HttpRoute(path, _by_method(found), methods=list(found)) for path, found in by_path.items()]


def _by_method(endpoints: Mapping[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return await endpoints[request.method](request)
        except (ValueError, KeyError, TypeError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")


async def _body(request: Request) -> Any:
    raw = await request.body()
    return msgspec.json.decode(raw) if raw else {}


def _subscribed(world: World, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Register a webhook at the vendor that `wanted` names (Zendesk by default)."""
    sites = {"jira": world.jira, "jira_dc": world.jira_dc}
    vendor = wanted.get("vendor", "zendesk")
    if vendor == "zendesk":
        return world.zendesk.subscribe(wanted)
    events = wanted.get("events") or ()
    hook = sites[vendor].add_webhook(
        wanted["url"], events=events, jql=wanted.get("jql", ""), secret=wanted.get("secret")
    )
    return {"id": hook.id, "secret": hook.secret}


class _Control:
    def __init__(self, world: World, acts: Mapping[str, Act]) -> None:
        self._world = world
        self._acts = acts

    async def health(self, _request: Request) -> Response:
        return _json({"ok": True, "now": self._world.clock.now().isoformat()})

    async def state(self, request: Request) -> Response:
        world = self._world
        with world.lock:
            dump = request.query_params.get("tickets") == "1"
            return _json(
                {
                    "now": world.clock.now().isoformat(),
                    "limits": world.limits,
                    "auto_deliver": world.auto_deliver,
                    "unknown_routes": world.unknown_routes,
                    "writes": world.calls.writes,
                    "zendesk": world.zendesk.summary(tickets=dump),
                    "jira": world.jira.summary(tickets=dump),
                    "jira_dc": world.jira_dc.summary(tickets=dump),
                }
            )

    async def advance(self, request: Request) -> Response:
        wanted = await _body(request)
        with self._world.lock:
            if "to" in wanted:
                self._world.clock.set(datetime.fromisoformat(wanted["to"]))
            else:
                self._world.clock.advance(float(wanted["seconds"]))
        return await self.health(request)

    async def calls(self, _request: Request) -> Response:
        calls = self._world.calls
        recent = list(calls.requests)
        return _json({"total": calls.total, "writes": calls.writes, "counts": calls.counts(), "requests": recent})

    async def forget_calls(self, _request: Request) -> Response:
        self._world.calls.reset()
        return _json({"ok": True})

    async def add_faults(self, request: Request) -> Response:
        wanted = await _body(request)
        faults = wanted if isinstance(wanted, list) else [wanted]
        try:
            added = [self._world.faults.add_json(fault) for fault in faults]
        except BadFaultError as error:
            return _json({"error": str(error)}, 400)
        return _json({"faults": [fault.as_json() for fault in added]}, 201)

    async def faults(self, _request: Request) -> Response:
        return _json({"faults": [fault.as_json() for fault in self._world.faults.all()]})

    async def clear_faults(self, request: Request) -> Response:
        self._world.faults.clear(request.query_params.get("id"))
        return await self.faults(request)

    async def held(self, _request: Request) -> Response:
        return _json({"held": [held.as_json() for held in self._world.faults.held.values()]})

    async def release(self, request: Request) -> Response:
        wanted = await _body(request)
        drop = bool(wanted.get("drop"))
        return _json({"released": self._world.faults.release(wanted.get("id"), drop=drop)})

    async def act(self, request: Request) -> Response:
        wanted = await _body(request)
        vendor = wanted.get("vendor", "zendesk")
        if vendor not in self._acts:
            return _json({"error": f"no vendor {vendor!r}; there are {', '.join(self._acts)}"}, 400)
        with self._world.lock:
            resp = self._acts[vendor](self._world, wanted)
        return Response(resp.encoded(), status_code=resp.status, media_type="application/json")

    async def limits(self, request: Request) -> Response:
        self._world.limits = bool((await _body(request)).get("enabled", True))
        self._world.budgets.reset()
        return _json({"limits": self._world.limits})

    async def webhooks(self, request: Request) -> Response:
        wanted = await _body(request)
        if "auto_deliver" in wanted:
            self._world.auto_deliver = bool(wanted["auto_deliver"])
        if "url" not in wanted:
            return _json({"auto_deliver": self._world.auto_deliver})
        with self._world.lock:
            return _json(_subscribed(self._world, wanted), 201)

    async def deliver(self, request: Request) -> Response:
        wanted = await _body(request)
        seed = wanted.get("shuffle_seed", 1 if wanted.get("reorder") else None)
        lost, twice = int(wanted.get("lost", 0)), int(wanted.get("duplicate", 0))
        outbox, retries = self._world.outbox, int(wanted.get("retries", 0))
        sent = await asyncio.to_thread(outbox.deliver, lost=lost, duplicate=twice, shuffle_seed=seed, retries=retries)
        return _json({"deliveries": [delivery.as_json() for delivery in sent]})

    async def deliveries(self, _request: Request) -> Response:
        return _json({"deliveries": [delivery.as_json() for delivery in self._world.outbox.all()]})

    async def take_letter(self, request: Request) -> Response:
        """Take a notice as a chat room's incoming webhook would."""
        told = await _body(request)
        self._world.letters.append("\n".join(str(told[key]) for key in ("title", "text") if told.get(key)))
        return _json({"ok": True})
