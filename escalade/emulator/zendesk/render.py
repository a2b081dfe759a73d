"""Records as Zendesk's JSON shows them."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount


@lru_cache(maxsize=65536)
def iso(at: int | None) -> str | None:
    """Return an instant as `2026-03-04T08:00:00Z`; None stays None."""
    return None if at is None else strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(at))


def user_json(account: ZendeskAccount, user: User, base_url: str) -> dict[str, Any]:
    """Return a person."""
    return {
        "url": f"{base_url}/api/v2/users/{user.id}.json",
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "created_at": iso(user.created),
        "updated_at": iso(user.updated),
        "time_zone": user.time_zone,
        "role": user.role,
        "organization_id": user.organization_id,
        "external_id": user.external_id,
        "tags": user.tags,
        "suspended": user.suspended,
    }
