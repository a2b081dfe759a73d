"""From a change in a helpdesk to a due visit: the emulated helpdesks send their own signed webhooks to the receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from escalade.emulator.jira.model import Webhook
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.hooks import ACCOUNT_ID, add_webhook
from escalade.store.sql import open_store
from rules.ticket import TicketRef

SETTINGS = """\
version: 1
helpdesks:
  zendesk: {{vendor: zendesk, url: "{url}", auth: {{email: e@example.com, token_env: ANY}}}}
  jira: {{vendor: jira, url: "{url}", auth: {{email: e@example.com, token_env: ANY}}, projects: [OPS]}}
webhooks:
  zendesk: {{secret_env: ZENDESK, account: {account}}}
  jira: {{secret_env: JIRA}}
"""


@dataclass
class Desk:
    world: World
    url: str
    hooks: Any
    ticket: int
    issue: Any

    def subscribe(self, secret: str) -> None:
        add_webhook(self.world.zendesk, {"endpoint": f"{self.hooks.url}/hooks/zendesk", "secret": secret})

    def change(self, **fields: Any) -> None:
        """Somebody changes the ticket in Zendesk."""
        path = f"{self.url}/api/v2/tickets/{self.ticket}.json"
        who = ("escalation.bot@example.com/token", "emulator-api-token")
        requests.put(path, json={"ticket": fields}, auth=who, timeout=10).raise_for_status()

    def comment(self, text: str) -> None:
        """Somebody comments on the issue in Jira."""
        path = f"{self.url}/rest/api/2/issue/{self.issue.key}/comment"
        who = ("escalade@example.com", "jira-token")
        requests.post(path, json={"body": text}, auth=who, timeout=10).raise_for_status()

    def deliver(self, **how: Any) -> list[Any]:
        self.hooks.clock.set(self.world.clock.now())
        return list(requests.post(f"{self.url}/_emulator/deliver", json=how, timeout=60).json()["deliveries"])


@pytest.fixture
def desk(serving: Callable[..., Any], wire: Any, tmp_path: Path) -> Iterator[Desk]:
    world = World.empty(wire.NOW)
    customer = world.zendesk.add_user(name="Cora", email="cora@acme.example")
    ticket = world.zendesk.add_ticket(subject="Nothing works", requester_id=customer.id)
    world.jira.add_project("OPS", "Operations")
    engineer = world.jira.add_user("Enno", email="enno@desk.example")
    issue = world.jira.add_issue("OPS", "The pump is broken", reporter=engineer)
    with (
        RunningEmulator(world) as emulator,
        open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as store,
        serving(store, settings=SETTINGS.format(url=emulator.url, account=ACCOUNT_ID)) as hooks,
    ):
        made = Desk(world, emulator.url, hooks, ticket.id, issue)
        made.subscribe(wire.secrets["ZENDESK"])
        events = ("jira:issue_updated", "comment_created")
        world.jira.webhooks[1] = Webhook(
            id=1, name="Escalade", url=f"{hooks.url}/hooks/jira", events=events, secret=wire.secrets["JIRA"]
        )
        yield made


def test_a_change_in_zendesk_makes_the_ticket_due(desk: Desk) -> None:
    desk.change(priority="urgent", tags=["esc"])
    assert [one["outcome"] for one in desk.deliver()] == ["delivered", "delivered"]
    assert desk.hooks.due() == [TicketRef("zendesk", str(desk.ticket))]


def test_a_comment_in_jira_makes_the_issue_due(desk: Desk) -> None:
    desk.comment("Still broken")
    assert {one["outcome"] for one in desk.deliver()} == {"delivered"}
    assert desk.hooks.due() == [TicketRef("jira", str(desk.issue.id))]


def test_doubled_shuffled_and_lost_webhooks_still_make_the_ticket_due_once(desk: Desk) -> None:
    for number in range(6):
        desk.change(tags=[f"t{number}"])
    sent = desk.deliver(lost=1, duplicate=3, shuffle_seed=4)
    assert [one["outcome"] for one in sent] == ["lost", *["delivered"] * 5]
    assert desk.hooks.due() == [TicketRef("zendesk", str(desk.ticket))]
    answers = desk.hooks.tally.answers()
    assert (answers["zendesk", "accepted"], answers["zendesk", "repeated"]) == (5, 3)


def test_a_webhook_with_another_secret_makes_nothing_due(desk: Desk) -> None:
    desk.world.zendesk.webhooks.clear()
    desk.subscribe("guessed")
    desk.change(priority="urgent")
    assert [one["statuses"] for one in desk.deliver()] == [[401]]
    assert desk.hooks.due() == []
