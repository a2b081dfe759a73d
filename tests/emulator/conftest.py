"""A small Zendesk account in a running emulator, and a client that speaks to it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.model import Field, Group, Organization, Ticket, User
from escalade.emulator.zendesk.state import API_TOKEN, BOT_EMAIL, ZendeskAccount

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)


@dataclass
class Api:
    """A plain HTTP client with somebody's credentials."""

    url: str
    session: requests.Session

    def __call__(self, method: str, path: str, body: Any = None, **kwargs: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=10, **kwargs)

    def ok(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Any:
        answer = self(method, path, body, **kwargs)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def update(self, ticket: Ticket, **change: Any) -> requests.Response:
        return self("PUT", f"/api/v2/tickets/{ticket.id}.json", {"ticket": change})


@dataclass
class Account:
    """Who and what is in the small account."""

    state: ZendeskAccount
    acme: Organization
    requester: User
    agent: User
    expert: User
    tier1: Group
    tier2: Group
    impact: Field
    note: Field
    ticket: Ticket


@pytest.fixture
def world() -> World:
    return World.empty(NOW)


@pytest.fixture
def running(world: World) -> Iterator[RunningEmulator]:
    with RunningEmulator(world) as emulator:
        yield emulator


@pytest.fixture
def account(world: World) -> Account:
    """One company, one requester, an agent in each of two groups, one open ticket of two days ago."""
    state = world.zendesk
    acme = state.add_organization(name="Acme", fields={"tier": "enterprise"}, external_id="crm-1")
    requester = state.add_user(name="Rosa Requester", email="rosa@acme.example", organization_id=acme.id)
    agent = state.add_user(name="Anna Agent", email="anna@desk.example", role="agent")
    expert = state.add_user(name="Egon Expert", email="egon@desk.example", role="agent")
    tier1 = state.add_group(name="Tier 1 Support", members=[agent.id])
    tier2 = state.add_group(name="Tier 2 Specialists", members=[expert.id])
    levels = [("Low", "low"), ("High", "high")]
    impact = state.add_field(title="impact", kind="tagger", options=levels)
    ticket = state.add_ticket(
        subject="Nothing works",
        requester_id=requester.id,
        created_at=NOW - timedelta(days=2),
        comments=[(agent.id, "Which one of your machines?", True, NOW - timedelta(days=1))],
        history=[(NOW - timedelta(hours=47), agent.id, "assignee_id", agent.id)],
        group_id=tier1.id,
        status="open",
        priority="normal",
        tags=["printer"],
    )
    note = state.add_field(title="escalation_tier", kind="text")
    return Account(
        state=state,
        acme=acme,
        requester=requester,
        agent=agent,
        expert=expert,
        tier1=tier1,
        tier2=tier2,
        impact=impact,
        note=note,
        ticket=ticket,
    )


@pytest.fixture
def api(running: RunningEmulator) -> Iterator[Api]:
    """The bot's client: an admin with an API token."""
    with requests.Session() as session:
        session.auth = (f"{BOT_EMAIL}/token", API_TOKEN)
        yield Api(running.url, session)
