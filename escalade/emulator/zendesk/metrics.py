"""The `metric_set` of a ticket, worked out from its audits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.render import iso

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Audit, Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount

_DONE = ("solved", "closed")


class _Tally:
    """What the audits add up to."""

    def __init__(self, ticket: Ticket) -> None:
        self.created = ticket.created
        self.replies = self.reopens = self.group_stations = self.assignee_stations = 0
        self.latest_comment: int | None = None
        self.requester_updated = self.status_updated = ticket.created
        self.assignee_updated: int | None = None
        self.initially_assigned: int | None = None
        self.assigned: int | None = None
        self.solved: int | None = None
        self.first_reply: int | None = None
        self.first_resolution: int | None = None

    def add(self, account: ZendeskAccount, ticket: Ticket, audit: Audit) -> None:
        author = account.users.get(audit.author_id)
        if audit.author_id == ticket.requester_id:
            self.requester_updated = audit.at
        if audit.author_id == ticket.assignee_id:
            self.assignee_updated = audit.at
        if audit.comment is not None:
            self.latest_comment = audit.at
            agent = author is not None and author.is_agent and audit.author_id != ticket.requester_id
            if audit.comment.public and agent and not audit.created:
                self.replies += 1
                self.first_reply = self.first_reply or audit.at
        for change in audit.changes:
            self._change(change.name, change.before, change.value, audit.at)

    def _change(self, name: str, before: Any, value: Any, at: int) -> None:
        if name == "status":
            self.status_updated = at
            if value in _DONE and before not in _DONE:
                self.solved = at
                self.first_resolution = self.first_resolution or at
            elif before in _DONE and value not in _DONE:
                self.reopens += 1
                self.solved = None
        elif name == "group_id" and value is not None:
            self.group_stations += 1
        elif name == "assignee_id" and value is not None:
            self.assignee_stations += 1
            self.assigned = at
            self.initially_assigned = self.initially_assigned or at


def metric_set(account: ZendeskAccount, ticket: Ticket, base_url: str) -> dict[str, Any]:
    """Return the metric set; the emulated account has no business hours, so both clocks are calendar time."""
    tally = _Tally(ticket)
    for audit in ticket.audits:
        tally.add(account, ticket, audit)
    full = tally.solved if ticket.status in _DONE else None
    return {
        "url": f"{base_url}/api/v2/ticket_metrics/{ticket.id}.json",
        "id": ticket.id,
        "ticket_id": ticket.id,
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.updated),
        "group_stations": tally.group_stations,
        "assignee_stations": tally.assignee_stations,
        "reopens": tally.reopens,
        "replies": tally.replies,
        "assignee_updated_at": iso(tally.assignee_updated),
        "requester_updated_at": iso(tally.requester_updated),
        "status_updated_at": iso(tally.status_updated),
        "initially_assigned_at": iso(tally.initially_assigned),
        "assigned_at": iso(tally.assigned),
        "solved_at": iso(full),
        "latest_comment_added_at": iso(tally.latest_comment),
        "reply_time_in_minutes": _minutes(tally.created, tally.first_reply),
        "first_resolution_time_in_minutes": _minutes(tally.created, tally.first_resolution),
        "full_resolution_time_in_minutes": _minutes(tally.created, full),
        "agent_wait_time_in_minutes": {"calendar": None, "business": None},
        "requester_wait_time_in_minutes": {"calendar": None, "business": None},
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }


def _minutes(start: int, end: int | None) -> dict[str, int | None]:
    value = None if end is None else (end - start) // 60
    return {"calendar": value, "business": value}
