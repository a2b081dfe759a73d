"""The journal of one ticket: what Escalade did to it."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import open_app
from escalade.asked_for import ticket_asked_for
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless
from escalade.settings import find_settings, load_settings
from rules.ticket import TicketRef


def journal(
    ticket: Annotated[str, typer.Argument(help="The ticket as helpdesk:id, for example zendesk:35.")],
    config: Config = None,
) -> None:
    """Show what Escalade did to a ticket, when, and why."""
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        # Digests have journals, too, and are no tickets.
        entries = app.store.journal(TicketRef.parse(ticket)) or app.store.journal(ticket_asked_for(app, ticket))
        if not entries:
            console.print(f"Nothing is written in the journal for {ticket}.")
        for entry in entries:
            stamp = entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            console.print(f"{stamp}  {entry.action:<18} {harmless(entry.text)}", highlight=False, markup=False)
