"""The application: takes a request through faults, admission and its route, and sends the answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from escalade.emulator.control import control_routes
from escalade.emulator.faults import Fault
from escalade.emulator.routing import BadJsonError, Req, Resp, Route, Router, Vendor
from escalade.emulator.vendors import all_vendors
from escalade.emulator.world import World

log = logging.getLogger(__name__)

TRANSPORT = "escalade.transport"
_REFUSALS = frozenset({"rate_limited", "unauthorized", "forbidden"})
_HTML = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Back soon.</body></html>"


class _CutError(Exception):
    """The connection is to be cut now."""


def build_app(world: World, vendors: Sequence[Vendor] | None = None) -> Starlette:
    """Return the ASGI application that serves a world and its control API under /_emulator."""
    chosen = all_vendors() if vendors is None else vendors
    acts = {vendor.name: vendor.act for vendor in chosen}
    control = Mount("/_emulator", routes=control_routes(world, acts))
    routes = [control, Mount("/", app=VendorApp(world, chosen))]
    return Starlette(routes=routes, middleware=[Middleware(_LetGo)])


class _LetGo:
    """Ends a request quietly whose caller hung up before it was all there: nobody waits for an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(ClientDisconnect):
            await self._app(scope, receive, send)


class VendorApp:
    """Serves the vendors' own routes of one world."""

    def __init__(self, world: World, vendors: Sequence[Vendor]) -> None:
        self._world = world
        self._router = Router([route for vendor in vendors for route in vendor.routes])
        self._vendors = {vendor.name: vendor for vendor in vendors}
        pairs = [(prefix, vendor) for vendor in vendors for prefix in vendor.prefixes]
        self._prefixes = sorted(pairs, key=lambda pair: -len(pair[0]))
        self._background: set[asyncio.Task[object]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if scope["type"] != "http":
            return
        req = await _read(scope, receive)
        try:
            resp = await self._answer(req)
        except _CutError:
            await _cut(scope, receive)
            return
        await _write(send, req, resp)
        if self._world.auto_deliver and self._world.outbox.queued:
            task = asyncio.create_task(asyncio.to_thread(self._world.outbox.deliver))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _answer(self, req: Req) -> Resp:
        # Zendesk's paths may end in .json; no other path of a vendor does.
        found = self._router.find(req.method, req.path.removesuffix(".json"))
        if found is None:
            return self._unknown(req)
        route, req.params = found
        req.faults = self._world.faults
        vendor = self._vendors[route.vendor]
        faults = self._world.faults.strike(req.method, req.path)
        resp = await self._spoiled(vendor, route, req, faults)
        self._log(route, req, resp.status)
        return resp

    def _log(self, route: Route, req: Req, status: int) -> None:
        calls = self._world.calls
        calls.record(req.method, route.template, status, path=req.path, query=req.query_string)

    async def _spoiled(self, vendor: Vendor, route: Route, req: Req, faults: list[Fault]) -> Resp:
        kinds = {fault.kind: fault for fault in faults}
        if slow := kinds.get("slow"):
            await asyncio.sleep(float(slow.params.get("seconds", 1.0)))
        if "hold_before" in kinds:
            await self._hold(route, req, "before")
        if "reset_before" in kinds:
            self._log(route, req, 0)
            raise _CutError
        if early := self._early(vendor, req, kinds):
            return early
        resp = self._run(vendor, route, req, collide="edit_conflict" in kinds)
        if "hold_after" in kinds:
            await self._hold(route, req, "after")
        if "reset_after" in kinds:
            self._log(route, req, 0)
            raise _CutError
        if "truncated" in kinds:
            body = resp.encoded()
            resp = Resp(status=resp.status, body=body[: len(body) // 2], headers=resp.headers)
        return resp

    async def _hold(self, route: Route, req: Req, phase: str) -> None:
        held = await self._world.faults.hold(req.method, req.path, phase)
        if held.dropped:
            self._log(route, req, 0)
            raise _CutError

    def _early(self, vendor: Vendor, req: Req, kinds: dict[str, Fault]) -> Resp | None:
        for kind in _REFUSALS & kinds.keys():
            with self._world.lock:
                return vendor.refuse(self._world, req, kind, kinds[kind].params)
        if "not_json" in kinds:
            return Resp(body=_HTML, content_type="text/html; charset=utf-8")
        if fault := kinds.get("status"):
            return _status(fault)
        return None

    def _run(self, vendor: Vendor, route: Route, req: Req, *, collide: bool) -> Resp:
        world = self._world
        with world.lock:
            refusal = vendor.admit(world, req, route)
            if refusal is None and collide:
                vendor.collide(world, req)
            try:
                resp = refusal or route.function(world, req)
            except BadJsonError:
                resp = vendor.bad_json(world, req)
            if route.write and refusal is None and resp.status < 400:
                world.calls.record_write()
            vendor.finish(world, req, resp)
            return resp

    def _unknown(self, req: Req) -> Resp:
        named = f"{req.method} {req.path}"
        if named not in self._world.unknown_routes:
            self._world.unknown_routes.append(named)
        vendor = next((vendor.name for prefix, vendor in self._prefixes if req.path.startswith(prefix)), None)
        said = f"the emulator does not serve {named}"
        body = {"error": "NotEmulated", "method": req.method, "path": req.path, "vendor": vendor}
        return Resp(status=501, body={**body, "description": said})


def _status(fault: Fault) -> Resp:
    status = int(fault.params.get("status", 500))
    body: Any = fault.params.get("body", {"error": "emulated", "description": f"emulated {status}"})
    raw = body.encode() if isinstance(body, str) else body
    content_type = str(fault.params.get("content_type", "application/json; charset=utf-8"))
    headers = {str(key): str(value) for key, value in (fault.params.get("headers") or {}).items()}
    return Resp(status=status, body=raw, headers=headers, content_type=content_type)


async def _read(scope: Scope, receive: Receive) -> Req:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    return Req(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"".join(chunks),
        base_url=f"{scope['scheme']}://{headers.get('host', '127.0.0.1')}",
    )


async def _write(send: Send, req: Req, resp: Resp) -> None:
    body = resp.encoded()
    pairs = {"content-length": str(len(body)), **{key.lower(): value for key, value in resp.headers.items()}}
    if resp.body is not None or resp.status != 204:
        pairs.setdefault("content-type", resp.content_type)
    if resp.status == 204:
        pairs.pop("content-length", None)
    raw = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in pairs.items()]
    await send({"type": "http.response.start", "status": resp.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if req.method == "HEAD" else body})


async def _cut(scope: Scope, receive: Receive) -> None:
    """Reset the connection: the caller sees ECONNRESET, as when a load balancer dies."""
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        raise RuntimeError("the server does not hand over its transport, so a reset cannot be emulated")
    raw = transport.get_extra_info("socket")
    if raw is not None:
        # The caller may have gone first: then there is nothing left to reset.
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
