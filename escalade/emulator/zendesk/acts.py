"""What people do in the browser: POST /_emulator/act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.routing import Req, Resp
from escalade.emulator.zendesk.edit import update_ticket
from escalade.emulator.zendesk.errors import RejectedError
from escalade.emulator.zendesk.removal import delete_ticket, merge_tickets, scrub_ticket
from escalade.emulator.zendesk.render import audit_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from escalade.emulator.world import World
    from escalade.emulator.zendesk.model import User
    from escalade.emulator.zendesk.state import ZendeskAccount


def act(world: World, wanted: Mapping[str, Any]) -> Resp:
    """Let a person act on a ticket.

    `{"ticket": 35, "user": <id>, "change": {…}}` changes it as `PUT /tickets/{id}` would, from the browser.
    Instead of `change`: `"touch": true` (a system change without an event: only `generated_timestamp` moves),
    `"system": {field: value}` (the same, with values), `"delete": true`, `"scrub": true`, `"merge_into": <ticket>`.
    Without `user`, the ticket's assignee acts, or the requester when it has none.
    """
    account = world.zendesk
    try:
        return _act(account, wanted)
    except RejectedError as error:
        return error.resp


def _act(account: ZendeskAccount, wanted: Mapping[str, Any]) -> Resp:
    ticket = account.tickets[int(wanted["ticket"])]
    actor = account.users[int(wanted.get("user") or ticket.assignee_id or ticket.requester_id)]
    if wanted.get("touch") or "system" in wanted:
        for name, value in (wanted.get("system") or {}).items():
            setattr(ticket, name, value)
        account.touch(ticket)
    elif wanted.get("delete"):
        delete_ticket(account, ticket, actor, via="web")
    elif wanted.get("scrub"):
        scrub_ticket(account, ticket)
    elif wanted.get("merge_into"):
        merge_tickets(account, account.tickets[int(wanted["merge_into"])], [ticket], {}, actor)
    else:
        audit = update_ticket(account, ticket, wanted.get("change") or {}, actor, via="web")
        return Resp(body={"audit": audit_json(audit, ticket.id)})
    return Resp(body={"ok": True})


def collide(world: World, req: Req) -> None:
    """Let somebody else add an internal note to the ticket that a write is about.

    A second passes first, as `updated_at` shows whole seconds only.
    """
    account = world.zendesk
    raw_id = req.params.get("id", "")
    ticket = account.tickets.get(int(raw_id)) if raw_id.isdigit() else None
    if ticket is None or "/tickets/" not in req.path:
        return
    world.clock.advance(1)
    note = {"comment": {"body": "I am looking into this as well.", "public": False}}
    update_ticket(account, ticket, note, _colleague(account, req.actor), via="web")


def _colleague(account: ZendeskAccount, actor: User) -> User:
    others = (user for user in account.users.values() if user.is_agent and user.id != actor.id)
    return next(others, actor)
