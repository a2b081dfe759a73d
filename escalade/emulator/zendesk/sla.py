"""SLA policies and the `slas` sideload; targets are calendar minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp, Route
from escalade.emulator.zendesk.render import iso
from escalade.emulator.zendesk.routes import read

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import SlaPolicy, Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount

_DONE = frozenset({"solved", "closed", "deleted"})


def routes() -> list[Route]:
    """Return the endpoints of this file."""
    return [
        read("/api/v2/slas/policies", list_policies),
        read("/api/v2/tickets/{id}/slas/policy_metrics", show_metrics),
    ]


def list_policies(account: ZendeskAccount, req: Req) -> Resp:
    """GET /slas/policies."""
    rows = sorted(account.policies.values(), key=lambda policy: policy.position)
    shown = [_policy_json(policy, req.base_url) for policy in rows]
    return Resp(body={"sla_policies": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def show_metrics(account: ZendeskAccount, req: Req) -> Resp:
    """GET /tickets/{id}/slas/policy_metrics, which Zendesk serves without documenting it."""
    return Resp(body=policy_metrics(account, account.ticket(req.params["id"])))


def policy_metrics(account: ZendeskAccount, ticket: Ticket) -> dict[str, Any]:
    """Return `{"policy_metrics": [...]}`; empty without a policy, a priority, or an open ticket."""
    policy = min(account.policies.values(), key=lambda one: one.position, default=None)
    if policy is None or ticket.priority is None or ticket.status in _DONE:
        return {"policy_metrics": []}
    rows = []
    for metric, started in _running(account, ticket).items():
        minutes = policy.targets.get((ticket.priority, metric))
        if minutes is not None:
            rows.append(_metric_json(metric, started + 60 * minutes, account.now(), ticket.status))
    return {"policy_metrics": rows}


def _running(account: ZendeskAccount, ticket: Ticket) -> dict[str, int]:
    """Return the metrics that run, with the instant at which each began."""
    replied, waiting_since, last_reply = False, ticket.created, ticket.created
    open_question = True
    for comment in ticket.comments:
        author = account.users.get(comment.author_id)
        if not comment.public or author is None or comment.at == ticket.created:
            continue
        if author.is_agent:
            replied, open_question, last_reply = True, False, comment.at
        elif not open_question:
            open_question, waiting_since = True, comment.at
    running = {"requester_wait_time": ticket.created, "total_resolution_time": ticket.created}
    if not replied:
        running["first_reply_time"] = ticket.created
    elif open_question:
        running["next_reply_time"] = waiting_since
    running["periodic_update_time"] = last_reply
    return running


def _metric_json(metric: str, breach: int, now: int, status: str) -> dict[str, Any]:
    left = breach - now
    if abs(left) >= 86400:
        amount = {"days": int(left / 86400)}
    elif abs(left) >= 3600:
        amount = {"hours": int(left / 3600)}
    else:
        amount = {"minutes": int(left / 60)}
    paused = status == "pending" and metric == "requester_wait_time"
    row: dict[str, Any] = {"metric": metric, "stage": "paused" if paused else "active"}
    return {**row, "breach_at": None if paused else iso(breach), **amount}


def _policy_json(policy: SlaPolicy, base_url: str) -> dict[str, Any]:
    return {
        "url": f"{base_url}/api/v2/slas/policies/{policy.id}.json",
        "id": policy.id,
        "title": policy.title,
        "description": "",
        "position": policy.position,
        "filter": {"all": [], "any": []},
        "policy_metrics": [
            {"priority": priority, "metric": metric, "target": minutes, "business_hours": False}
            for (priority, metric), minutes in policy.targets.items()
        ],
        "created_at": iso(policy.created),
        "updated_at": iso(policy.created),
    }
