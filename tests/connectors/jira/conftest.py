"""A Jira Cloud site and a Jira Data Center with the same tickets, and the connector opened on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.jira.helpdesk import JiraHelpdesk
from connectors.jira.settings import read_settings
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from rules.ticket import Ticket, TicketRef

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FixedSecrets:
    """The emulator's well-known credential, whatever is asked for."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        return "jira-token"


@dataclass(kw_only=True)
class Site:
    """One emulated site with the connector on it."""

    world: World
    #: The emulator's own state of this site.
    state: Any
    url: str
    open: Callable[..., JiraHelpdesk]
    jira: JiraHelpdesk
    slept: list[float]

    @property
    def cloud(self) -> bool:
        return self.state is self.world.jira

    def tickets(self, checkpoint: str | None = None, helpdesk: JiraHelpdesk | None = None) -> list[Ticket]:
        pages = (helpdesk or self.jira).source.poll("issues", checkpoint, self.world.clock.now())
        return [ticket for page in pages for ticket in page.tickets]

    def last_checkpoint(self, checkpoint: str | None = None) -> str:
        *_, last = self.jira.source.poll("issues", checkpoint, self.world.clock.now())
        return last.checkpoint

    def ref(self, issue: Any) -> TicketRef:
        return TicketRef("jira", str(issue.id))

    def read(self, issue: Any) -> Ticket:
        ticket = self.jira.source.read([self.ref(issue)])[self.ref(issue)]
        assert ticket is not None
        return ticket

    def writes(self) -> int:
        return self.world.calls.writes


def _site(world: World, emulator: RunningEmulator, deployment: str) -> Site:
    cloud = deployment == "cloud"
    url = emulator.url if cloud else f"{emulator.url}/dc"
    slept: list[float] = []

    def open_(name: str = "jira", **options: Any) -> JiraHelpdesk:
        auth = {"email": "escalade@example.com", "token_env": "T"} if cloud else {"pat_env": "T"}
        base = {"url": url, "auth": auth, "projects": ["OPS"], "group": {"field": "Team"}, "budget": {"share": 1}}
        fields = {"fields": {"impact": "Impact"}}
        return JiraHelpdesk(
            name,
            read_settings({**base, **fields, **options}),
            FixedSecrets(),
            clock=world.clock.timestamp,
            # Waiting takes no time: it moves the clock that budgets are counted by.
            ticks=lambda: sum(slept),
            sleep=slept.append,
        )

    state = world.jira if cloud else world.jira_dc
    return Site(world=world, state=state, url=url, open=open_, jira=open_(), slept=slept)


@pytest.fixture
def world() -> World:
    world = World.empty(START)
    for state in (world.jira, world.jira_dc):
        state.add_field("Team", "option", options=["Tier 2", "Tier 3"])
        state.add_field("Impact", "string")
        state.add_project("OPS", "Operations")
    return world


@pytest.fixture
def emulator(world: World) -> Iterator[RunningEmulator]:
    with RunningEmulator(world) as running:
        yield running


@pytest.fixture(params=["cloud", "data_center"])
def site(request: pytest.FixtureRequest, world: World, emulator: RunningEmulator) -> Iterator[Site]:
    """Each test runs once against Cloud and once against Data Center."""
    found = _site(world, emulator, request.param)
    yield found
    found.jira.close()


@pytest.fixture
def cloud(world: World, emulator: RunningEmulator) -> Iterator[Site]:
    found = _site(world, emulator, "cloud")
    yield found
    found.jira.close()


@pytest.fixture
def data_center(world: World, emulator: RunningEmulator) -> Iterator[Site]:
    found = _site(world, emulator, "data_center")
    yield found
    found.jira.close()
