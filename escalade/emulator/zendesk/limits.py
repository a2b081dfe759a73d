"""Zendesk's rate limits: the plan's budget, the incremental exports, ticket updates, lists, search."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from escalade.emulator.zendesk.errors import rate_limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from escalade.emulator.ratelimits import Grant
    from escalade.emulator.routing import Req, Resp, Route
    from escalade.emulator.world import World

MINUTE = 60
PLAN_LIMIT = 700  # Enterprise, requests a minute

# (header's word, method, pattern of the route template, requests, seconds, words of the refusal)
_ENDPOINTS = (
    ("incremental-exports", "GET", r"^/api/v2/incremental/", 10, MINUTE, "Rate limit for incremental exports exceeded"),
    (
        "tickets-update",
        "PUT",
        r"^/api/v2/tickets/(\{id\}|update_many)",
        100,
        MINUTE,
        "Rate limit for ticket updates exceeded",
    ),
    ("tickets-index", "GET", r"^/api/v2/tickets$", 100, MINUTE, "Rate limit for ticket lists exceeded"),
    ("search-export", "GET", r"^/api/v2/search/export$", 100, MINUTE, "Rate limit for search export exceeded"),
)
PER_TICKET_UPDATES, PER_TICKET_SECONDS = 30, 600  # per user and ticket
PER_ORGANIZATION_UPDATES = 5


def spend(world: World, req: Req, route: Route) -> Resp | None:
    """Spend the budgets that a request draws on; return the refusal when one is empty."""
    if not world.limits:
        return None
    for grant, reason in _grants(world, req, route):
        req.grants.append(grant)
        if not grant.allowed:
            text = f"{reason}, please wait before heavily utilizing this endpoint."
            return rate_limited(retry_after=grant.resets, reason=text, headers={})
    return None


def _grants(world: World, req: Req, route: Route) -> Iterator[tuple[Grant, str]]:
    now, take = world.clock.now(), world.budgets.take
    yield take("zendesk", "account", limit=PLAN_LIMIT, seconds=MINUTE, now=now), "Rate limit exceeded"
    for name, method, pattern, limit, seconds, reason in _ENDPOINTS:
        if req.method == method and re.search(pattern, route.template):
            yield take(name, "zendesk", limit=limit, seconds=seconds, now=now), reason
    if req.method == "PUT" and route.template.startswith("/api/v2/tickets/{id}"):
        subject = f"{req.actor.id}:{req.params['id']}"
        grant = take("per-ticket-updates", subject, limit=PER_TICKET_UPDATES, seconds=PER_TICKET_SECONDS, now=now)
        yield grant, "Rate limit for updates of this ticket exceeded"
    if req.method == "PUT" and route.template == "/api/v2/organizations/{id}":
        subject = req.params["id"]
        grant = take("organization-updates", subject, limit=PER_ORGANIZATION_UPDATES, seconds=MINUTE, now=now)
        yield grant, "Rate limit for organization updates exceeded"


def headers(grants: list[Grant]) -> dict[str, str]:
    """Return the rate-limit headers of an answer: the account's, then one for each endpoint budget."""
    found: dict[str, str] = {}
    for grant in grants:
        if grant.name == "zendesk":
            limit, left = str(grant.limit), str(grant.remaining)
            found |= {"x-rate-limit": limit, "x-rate-limit-remaining": left, "ratelimit-limit": limit}
            found |= {"ratelimit-remaining": left, "ratelimit-reset": str(grant.resets)}
        else:
            words = f"total={grant.limit}; remaining={grant.remaining}; resets={grant.resets}"
            found[f"zendesk-ratelimit-{grant.name}"] = words
    return found
