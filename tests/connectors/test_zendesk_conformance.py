"""The Zendesk connector keeps the connector contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

import connectors.zendesk
from connectors.base import Connector, Helpdesk
from connectors.conformance import ConnectorConformance
from connectors.zendesk import open_helpdesk
from rules.change import AddTags, Assign, AssignPerson, Change, PostComment, SetPriority, Transition
from rules.ticket import Priority, Ticket, TicketRef

WHY = {"because": "the account waits", "rule": "tier-2"}


class TestZendeskConformance(ConnectorConformance):
    """Inherits every test of the contract."""

    @pytest.fixture
    def connector(self) -> Connector:
        found: Any = connectors.zendesk
        return found

    @pytest.fixture
    def helpdesk(self, zendesk: Helpdesk) -> Helpdesk:
        return zendesk

    @pytest.fixture
    def stranger(self, zendesk_desk: Any, fixed_secrets: Any) -> Helpdesk:
        block = {"url": zendesk_desk.emulator.url, "auth": {"email": "nobody@example.com", "token_env": "TOKEN"}}
        return open_helpdesk("zendesk", block, fixed_secrets(TOKEN="wrong"))

    @pytest.fixture
    def now(self, zendesk_desk: Any) -> datetime:
        found: datetime = zendesk_desk.now()
        return found

    @pytest.fixture
    def ticket(self, zendesk_desk: Any) -> TicketRef:
        zendesk_desk.ticket("another one")
        found: TicketRef = zendesk_desk.ref(zendesk_desk.ticket())
        return found

    @pytest.fixture
    def missing(self) -> TicketRef:
        return TicketRef("zendesk", "987654")

    @pytest.fixture
    def changes(self, zendesk_desk: Any) -> Callable[[Ticket], Sequence[Change]]:
        return lambda ticket: [
            AddTags(on=ticket.ref, tags=("esc_t2",), **WHY),
            SetPriority(on=ticket.ref, priority=Priority.URGENT, was=ticket.priority, **WHY),
            Assign(on=ticket.ref, group="Tier 2", was=ticket.group, **WHY),
            AssignPerson(on=ticket.ref, person=str(zendesk_desk.agent.id), was=ticket.assignee, **WHY),
            Transition(on=ticket.ref, status="pending", was=ticket.status_name, was_category=ticket.status, **WHY),
            PostComment(on=ticket.ref, key="raised", body="Raised.", **WHY),
            PostComment(on=ticket.ref, key="told", body="We are on it.", public=True, **WHY),
        ]

    @pytest.fixture
    def edited(self, zendesk_desk: Any) -> Callable[[TicketRef], None]:
        def edit(ref: TicketRef) -> None:
            zendesk_desk.world.clock.advance(5)
            ticket = zendesk_desk.account.tickets[int(ref.id)]
            zendesk_desk.someone_acts(ticket, user=zendesk_desk.agent.id, change={"subject": "Edited"})

        return edit
