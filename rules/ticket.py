"""The ticket as the rules see it: one frozen snapshot, free of any vendor's words."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Self

import msgspec

from rules.commands import Command
from rules.forms import CommentForm
from rules.reader import NOBODY, Reader

Scalar = str | int | float | bool | None


class Priority(StrEnum):
    """The four priorities of Zendesk; connectors map a helpdesk's own scheme onto them."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Position on the ladder, 0 (low) to 3 (urgent)."""
        return _PRIORITY_RANK[self]


_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(Priority)}


class StatusCategory(StrEnum):
    """Where a ticket stands, whatever the helpdesk calls its own status."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"
    DELETED = "deleted"

    @property
    def is_open(self) -> bool:
        """Work is still owed: new, open, pending (on the customer) or on hold (on a third party)."""
        return self in OPEN


#: Work is still owed, for those who ask of very many tickets.
OPEN = frozenset({StatusCategory.NEW, StatusCategory.OPEN, StatusCategory.PENDING, StatusCategory.HOLD})


class Side(StrEnum):
    """Who wrote a comment: our people, the customer's, or a machine (business rules, bots, Escalade)."""

    AGENT = "agent"
    REQUESTER = "requester"
    SYSTEM = "system"


class TicketRef(msgspec.Struct, frozen=True, order=True, gc=False):
    """One ticket for ever: the helpdesk's configured name and the vendor's immutable id (never a key that moves)."""

    helpdesk: str
    id: str

    def __str__(self) -> str:
        return f"{self.helpdesk}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `helpdesk:id`.

        Raises:
            ValueError: when the text has no colon or an empty part.
        """
        helpdesk, _, identity = text.partition(":")
        if not helpdesk or not identity:
            raise ValueError(f"a ticket reference is written helpdesk:id, for example zendesk:35; found {text!r}")
        return cls(helpdesk, identity)


class AccountRef(msgspec.Struct, frozen=True, order=True, gc=False):
    """One customer account: the helpdesk's configured name and its organisation id there."""

    helpdesk: str
    id: str

    def __str__(self) -> str:
        return f"{self.helpdesk}:{self.id}"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A customer organisation as its helpdesk describes it."""

    ref: AccountRef
    name: str
    tags: frozenset[str] = frozenset()
    #: The organisation's own fields, by the helpdesk's field key.
    fields: dict[str, Scalar] = {}


class OpenTicket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an account's other tickets are counted by; values as people set them."""

    ref: TicketRef
    created_at: datetime
    status: StatusCategory
    priority: Priority | None = None
    type: str | None = None
    product: str | None = None
    requester: str | None = None
    tags: frozenset[str] = frozenset()
    fields: dict[str, Scalar] = {}

    @classmethod
    def of(cls, ticket: Ticket) -> OpenTicket:
        """What of a ticket, with its values as people set them, is counted."""
        return cls(
            ref=ticket.ref,
            created_at=ticket.created_at,
            status=ticket.status,
            priority=ticket.priority,
            type=ticket.type,
            product=ticket.product,
            requester=ticket.requester,
            tags=ticket.tags,
            fields=ticket.fields,
        )


class AccountSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the open tickets of one account add up to, over every ticket that Escalade has taken in.

    Priorities are counted as people set them: a raise that Escalade made does not feed its own rules.
    """

    ref: AccountRef
    open_tickets: int = 0
    open_by_priority: dict[Priority, int] = {}
    #: The open tickets themselves, oldest first, the visited one included; loaded only for policies that count among
    #: them.
    tickets: tuple[OpenTicket, ...] = ()


class Comment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One comment. `body` is empty unless the comment was read afresh: bodies are not kept in the store."""

    id: str
    at: datetime
    side: Side
    public: bool
    author: str | None = None
    #: Written by Escalade's own user in the helpdesk.
    ours: bool = False
    body: str = ""
    #: How it is written; None where the text was never seen.
    form: CommentForm | None = None
    #: What it tells Escalade to do, in the order of its lines; empty where the text was never seen.
    commands: tuple[Command, ...] = ()


class LinkKind(StrEnum):
    """How a ticket is tied to another one."""

    #: The work item in the engineering tracker that this ticket waits for (and the way back).
    TRACKED_BY = "tracked_by"
    RELATED = "related"


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tie from this ticket to another one, in this helpdesk or in another."""

    to: TicketRef
    kind: LinkKind
    #: The other ticket's human key (OPS-12) where the helpdesk tells it.
    key: str | None = None


class Child(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A remediation subtask below this ticket. One that somebody deleted stays known as deleted."""

    ref: TicketRef
    key: str
    title: str
    status: StatusCategory
    #: The assignee's id in the helpdesk.
    assignee: str | None = None
    due_on: date | None = None
    #: Where it stood when it was first seen; kept by the store. None = never kept, so as it is now.
    began_as: StatusCategory | None = None

    @property
    def is_untouched(self) -> bool:
        """Nobody has moved it to another status since it was first seen."""
        return self.began_as is None or self.began_as is self.status


class State(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What people had made of a ticket at one moment; values that Escalade put there are looked through."""

    status: StatusCategory
    status_name: str
    priority: Priority | None = None
    group: str | None = None
    assignee: str | None = None
    type: str | None = None
    product: str | None = None
    tags: frozenset[str] = frozenset()
    fields: dict[str, Scalar] = {}


class Moment(msgspec.Struct, frozen=True, gc=False):
    """From `at` (UTC) on, the ticket was in this state, until the next moment."""

    at: datetime
    state: State


class Timeline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The states that a ticket went through, as far as they were seen. Grown by `rules.timeline.grown`."""

    #: Oldest first; the first one begins at the ticket's creation, each differs from the one before.
    moments: tuple[Moment, ...] = ()
    #: The first sight of the ticket (UTC) where it had a past by then: before it, its state is taken to have been the
    #: one that was found. None = it was seen from the beginning.
    assumed_until: datetime | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ticket at one moment. Every datetime is aware and in UTC."""

    ref: TicketRef
    #: What people call it: `35` in Zendesk, `OPS-12` in Jira. May change; never used as identity.
    key: str
    #: Where an agent opens it in a browser.
    url: str
    subject: str
    status: StatusCategory
    #: The helpdesk's own word for the status.
    status_name: str
    #: None when nobody set one, or when the helpdesk's word is not mapped (then `priority_name` has it).
    priority: Priority | None
    created_at: datetime
    updated_at: datetime
    #: Opaque stamp for optimistic concurrency; equal stamps mean "nobody edited it in between".
    version: str
    priority_name: str | None = None
    account: AccountRef | None = None
    #: The requester's id in the helpdesk.
    requester: str | None = None
    #: How to speak to the requester; empty where nobody asked the helpdesk.
    reader: Reader = NOBODY
    #: The owning group's or team's name.
    group: str | None = None
    #: The assignee's id in the helpdesk.
    assignee: str | None = None
    tags: frozenset[str] = frozenset()
    type: str | None = None
    product: str | None = None
    #: Custom fields by the name that the settings give them, else by the helpdesk's own key.
    fields: dict[str, Scalar] = {}
    #: Oldest first. Complete only where `comments_complete` says so.
    comments: tuple[Comment, ...] = ()
    comments_complete: bool = False
    links: tuple[Link, ...] = ()
    #: There are no links but these; a helpdesk whose links come by themselves does not say so.
    links_complete: bool = False
    children: tuple[Child, ...] = ()
    #: There are no children but these; a helpdesk whose children come by themselves does not say so.
    children_complete: bool = False
    #: The ticket's past; kept by the store, never told by a helpdesk's snapshot. Empty = as it is now, all the time.
    timeline: Timeline = Timeline()
    #: Why the helpdesk refuses edits (closed, archived), or None when it takes them.
    frozen_because: str | None = None

    @property
    def work(self) -> tuple[Child, ...]:
        """The subtasks that are there."""
        return tuple(child for child in self.children if child.status is not StatusCategory.DELETED)
