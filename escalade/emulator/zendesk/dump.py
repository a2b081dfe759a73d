"""Tickets for people who look into the emulator: GET /_emulator/state?tickets=1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalade.emulator.zendesk.render import audit_json, ticket_json

if TYPE_CHECKING:
    from escalade.emulator.zendesk.model import Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount


def dump_json(account: ZendeskAccount, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket with all its audits."""
    audits = [audit_json(audit, ticket.id) for audit in ticket.audits]
    return {**ticket_json(account, ticket, ""), "audits": audits}
