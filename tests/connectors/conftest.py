"""A running emulator with a small support desk, and helpdesks opened on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Helpdesk, SettingsError
from connectors.zendesk import open_helpdesk
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.emulator.zendesk.state import OAUTH_CLIENT
from rules.ticket import Ticket, TicketRef

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FixedSecrets:
    """Secrets by variable name."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def get(self, env: str, *, file: Path | None = None) -> str:
        if env not in self._values:
            raise SettingsError([("", f"the environment variable {env} is not set: put the secret into it")])
        return self._values[env]


@pytest.fixture
def fixed_secrets() -> type[FixedSecrets]:
    """Makes secrets from keyword arguments."""
    return FixedSecrets


@dataclass
class ZendeskDesk:
    """An emulated account: one company, one agent, two groups, and helpdesks opened on it."""

    emulator: RunningEmulator
    opened: list[Helpdesk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = self.emulator.world
        self.account = self.world.zendesk
        account = self.account
        self.company = account.add_organization(name="Acme", fields={"plan": "gold", "seats": 12}, tags=["vip"])
        self.customer = account.add_user(name="Cora", email="cora@acme.example", organization_id=self.company.id)
        self.agent = account.add_user(name="Ada", email="ada@desk.example", role="agent")
        self.tier2 = account.add_group(name="Tier 2", members=[self.agent.id])
        self.severity = account.add_field(
            title="Severity", kind="tagger", options=[("Minor", "sev_minor"), ("Major", "sev_major")]
        )
        self.minutes = account.add_field(title="Minutes down", kind="integer")

    def ticket(self, subject: str = "Nothing works", **seed: Any) -> Any:
        """Add a ticket that is a day old."""
        seed.setdefault("created_at", START - timedelta(days=1))
        return self.account.add_ticket(subject=subject, requester_id=self.customer.id, **seed)

    def open(self, **options: Any) -> Helpdesk:
        """Open the account as the helpdesk `zendesk`, with limits out of the way."""
        block: dict[str, Any] = {
            "url": self.emulator.url,
            "auth": {"client_id_env": "CLIENT_ID", "client_secret_env": "CLIENT_SECRET"},
            "fields": {"severity": "Severity", "minutes_down": self.minutes.id},
            "tracker": "jira",
            "exports_per_minute": 10_000,
            "updates_per_minute": 10_000,
            "budget": {"share": 1},
            **options,
        }
        client, secret = OAUTH_CLIENT
        helpdesk = open_helpdesk("zendesk", block, FixedSecrets(CLIENT_ID=client, CLIENT_SECRET=secret))
        self.opened.append(helpdesk)
        return helpdesk

    def now(self) -> datetime:
        return self.world.clock.now()

    def someone_acts(self, ticket: Any, **what: Any) -> None:
        """Let a person, or Zendesk itself, act on a ticket."""
        with self.world.lock:
            answer = act(self.world, {"ticket": ticket.id, **what})
        assert answer.status == 200, answer.body

    def ref(self, ticket: Any) -> TicketRef:
        return TicketRef("zendesk", str(ticket.id))

    def read(self, helpdesk: Helpdesk, ticket: Any) -> Ticket:
        found = helpdesk.source.read([self.ref(ticket)])[self.ref(ticket)]
        assert found is not None
        return found

    def fault(self, kind: str, *, method: str | None = None, path: str | None = None, **more: Any) -> None:
        match = {"method": method, "path_regex": path, "times": more.pop("times", 1), "nth": more.pop("nth", 1)}
        self.world.faults.add(kind, match, **more)

    def count(self, call: str) -> int:
        """How often the account was asked, by its own count."""
        return self.world.calls.counts().get(call, 0)


@pytest.fixture
def zendesk_desk() -> Iterator[ZendeskDesk]:
    """A running account."""
    with RunningEmulator(World.empty(START)) as emulator:
        desk = ZendeskDesk(emulator)
        yield desk
        for helpdesk in desk.opened:
            helpdesk.close()


@pytest.fixture
def zendesk(zendesk_desk: ZendeskDesk) -> Helpdesk:
    """A helpdesk opened on the running account."""
    return zendesk_desk.open()


@pytest.fixture
def made(zendesk_desk: Any) -> Any:
    """A ticket of the account."""
    return zendesk_desk.ticket(tags=["printer"], priority="normal")


@pytest.fixture
def ref(zendesk_desk: Any, made: Any) -> Any:
    """How rules name it."""
    return zendesk_desk.ref(made)


@pytest.fixture
def write(zendesk_desk: Any, zendesk: Any, made: Any) -> Any:
    """Batches changes of the ticket as it is now; asserts that they need one request."""

    def batch(*changes: Any) -> Any:
        [only] = zendesk.sink.batch(zendesk_desk.read(zendesk, made), changes)
        return only

    return batch


@pytest.fixture
def collected() -> Callable[..., list[Any]]:
    """Polls a stream to its end."""

    def collect(helpdesk: Helpdesk, stream: str, now: datetime, checkpoint: str | None = None) -> list[Any]:
        return list(helpdesk.source.poll(stream, checkpoint, now))

    return collect
