"""How Zendesk's endpoints are declared."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.errors import RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from escalade.emulator.world import World
    from escalade.emulator.zendesk.state import ZendeskAccount

    Endpoint = Callable[[ZendeskAccount, Req], Resp]


def read(template: str, endpoint: Endpoint, method: str = "GET") -> Route:
    """Declare an endpoint that changes nothing."""
    return _route(method, template, endpoint, write=False)


def write(method: str, template: str, endpoint: Endpoint) -> Route:
    """Declare an endpoint that changes state."""
    return _route(method, template, endpoint, write=True)


def _route(method: str, template: str, endpoint: Endpoint, *, write: bool) -> Route:
    @wraps(endpoint)
    def function(world: World, req: Req) -> Resp:
        try:
            return endpoint(world.zendesk, req)
        except RejectedError as error:
            return error.resp

    return Route(method=method, template=template, function=function, write=write, vendor="zendesk")
