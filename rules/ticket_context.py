"""Ticket context: what every text may say of the ticket that it is about."""

from __future__ import annotations

from rules.facts import Facts


def ticket_context(facts: Facts) -> dict[str, object]:
    """Values for `ticket.…`, `account.name` and `now` of `rules.templates.TEMPLATE_NAMES`, as a context to add to.

    Args:
        facts: The ticket; its priority and group are those that people set.
    """
    ticket = facts.ticket
    return {
        "ticket.key": ticket.key,
        "ticket.subject": ticket.subject,
        "ticket.url": ticket.url,
        "ticket.status": ticket.status.value,
        "ticket.priority": facts.priority,
        "ticket.group": facts.value("group"),
        "ticket.helpdesk": ticket.ref.helpdesk,
        "account.name": facts.value("account"),
        "now": facts.now,
    }
