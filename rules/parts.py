"""Parts: the names of what can be owned on a ticket, for ledgers, wishes and overrides."""

from __future__ import annotations

PRIORITY = "priority"
GROUP = "group"
ASSIGNEE = "assignee"
STATUS = "status"
#: The priority where exactly one is wanted: in `Ledger.met` alone, since a higher one does not fulfil that wish.
EXACT_PRIORITY = "priority:exact"


def same_status(one: str, other: str) -> bool:
    """Whether two words mean the same status of a helpdesk: people do not write capitals alike."""
    return one.casefold() == other.casefold()


def overridden(part: str) -> str:
    """The name under which an override of a part is kept."""
    return PRIORITY if part == EXACT_PRIORITY else part


def tag_part(tag: str) -> str:
    """The name of a tag."""
    return f"tag:{tag}"


def note_part(key: str) -> str:
    """The name of a note that is kept current."""
    return f"note:{key}"


def done_part(key: str) -> str:
    """The name of the closing of a piece of work."""
    return f"done:{key}"


def field_part(name: str) -> str:
    """The name of a custom field, by the name that the settings give it."""
    return f"field:{name}"
