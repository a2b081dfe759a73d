"""Edit: one update of a ticket as its helpdesk remembers it, in the words of a history."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.ticket import Scalar, Ticket, TicketRef

Value = Scalar | tuple[str, ...]
#: Values by the names of `Fields`; a custom field is `custom.NAME`. A name that is missing is not known.
Values = dict[str, Value]
#: What stands before the names of custom fields.
CUSTOM = "custom."


class Edit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who changed what when is history; this is what changed, and when (UTC)."""

    on: TicketRef
    at: datetime
    #: Places edits of one instant in their order.
    order: int
    #: What was there before, as far as that is told.
    before: Values = {}
    after: Values = {}
    #: What came to a set (`tags`, `links`), and what left it, where the whole set is not told.
    added: dict[str, frozenset[str]] = {}
    removed: dict[str, frozenset[str]] = {}
    #: It tells the values with which the ticket was created.
    creates: bool = False
    #: Escalade's own user did it.
    ours: bool = False


def values_of(ticket: Ticket) -> Values:
    """The values of a ticket as it is now; of its links those that it carries."""
    values: Values = {
        "subject": ticket.subject,
        "status": str(ticket.status),
        "priority": None if ticket.priority is None else str(ticket.priority),
        "account": None if ticket.account is None else ticket.account.id,
        "requester": ticket.requester,
        "group": ticket.group,
        "assignee": ticket.assignee,
        "tags": tuple(sorted(ticket.tags)),
        "type": ticket.type,
        "product": ticket.product,
        "links": tuple(sorted(str(link.to) for link in ticket.links)),
    }
    return values | {f"{CUSTOM}{name}": value for name, value in ticket.fields.items() if value is not None}
