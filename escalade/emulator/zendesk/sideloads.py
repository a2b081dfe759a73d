"""What `include=` adds to a list of tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.metrics import metric_set
from escalade.emulator.zendesk.render import group_json, iso, organization_json, ticket_json, user_json
from escalade.emulator.zendesk.sla import policy_metrics

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from escalade.emulator.routing import Req
    from escalade.emulator.zendesk.model import Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount


def shown_tickets(account: ZendeskAccount, req: Req, tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Return tickets with the sideloads that land inside each: metric_sets, slas, comment_count, dates."""
    include = set(req.query_list("include"))
    shown = [ticket_json(account, ticket, req.base_url) for ticket in tickets]
    if not include:
        return shown
    for row, ticket in zip(shown, tickets, strict=True):
        deleted = ticket.status == "deleted"
        if "metric_sets" in include:
            row["metric_set"] = None if deleted else metric_set(account, ticket, req.base_url)
        if "slas" in include:
            row["slas"] = policy_metrics(account, ticket)
        if "comment_count" in include or "comment_counts" in include:
            row["comment_count"] = len(ticket.comments)
        if "dates" in include:
            row["dates"] = {"latest_comment_added_at": iso(ticket.comments[-1].at) if ticket.comments else None}
    return shown


def beside(account: ZendeskAccount, req: Req, tickets: Sequence[Ticket]) -> dict[str, Any]:
    """Return the sideloads that come beside the tickets: users, groups, organizations."""
    include = set(req.query_list("include"))
    extra: dict[str, Any] = {}
    if "users" in include:
        ids = {user_id for ticket in tickets for user_id in _people(ticket)}
        extra["users"] = users_json(account, ids, req.base_url)
    if "groups" in include:
        groups = {ticket.group_id for ticket in tickets if ticket.group_id in account.groups}
        extra["groups"] = [
            group_json(account, account.groups[one], req.base_url) for one in sorted(filter(None, groups))
        ]
    if "organizations" in include:
        ids = {ticket.organization_id for ticket in tickets if ticket.organization_id in account.organizations}
        extra["organizations"] = [
            organization_json(account.organizations[one], req.base_url) for one in sorted(filter(None, ids))
        ]
    return extra


def users_json(account: ZendeskAccount, ids: Collection[int], base_url: str) -> list[dict[str, Any]]:
    """Return the people with these ids who exist."""
    return [user_json(account.users[one], base_url) for one in sorted(ids) if one in account.users]


def _people(ticket: Ticket) -> list[int]:
    people = [ticket.requester_id, ticket.submitter_id, *ticket.collaborator_ids]
    return people if ticket.assignee_id is None else [*people, ticket.assignee_id]
