"""Requests, answers, routes and vendors: what the emulator's application is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

if TYPE_CHECKING:
    from escalade.emulator.faults import Faults
    from escalade.emulator.ratelimits import Grant
    from escalade.emulator.world import World


class BadJsonError(Exception):
    """The body of a request is not JSON; vendors answer 400."""


@dataclass(slots=True, kw_only=True)
class Req:
    """One request. Header names are lower case; `params` are the template's; `actor` is set by admission.

    `faults` are the world's, for the kinds that a vendor acts on itself; `grants` are the spent budgets.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    params: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    actor: Any = None
    faults: Faults | None = None
    grants: list[Grant] = field(default_factory=list)

    def query_all(self) -> list[tuple[str, str]]:
        """Return every query parameter in order, decoded."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    def query(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query_all() if key == name), default)

    def query_list(self, name: str) -> list[str]:
        """Return a repeated and/or comma-separated query parameter as one list."""
        values = [value for key, value in self.query_all() if key in {name, f"{name}[]"}]
        return [part.strip() for value in values for part in value.split(",") if part.strip()]

    def json(self) -> Any:
        """Return the decoded body; an empty body is None.

        Raises:
            BadJsonError: The body is not JSON.
        """
        if not self.body:
            return None
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise BadJsonError(str(error)) from error


@dataclass(slots=True, kw_only=True)
class Resp:
    """One answer; `body` is encoded as JSON unless it is bytes already or None (no body)."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def encoded(self) -> bytes:
        """Return the body as it goes over the wire."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


RouteFunction = Callable[["World", Req], Resp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint. `template` has `{name}` segments; `write` says that a served call changes state."""

    method: str
    template: str
    function: RouteFunction
    write: bool
    vendor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor's product as the application sees it.

    Attributes:
        name: zendesk, jira or jira_dc.
        prefixes: Path prefixes that belong to this vendor; the longest match wins.
        routes: Its endpoints; templates include the prefix.
        admit: Authenticates the caller (sets `req.actor`) and spends rate budgets; an answer means "refused".
            It gets the route so that budgets can be kept by endpoint.
        finish: Adds the headers that every answer of the vendor carries (rate limits, request ids).
        refuse: The vendor's own answer for the fault kinds rate_limited, unauthorized and forbidden.
        collide: Lets somebody else edit the ticket that this write is about (fault kind edit_conflict).
        bad_json: The vendor's own answer to a body that is not JSON.
        act: A human acts: POST /_emulator/act with this vendor's name.
    """

    name: str
    prefixes: Sequence[str]
    routes: Sequence[Route]
    admit: Callable[[World, Req, Route], Resp | None]
    finish: Callable[[World, Req, Resp], None]
    refuse: Callable[[World, Req, str, Mapping[str, Any]], Resp]
    collide: Callable[[World, Req], None]
    bad_json: Callable[[World, Req], Resp]
    act: Callable[[World, Mapping[str, Any]], Resp]


class Router:
    """Finds routes by method and path; a literal segment wins over a `{name}` one."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root: dict[str, Any] = {}
        for route in routes:
            node = self._root
            for part in _segments(route.template):
                node = node.setdefault("{}" if part.startswith("{") else part, {})
            leaf = node.setdefault("", {})
            if route.method in leaf:
                raise ValueError(f"two routes for {route.method} {route.template}")
            leaf[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route and its path parameters, or None when there is no such endpoint."""
        parts = _segments(path)
        leaf = _descend(self._root, parts, 0)
        if leaf is None or method not in leaf:
            return None
        route: Route = leaf[method]
        names = _segments(route.template)
        return route, {name[1:-1]: value for name, value in zip(names, parts, strict=True) if name[:1] == "{"}


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _descend(node: dict[str, Any], parts: list[str], at: int) -> dict[str, Route] | None:
    if at == len(parts):
        return node.get("")
    for key in (parts[at], "{}"):
        child = node.get(key)
        if child is not None and (found := _descend(child, parts, at + 1)) is not None:
            return found
    return None
