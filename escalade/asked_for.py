"""Asked for: which ticket people mean by what they type."""

from __future__ import annotations

from escalade.app import App
from escalade.store.horizon import Horizon
from rules.problems import did_you_mean
from rules.ticket import TicketRef


def ticket_asked_for(app: App, text: str) -> TicketRef:
    """The ticket that is meant: by its helpdesk and its id there, or the key that people see (`jira:OPS-12`).

    Raises:
        ValueError: that is no reference to a ticket, or the store does not know the ticket.
    """
    ref = TicketRef.parse(text)
    if app.store.load([ref], Horizon()):
        return ref
    if (found := app.store.by_key(ref.helpdesk, ref.id)) is not None:
        return found
    if ref.helpdesk not in app.settings.helpdesks:
        near = did_you_mean(ref.helpdesk, list(app.settings.helpdesks))
        hint = f"did you mean {near}:{ref.id}?" if near else f"there are: {', '.join(app.settings.helpdesks)}"
        raise ValueError(f"the settings have no helpdesk {ref.helpdesk!r}; {hint}")
    raise ValueError(f"the store does not know {ref}; it takes tickets in when it runs: escalade plan")
