"""Event: one thing that happened to a ticket, as a history tells it (history format, version 1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from rules.ticket import Priority, Scalar, Side, StatusCategory, TicketRef


class EventKind(StrEnum):
    """What sort of thing happened."""

    CREATED = "created"
    CHANGED = "changed"
    COMMENT = "comment"


class Author(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who wrote a comment."""

    #: The helpdesk's id of the person; None where the history does not tell.
    id: str | None = None
    role: Side = Side.AGENT


class Fields(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Values of a ticket; what is UNSET did not change, or was never told."""

    subject: str | UnsetType = UNSET
    status: StatusCategory | UnsetType = UNSET
    priority: Priority | UnsetType | None = UNSET
    #: The account's id in the ticket's helpdesk.
    account: str | UnsetType | None = UNSET
    #: People by the helpdesk's ids, the group by its name.
    requester: str | UnsetType | None = UNSET
    group: str | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET
    tags: frozenset[str] | UnsetType = UNSET
    type: str | UnsetType | None = UNSET
    product: str | UnsetType | None = UNSET
    #: Tickets that it is tied to, as helpdesk:id.
    links: tuple[str, ...] | UnsetType = UNSET
    #: Every custom field; replaced as a whole.
    custom: Mapping[str, Scalar] | UnsetType = UNSET


#: Nothing changed: somebody only touched the ticket.
NO_FIELDS = Fields()


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One line of a history. Keys that the format does not know are ignored."""

    #: When it happened (UTC).
    at: datetime
    #: The ticket, as helpdesk:id.
    ticket: str
    event: EventKind
    #: Of `created` the whole ticket, of `changed` what changed.
    fields: Fields = NO_FIELDS
    #: Of a comment.
    author: Author | None = None
    public: bool = True
    body: str = ""

    @property
    def ref(self) -> TicketRef:
        """The ticket.

        Raises:
            ValueError: when it is not written helpdesk:id.
        """
        return TicketRef.parse(self.ticket)
