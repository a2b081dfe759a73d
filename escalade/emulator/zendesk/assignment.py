"""Group and assignee rules: group first, the assignee must be in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.zendesk.model import Ticket, User
    from escalade.emulator.zendesk.state import ZendeskAccount


def wanted_assignment(
    account: ZendeskAccount, ticket: Ticket, wanted: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """Return group, assignee and the status that follows from assigning a new ticket.

    Raises:
        RejectedError: 422 for an unknown group, somebody who is no agent, or an agent outside of the group.
    """
    got: dict[str, Any] = {}
    if "group_id" in wanted:
        got["group_id"] = _group(account, wanted["group_id"])
    if "assignee_id" in wanted or "assignee_email" in wanted:
        agent = _agent(account, wanted)
        got["assignee_id"] = agent.id if agent else None
        if agent is not None:
            _put_in_group(ticket, agent, got)
    elif _leaves_group(account, ticket, got.get("group_id")):
        got["assignee_id"] = None
    if ticket.status == "new" and got.get("assignee_id") is not None and "status" not in new:
        got["status"] = "open"
    return got


def _leaves_group(account: ZendeskAccount, ticket: Ticket, group_id: int | None) -> bool:
    if group_id is None or ticket.assignee_id is None:
        return False
    return group_id not in account.users[ticket.assignee_id].group_ids


def _group(account: ZendeskAccount, raw: Any) -> int | None:
    if raw is None:
        return None
    if int(raw) not in account.groups:
        raise invalid({"group": "Group: is invalid"}, "InvalidValue")
    return int(raw)


def _agent(account: ZendeskAccount, wanted: Mapping[str, Any]) -> User | None:
    email = wanted.get("assignee_email")
    raw = wanted.get("assignee_id")
    if email is None and raw is None:
        return None
    user = account.user_by_email(str(email)) if email else account.users.get(int(raw or 0))
    if user is None or not user.is_agent:
        raise invalid({"assignee": "Assignee: is invalid"}, "InvalidValue")
    return user


def _put_in_group(ticket: Ticket, agent: User, got: dict[str, Any]) -> None:
    if got.get("group_id") is not None:
        if got["group_id"] not in agent.group_ids:
            raise invalid({"assignee": "Assignee: is not a member of the group"}, "InvalidValue")
    elif ticket.group_id not in agent.group_ids:
        if not agent.group_ids:
            raise invalid({"assignee": "Assignee: is not a member of any group"}, "InvalidValue")
        got["group_id"] = agent.group_ids[0]
