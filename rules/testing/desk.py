"""Desk: the helpdesks of a rule test: tickets that people and the policy change, and that refuse nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from msgspec.structs import replace

from rules.forms import form_of
from rules.hearing import Hearing
from rules.ledger import Ledger
from rules.ticket import (
    Account,
    AccountRef,
    Child,
    Comment,
    Link,
    LinkKind,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)
from rules.timeline import grown


@dataclass(slots=True, kw_only=True)
class Desk:
    """Every ticket of a test, in whatever helpdesk, with what Escalade keeps about each."""

    #: What is heard in comments.
    hearing: Hearing
    #: The helpdesk's word for a status, in small letters → what it means.
    statuses: Mapping[str, StatusCategory]
    #: Account → the customer.
    accounts: dict[AccountRef, Account] = field(default_factory=dict)
    #: Helpdesk and id there → other open tickets of that person.
    load: Mapping[tuple[str, str], int] = field(default_factory=dict)
    tickets: dict[TicketRef, Ticket] = field(default_factory=dict)
    ledgers: dict[TicketRef, Ledger] = field(default_factory=dict)
    #: What tests call a ticket.
    names: dict[str, TicketRef] = field(default_factory=dict)
    #: Tickets that only count: nothing is decided about them.
    counted: set[TicketRef] = field(default_factory=set)
    #: Record → the tickets that it has been about.
    members: dict[TicketRef, set[TicketRef]] = field(default_factory=dict)
    #: Texts of the notes that are kept current.
    kept: dict[tuple[TicketRef, str], str] = field(default_factory=dict)

    def add(self, ticket: Ticket, name: str = "") -> None:
        """Put a ticket there. It has been as it is since it was made."""
        fresh = replace(ticket, updated_at=ticket.created_at)
        self.tickets[ticket.ref] = replace(
            fresh, timeline=grown(fresh.timeline, fresh, Ledger(ref=ticket.ref), ticket.created_at)
        )
        self.ledgers[ticket.ref] = Ledger(ref=ticket.ref)
        if name:
            self.names[name] = ticket.ref
        else:
            self.counted.add(ticket.ref)

    def next_number(self, helpdesk: str) -> int:
        """The number of the next ticket that is opened in a helpdesk."""
        return sum(ref.helpdesk == helpdesk for ref in self.tickets) + 1

    def there(self, now: datetime) -> Iterator[Ticket]:
        """The tickets that have come in by an instant (UTC)."""
        return (ticket for ticket in self.tickets.values() if ticket.created_at <= now)

    def called(self, name: str, now: datetime) -> TicketRef | None:
        """The ticket of that name; None while there is none."""
        ref = self.names.get(name)
        return None if ref is None or self.tickets[ref].created_at > now else ref

    def name_of(self, ref: TicketRef) -> str:
        """What the test calls a ticket."""
        return next((name for name, known in self.names.items() if known == ref), str(ref))

    def write(self, ref: TicketRef, at: datetime, **values: Any) -> None:
        """Give a ticket other values, at an instant (UTC)."""
        ticket = self.tickets[ref]
        changed = replace(ticket, **values, updated_at=at, version=str(int(ticket.version) + 1))
        self.tickets[ref] = replace(changed, timeline=grown(changed.timeline, changed, self.ledgers[ref], at))

    def say(self, ref: TicketRef, at: datetime, side: Side, author: str | None, text: str, *, public: bool) -> None:
        """Somebody writes a comment; what it asks for is kept, its words are not."""
        self._comment(ref, at, side, author, text, public=public, ours=False)

    def post(self, ref: TicketRef, at: datetime, text: str, *, public: bool) -> None:
        """Escalade itself writes a comment."""
        self._comment(ref, at, Side.SYSTEM, "escalade", text, public=public, ours=True)

    def _comment(
        self, ref: TicketRef, at: datetime, side: Side, author: str | None, text: str, *, public: bool, ours: bool
    ) -> None:
        comments = self.tickets[ref].comments
        said = Comment(
            id=f"{ref.id}-{len(comments) + 1}",
            at=at,
            side=side,
            public=public,
            author=author,
            ours=ours,
            form=form_of(text),
            commands=self.hearing.commands(text, side, inside=not public, ours=ours),
        )
        self.write(ref, at, comments=(*comments, said))

    def link(self, ref: TicketRef, to: TicketRef, at: datetime) -> None:
        """Tie two tickets, seen from both of them."""
        for one, other in ((ref, to), (to, ref)):
            links = self.tickets[one].links
            if all(link.to != other for link in links):
                tie = Link(to=other, kind=LinkKind.TRACKED_BY, key=self.tickets[other].key)
                self.write(one, at, links=(*links, tie))

    def merge(self, ref: TicketRef, into: TicketRef, at: datetime) -> None:
        """Close a ticket in favour of another one, which is told so."""
        self.write(ref, at, status=StatusCategory.CLOSED, status_name="closed")
        text = f"{self.tickets[ref].key} was merged into this ticket."
        self.say(into, at, Side.AGENT, "agent", text, public=False)

    def work(self, ref: TicketRef, title: str, at: datetime, **values: Any) -> bool:
        """Change the first piece of work below a ticket whose title has these words; whether there is one."""
        children = self.tickets[ref].children
        number = next((index for index, child in enumerate(children) if title in child.title), None)
        if number is None:
            return False
        changed = replace(children[number], **values)
        self.write(ref, at, children=(*children[:number], changed, *children[number + 1 :]))
        return True

    def put_below(
        self, ref: TicketRef, at: datetime, title: str, assignee: str | None, due_on: date | None
    ) -> TicketRef:
        """Create a piece of work below a ticket."""
        ticket = self.tickets[ref]
        made = TicketRef(ref.helpdesk, f"{ref.id}-work-{len(ticket.children) + 1}")
        child = Child(ref=made, key=made.id, title=title, status=StatusCategory.NEW, assignee=assignee, due_on=due_on)
        self.write(ref, at, children=(*ticket.children, child), children_complete=True)
        return made
