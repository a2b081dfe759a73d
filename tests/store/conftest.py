"""A tiny support desk to fill the store with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.base import CommentSeen, LinkSeen, Page
from escalade.store.sql import SqlStore
from rules.ticket import (
    Account,
    AccountRef,
    Comment,
    Link,
    LinkKind,
    Priority,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
    Timeline,
)


class Desk:
    """Makes values of the helpdesk `zendesk`; tickets are of account 7 unless told otherwise."""

    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def at(self, minutes: float) -> datetime:
        return self.start + timedelta(minutes=minutes)

    def ref(self, number: int | str) -> TicketRef:
        return TicketRef("zendesk", str(number))

    def account_ref(self, number: int | str) -> AccountRef:
        return AccountRef("zendesk", str(number))

    def account(self, number: int, **changes: Any) -> Account:
        return Account(**{"ref": self.account_ref(number), "name": f"Account {number}"} | changes)

    def ticket(self, number: int, **changes: Any) -> Ticket:
        plain = {
            "ref": self.ref(number),
            "key": str(number),
            "url": f"https://desk.example/agent/tickets/{number}",
            "subject": f"Printer {number} is on fire",
            "status": StatusCategory.OPEN,
            "status_name": "open",
            "priority": Priority.NORMAL,
            "created_at": self.at(-600),
            "updated_at": self.at(0),
            "version": "v1",
            "account": self.account_ref(7),
            "tags": frozenset({"printer", "fire", "smoke"}),
            "fields": {"impact": "high", "seats": 40, "share": 0.25, "vip": True, "note": None},
        }
        return Ticket(**plain | changes)

    def comment(self, number: int, **changes: Any) -> Comment:
        plain = {"id": str(number), "at": self.at(number), "side": Side.REQUESTER, "public": True, "author": "u1"}
        return Comment(**plain | changes)

    def said(self, ticket: int, number: int, **changes: Any) -> CommentSeen:
        return CommentSeen(on=self.ref(ticket), comment=self.comment(number, **changes))

    def link(self, to: str = "jira:10001", kind: LinkKind = LinkKind.TRACKED_BY, key: str | None = "OPS-1") -> Link:
        return Link(to=TicketRef.parse(to), kind=kind, key=key)

    def tied(self, ticket: int, **changes: Any) -> LinkSeen:
        return LinkSeen(on=self.ref(ticket), link=self.link(**changes))

    def shown(self, store: SqlStore, number: int) -> Ticket:
        """The known ticket as the helpdesk showed it: without the past, which the store adds."""
        return replace(store.load([self.ref(number)])[self.ref(number)].ticket, timeline=Timeline())

    def page(self, *tickets: Ticket, checkpoint: str = "c1", stream: str = "tickets", **parts: Any) -> Page:
        return Page(stream=stream, checkpoint=checkpoint, tickets=tickets, **parts)


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk()
