"""Jira's rate limits: Cloud's burst, per-issue and hourly budgets, and Data Center's bucket per user."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from escalade.emulator.routing import Resp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.ratelimits import Grant
    from escalade.emulator.routing import Req, Route
    from escalade.emulator.world import World

BURST = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
"""Requests a second per site, endpoint and method (developer.atlassian.com, Jira Cloud rate limiting)."""
BURST_SPECIAL = {
    "GET issue/{issue}": 150,
    "GET issue/{issue}/changelog": 200,
    "POST search/approximate-count": 150,
}
ISSUE_WRITES = ((20, 2), (100, 30))
"""Writes to one issue: 20 in 2 seconds and 100 in 30 seconds."""
POINTS_AN_HOUR = 65_000
"""Points of an OAuth app; traffic with API tokens is exempt."""
DC_BUCKET, DC_INTERVAL_SECONDS, DC_FILL_RATE = 25, 1, 5
NEAR = 0.2


def refusal(site: JiraSite, params: Mapping[str, object]) -> Resp:
    """Return a 429 in Jira's own words; ``params`` may set ``retry_after`` (seconds or a date) and ``reason``."""
    headers = {"Retry-After": str(params.get("retry_after", 5 if site.cloud else 0))}
    if site.cloud:
        headers["RateLimit-Reason"] = str(params.get("reason", "jira-burst-based"))
        wait = headers["Retry-After"]
        reset = site.now() + timedelta(seconds=int(wait) if wait.isdigit() else 60)
        headers |= {
            "X-RateLimit-Limit": str(BURST["GET"]),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%MZ}",
        }
    else:
        headers |= _dc_headers(0)
    body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    return Resp(status=429, body=body, headers=headers)


def _dc_headers(remaining: int) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(DC_BUCKET),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Interval-Seconds": str(DC_INTERVAL_SECONDS),
        "X-RateLimit-FillRate": str(DC_FILL_RATE),
    }


def spend(world: World, site: JiraSite, req: Req, route: Route, caller: str) -> tuple[Resp | None, dict[str, str]]:
    """Spend the budgets of a request; return the refusal, if any, and the headers that every answer carries."""
    if not world.limits:
        return None, {}
    if not site.cloud:
        return _spend_dc(world, site, caller)
    endpoint = f"{req.method} {_endpoint(route.template)}"
    limit = BURST_SPECIAL.get(endpoint, BURST[req.method])
    burst = world.budgets.take(f"jira:{endpoint}", "", limit=limit, seconds=1, now=site.now())
    headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(burst.remaining)}
    refused: tuple[Grant, str] | None = None if burst.allowed else (burst, "jira-burst-based")
    if refused is None and route.write and "issue" in req.params:
        refused = _spend_issue(world, site, req.params["issue"])
    if refused is None and req.headers.get("authorization", "").startswith("Bearer"):
        refused = _spend_points(world, site, caller, headers)
    if refused is None:
        return None, headers
    grant, reason = refused
    return refusal(site, {"retry_after": grant.resets, "reason": reason}), headers


def _endpoint(template: str) -> str:
    return template.split("/rest/api/", 1)[-1].partition("/")[2] or template


def _spend_issue(world: World, site: JiraSite, name: str) -> tuple[Grant, str] | None:
    found = site.find(name)
    subject = str(found.id) if found else name
    for limit, seconds in ISSUE_WRITES:
        budget = f"jira:issue:{seconds}"
        grant = world.budgets.take(budget, subject, limit=limit, seconds=seconds, now=site.now())
        if not grant.allowed:
            return grant, "jira-per-issue-on-write"
    return None


def _spend_points(world: World, site: JiraSite, caller: str, headers: dict[str, str]) -> tuple[Grant, str] | None:
    limit = POINTS_AN_HOUR
    grant = world.budgets.take("jira:points", caller, limit=limit, seconds=3600, now=site.now())
    headers["Beta-RateLimit-Policy"] = f'"global-app-quota";q={limit};w=3600'
    headers["Beta-RateLimit"] = f'"global-app-quota";r={grant.remaining};t={grant.resets}'
    if grant.remaining < limit * NEAR:
        headers["X-RateLimit-NearLimit"] = "true"
    return None if grant.allowed else (grant, "jira-quota-global-based")


def _spend_dc(world: World, site: JiraSite, caller: str) -> tuple[Resp | None, dict[str, str]]:
    seconds = DC_BUCKET // DC_FILL_RATE * DC_INTERVAL_SECONDS
    grant = world.budgets.take("jira_dc", caller, limit=DC_BUCKET, seconds=seconds, now=site.now())
    if grant.allowed:
        return None, {**_dc_headers(grant.remaining), "retry-after": "0"}
    return refusal(site, {"retry_after": grant.resets}), {}
