"""Users, groups, memberships and organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.render import user_json
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from escalade.emulator.zendesk.state import ZendeskAccount


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [read("/api/v2/users/me", show_me)]


def show_me(account: ZendeskAccount, req: Req) -> Resp:
    """GET /users/me."""
    return Resp(body={"user": user_json(account, req.actor, req.base_url)})
