"""Collaborators, followers and CCs of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from escalade.emulator.zendesk.model import Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount


def wanted_people(account: ZendeskAccount, ticket: Ticket, wanted: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return the lists of people that a request asks for; unknown people are left out, as by Zendesk.

    `collaborator_ids` replaces, `additional_collaborators` adds (and makes agents followers, others CCs),
    `followers` and `email_ccs` are lists of `{user_id | user_email, action: put | delete}`.
    """
    followers, ccs = list(ticket.follower_ids), list(ticket.email_cc_ids)
    if "collaborator_ids" in wanted:
        followers, ccs = [], []
        _add(account, wanted["collaborator_ids"] or [], followers, ccs)
    if wanted.get("additional_collaborators"):
        _add(account, wanted["additional_collaborators"], followers, ccs)
    _act(account, wanted.get("followers") or [], followers)
    _act(account, wanted.get("email_ccs") or [], ccs)
    both = list(dict.fromkeys([*followers, *ccs]))
    return {"follower_ids": followers, "email_cc_ids": ccs, "collaborator_ids": both}


def _add(account: ZendeskAccount, raw: Sequence[Any], followers: list[int], ccs: list[int]) -> None:
    for person in raw:
        user_id = _user_id(account, person)
        if user_id is not None:
            chosen = followers if account.users[user_id].is_agent else ccs
            if user_id not in chosen:
                chosen.append(user_id)


def _act(account: ZendeskAccount, rows: Sequence[Mapping[str, Any]], people: list[int]) -> None:
    for row in rows:
        user_id = _user_id(account, row)
        if user_id is None:
            continue
        if row.get("action", "put") == "delete":
            people[:] = [one for one in people if one != user_id]
        elif user_id not in people:
            people.append(user_id)


def _user_id(account: ZendeskAccount, person: Any) -> int | None:
    if isinstance(person, dict):
        email = person.get("user_email") or person.get("email")
        raw = person.get("user_id")
    else:
        email, raw = (person, None) if "@" in str(person) else (None, person)
    if email:
        found = account.user_by_email(str(email))
        return found.id if found else None
    user_id = int(raw or 0)
    return user_id if user_id in account.users else None
