"""Past event: one line of a history. Pure: text in, value out."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rules.histories.lack import Lack
from rules.ticket import Priority, Scalar, Side, StatusCategory

#: An instant of a history file; it must have a zone.
Instant = Annotated[datetime, Meta(tz=True)]


class EventKind(StrEnum):
    """What happened to a ticket."""

    #: It came to be; `fields` is the whole ticket.
    CREATED = "created"
    #: `fields` is what changed; possibly nothing (a touch).
    CHANGED = "changed"
    COMMENT = "comment"


class Fields(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Fields of a ticket; UNSET = not told (of a new ticket: not known), None = told to be empty."""

    subject: str | UnsetType = UNSET
    status: StatusCategory | UnsetType = UNSET
    priority: Priority | UnsetType | None = UNSET
    account: str | UnsetType | None = UNSET
    requester: str | UnsetType | None = UNSET
    group: str | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    type: str | UnsetType | None = UNSET
    product: str | UnsetType | None = UNSET
    #: Other tickets as helpdesk:id.
    links: tuple[str, ...] | UnsetType = UNSET
    #: Custom fields by name; told as a whole, whichever of them changed.
    custom: dict[str, Scalar] | UnsetType = UNSET


class Author(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Who wrote a comment."""

    id: str | None = None
    role: Side


class About(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a history as a whole; it travels on its first event."""

    #: Where it comes from: the names of helpdesks, or `store`.
    source: str = ""
    #: The history tells what happened from here (included) to `until` (excluded), UTC.
    since: Instant | None = None
    until: Instant | None = None
    #: What it does not tell.
    lacks: tuple[Lack, ...] = ()


class PastEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What happened to one ticket at one instant (UTC)."""

    at: Instant
    #: helpdesk:id.
    ticket: str
    kind: EventKind = msgspec.field(name="event")
    fields: Fields = Fields()
    #: Of a comment.
    author: Author | None = None
    #: Of a comment: customers may read it.
    public: bool | None = None
    body: str = ""
    #: Escalade's own user did it: it is no act of people.
    ours: bool = False
    #: Of a creation: when the ticket was really created, where the history begins later than it.
    born: Instant | None = None
    #: Only on the first event of a history, where it is known.
    about: About | None = None


class UnreadableEventError(ValueError):
    """A line is not an event of a history; the message says what is wrong, without a place."""


_DECODER = msgspec.json.Decoder(PastEvent)
_ENCODER = msgspec.json.Encoder()


def event_of(line: bytes | str) -> PastEvent:
    """Read one line; keys that are not known are ignored.

    Raises:
        UnreadableEventError: it is not an event.
    """
    try:
        event = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableEventError(f"not an event with at, ticket and event: {error}") from None
    if ":" not in event.ticket:
        raise UnreadableEventError(f"a ticket is written helpdesk:id, for example zendesk:35; found {event.ticket!r}")
    if event.at.tzinfo is not UTC:
        return msgspec.structs.replace(event, at=event.at.astimezone(UTC))
    return event


def line_of(event: PastEvent) -> bytes:
    """Write one event as a line, without its end; equal events are equal bytes."""
    return _ENCODER.encode(event)
