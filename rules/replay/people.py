"""People: what they did, as a history tells it, done to the tickets of a replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from rules.forms import form_of
from rules.histories.event import EventKind, Fields, PastEvent
from rules.ledger import Ledger, Owned
from rules.replay.attention import Attention, Notice
from rules.replay.world import World
from rules.ticket import (
    AccountRef,
    Comment,
    Link,
    LinkKind,
    Priority,
    Scalar,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

#: Parts that are taken over as they are told.
_PLAIN = ("subject", "requester", "type", "product", "group", "assignee")


@dataclass(slots=True)
class People:
    """Does what people did. Their values are what lies below ours, as nobody in the past has seen ours.

    A priority that people set below a raise of ours becomes the one to go back to; one above it counts. Tags of ours
    stay on beside theirs. A group, an assignee or a status that people chose after ours is theirs, as in reality.
    """

    world: World
    #: Tickets whose first event is no creation: what they were like is not known, so they are left out.
    unknown: int = 0
    _unknown: set[TicketRef] = field(default_factory=set)

    def do(self, ref: TicketRef, event: PastEvent, attention: Attention) -> Notice:
        """Do one thing to a ticket; what can be noticed of it.

        Raises:
            ValueError: the event names a ticket that this one is linked to in a way that cannot be read.
        """
        before = self.world.find(ref)
        if before is None and event.kind is not EventKind.CREATED:
            if ref not in self._unknown:
                self._unknown.add(ref)
                self.unknown += 1
            return Notice.NOTHING
        if before is None:
            self._create(ref, event)
            return Notice.CHANGE
        if event.kind is EventKind.COMMENT:
            self._say(ref, event)
        else:
            self._change(ref, event)
        return attention.noticed(before, self.world.tickets[ref], self.world.ledgers[ref])

    def _create(self, ref: TicketRef, event: PastEvent) -> None:
        fields = event.fields
        status = StatusCategory.NEW if fields.status is UNSET else fields.status
        blank = Ticket(
            ref=ref,
            key=ref.id,
            url="",
            subject="",
            status=status,
            status_name=status.value,
            priority=None,
            created_at=event.born or event.at,
            updated_at=event.at,
            version="1",
            comments_complete=True,
            children_complete=True,
        )
        values = _plain(fields, ref) | _weighty(fields, blank, Ledger(ref=ref))
        self.world.begin(replace(blank, **values), event.at)

    def _change(self, ref: TicketRef, event: PastEvent) -> None:
        ticket, ledger, fields = self.world.tickets[ref], self.world.ledgers[ref], event.fields
        values = _plain(fields, ref) | _weighty(fields, ticket, ledger)
        if fields.priority is not UNSET and (below := _below(ledger, ticket, fields.priority)) is not None:
            self.world.ledgers[ref] = below
            del values["priority"]
        self.world.write(ref, event.at, **values)

    def _say(self, ref: TicketRef, event: PastEvent) -> None:
        comments = self.world.tickets[ref].comments
        side = Side.SYSTEM if event.author is None else event.author.role
        said = Comment(
            id=f"{ref.id}-{len(comments) + 1}",
            at=event.at,
            side=side,
            public=event.public is not False,
            author=None if event.author is None else event.author.id,
            form=form_of(event.body) if event.body else None,
            commands=self.world.hearing.commands(event.body, side, inside=event.public is False, ours=False),
        )
        self.world.write(ref, event.at, comments=(*comments, said))


def _plain(fields: Fields, ref: TicketRef) -> dict[str, Any]:
    """The values that are what they are told."""
    values = {name: value for name in _PLAIN if (value := getattr(fields, name)) is not UNSET}
    if fields.account is not UNSET:
        values["account"] = None if fields.account is None else AccountRef(ref.helpdesk, fields.account)
    if fields.status is not UNSET:
        values |= {"status": fields.status, "status_name": fields.status.value}
    if fields.priority is not UNSET:
        values["priority"] = fields.priority
    if fields.links is not UNSET:
        ends = (TicketRef.parse(end) for end in fields.links)
        values["links"] = tuple(Link(to=end, kind=LinkKind.TRACKED_BY, key=end.id) for end in ends)
    return values


def _weighty(fields: Fields, ticket: Ticket, ledger: Ledger) -> dict[str, Any]:
    """The values that are told as a whole, with what is ours among them."""
    values: dict[str, Any] = {}
    if fields.tags is not UNSET:
        values["tags"] = frozenset(fields.tags) | (ledger.tags & ticket.tags)
    if fields.custom is not UNSET:
        custom: dict[str, Scalar] = {name: value for name, value in fields.custom.items() if value is not None}
        for name, owned in ledger.fields.items():
            if ticket.fields.get(name) == owned.ours and custom.get(name) == owned.before:
                custom[name] = owned.ours
        values["fields"] = custom
    return values


def _below(ledger: Ledger, ticket: Ticket, told: Priority | None) -> Ledger | None:
    """The ledger with the priority that people set below ours; None when theirs counts."""
    owned = ledger.priority
    if owned is None or ticket.priority is None or owned.ours != ticket.priority:
        return None
    if told is not None and told.rank > ticket.priority.rank:
        return None
    return replace(ledger, priority=Owned(ours=owned.ours, before=told))
