"""A Zendesk and a Jira with people in them, Escalade's settings for both, and processes that die without fuss."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
import requests

SECRETS = {
    "ZENDESK_TOKEN": "emulator-api-token",
    "JIRA_TOKEN": "jira-token",
    "HOOK_SECRET": "a-secret-of-the-webhook",
}

SETTINGS = """\
version: 1
store: {store}
policy: .
backlog: write
poll_every: 10
settle_after: 2
workers: {workers}
service: {{port: {port}, admin_port: {admin_port}}}
webhooks:
  zendesk: {{secret_env: HOOK_SECRET}}
  jira: {{secret_env: HOOK_SECRET}}
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {{email: escalation.bot@example.com, token_env: ZENDESK_TOKEN}}
    tracker: jira
    budget: {{share: 100%}}
    exports_per_minute: 10000
    updates_per_minute: 100000
  jira:
    vendor: jira
    url: {url}
    auth: {{email: escalade@example.com, token_env: JIRA_TOKEN}}
    projects: [OPS, SUP, ESC]
"""

#: Something of everything that writes: tags, notes, a time-out, a linked issue with work below it, a notice, answers
#: to what people say, and the record of an account with its kept note.
POLICY = """\
version: 1
default_calendar: always
brakes: {{max_tickets: 100000, max_share: 1, max_comments_per_hour: 100, max_public_comments_per_day: 20}}
tiers:
  - {{id: heard, name: Heard, tag: esc_heard, note: entered}}
  - {{id: first, name: First, tag: esc_first, note: entered, timeout: 6s}}
  - {{id: second, name: Second, tag: esc_second, note: entered}}
  - id: repaired
    name: Repaired
    tag: esc_repaired
    note: entered
    remediation:
      tracker: jira
      open: {{project: OPS, type: Task, subject: "Escalated: {{{{ ticket.subject }}}}", body: entered}}
      tasks:
        - {{key: contain, title: Contain it, body: entered}}
        - {{key: cause, title: Find the cause, body: entered}}
paths:
  - {{id: voices, name: Voices, tiers: [heard]}}
  - {{id: waiting, name: Waiting, tiers: [first, second]}}
  - {{id: repairs, name: Repairs, kind: functional, reach: external, tiers: [repaired]}}
channels: {{room: {{url_env: ROOM_URL}}}}
directory:
  teams:
    support:
      members:
        - {{id: enno, name: Enno, level: 3, accounts: {{jira: "{enno}"}}}}
        - {{id: ada, name: Ada, level: 3, accounts: {{zendesk: "{ada}"}}}}
  roles: {{manager: {{members: [enno, ada]}}}}
commands: {{allow: {{accept: [manager], declare: [manager]}}}}
escalation: {{accept: heard, tags: {{requested: esc_requested}}}}
rules:
  - {{id: complaint, description: A complaint, when: {{tags: {{contains: complaint}}}}, escalate_to: heard}}
  - {{id: waiting, description: Nobody answers, when: {{tags: {{contains: waiting}}}}, escalate_to: first}}
  - {{id: outage, description: Production is down, when: {{tags: {{contains: outage}}}}, escalate_to: repaired}}
  - {{id: question, description: Somebody asks, when: {{tags: {{contains: question}}}}, tags: [asked]}}
  - id: told
    description: The room hears of it
    when: {{tags: {{contains: announce}}}}
    tags: [announced]
    notify: [{{channel: room, template: entered}}]
account_escalations:
  record: {{helpdesk: jira, project: ESC, type: Task, done: Done, subject: "{{{{ account.name }}}} is in danger"}}
  propose: []
  declare: {{roles: [manager], colour: red}}
  tags: {{red: acct_red}}
  owner: {{role: manager}}
templates:
  entered: "Because: {{{{ reason }}}} ({{{{ ticket.subject }}}})"
"""


@dataclass(frozen=True)
class Awaited:
    """What has to become visible on a ticket."""

    about: str
    holds: Callable[[], bool]
    #: Only due so long after the edit (seconds).
    after: float = 0.0


Story = Callable[[Any, str], Iterator[Awaited]]


def complaint(town: Any, name: str) -> Iterator[Awaited]:
    ticket = town.ticket(name)
    town.act(ticket, tags=["complaint"])
    yield Awaited(f"zendesk:{ticket}", lambda: "esc_heard" in town.tags(ticket) and bool(town.notes(ticket)))


def question(town: Any, name: str) -> Iterator[Awaited]:
    """Asked, answered, and said once more by somebody else."""
    ticket = town.ticket(name)
    town.act(ticket, tags=["question"])
    yield Awaited(f"zendesk:{ticket}", lambda: "asked" in town.tags(ticket))
    town.act(ticket, tags=sorted(town.tags(ticket) - {"question"}))
    yield Awaited(f"zendesk:{ticket}", lambda: "asked" not in town.tags(ticket))
    town.act(ticket, comment={"body": "Thank you.", "public": True})


def waiting(town: Any, name: str) -> Iterator[Awaited]:
    """Nobody does anything: time does."""
    ticket = town.ticket(name)
    town.act(ticket, tags=["waiting"])
    yield Awaited(f"zendesk:{ticket}", lambda: bool({"esc_first", "esc_second"} & town.tags(ticket)))
    yield Awaited(f"zendesk:{ticket}", lambda: "esc_second" in town.tags(ticket) and bool(town.notes(ticket)), 6.0)


def outage(town: Any, name: str) -> Iterator[Awaited]:
    ticket = town.ticket(name)
    town.act(ticket, tags=["outage"])

    def is_repaired() -> bool:
        opened = town.issues(f"Escalated: {name}")
        return bool(opened and len(opened[0].subtasks) >= 2 and opened[0].remote_links and town.links(ticket))

    yield Awaited(f"zendesk:{ticket}", is_repaired)


def announced(town: Any, name: str) -> Iterator[Awaited]:
    ticket = town.ticket(name)
    town.act(ticket, tags=["announce"])
    yield Awaited(f"zendesk:{ticket}", lambda: "announced" in town.tags(ticket))


def asked_for(town: Any, name: str) -> Iterator[Awaited]:
    """Somebody asks for an escalation, somebody accepts it: commands in comments, each answered once."""
    ticket = town.ticket(name)
    town.act(ticket, comment={"body": "#escalate The export stops", "public": False})
    yield Awaited(f"zendesk:{ticket}", lambda: "esc_requested" in town.tags(ticket))
    town.act(ticket, comment={"body": "#accept", "public": False})
    yield Awaited(f"zendesk:{ticket}", lambda: {"esc_heard"} == town.tags(ticket))


def request(town: Any, name: str) -> Iterator[Awaited]:
    key = town.request(name)
    town.act_in_jira(key, labels=["complaint"])
    yield Awaited(key, lambda: "esc_heard" in town.issue(key).fields["labels"] and bool(town.said_in_jira(key)))


def account(town: Any, name: str) -> Iterator[Awaited]:
    """An account is escalated: its record is opened, declared, and its note kept."""
    ticket = town.ticket(name, town.company(name))
    town.act(ticket, comment={"body": "#escalate account The board is upset", "public": False})
    yield Awaited(f"zendesk:{ticket}", lambda: bool(town.records(name)))
    key = town.records(name)[0].key
    town.act_in_jira(key, comment={"body": "#declare It burns", "public": False})
    yield Awaited(key, lambda: "acct_red" in town.tags(ticket))
    town.act_in_jira(key, comment={"body": "#concern Nothing moves", "public": False})


STORIES: dict[str, tuple[int, Story]] = {
    "complaint": (4, complaint),
    "question": (4, question),
    "waiting": (3, waiting),
    "outage": (2, outage),
    "announced": (2, announced),
    "asked_for": (3, asked_for),
    "request": (3, request),
    "account": (1, account),
}


def worded(text: str) -> str:
    """The first line of what was said, without what differs from ticket to ticket."""
    return re.sub(r"\S*\d\S*", "#", text.splitlines()[0])


def parts(said: list[str]) -> list[str]:
    """The first line of each paragraph: answers to several commands that were found together share a comment."""
    return sorted(worded(part) for text in said for part in text.split("\n\n") if part.strip())


@dataclass
class Town:
    """What people do in both helpdesks, and what they see there."""

    shop: Any
    store: str
    brood: Any
    #: What people come with: how often, and the story of it.
    stories: ClassVar[dict[str, tuple[int, Story]]] = STORIES
    #: Companies by name.
    companies: dict[str, int] = field(default_factory=dict)
    _by_subject: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    _known: int = 0

    def __post_init__(self) -> None:
        shop = self.shop
        self.world, self.zendesk, self.jira = shop.world, shop.world.zendesk, shop.world.jira
        for key, name, desk in (
            ("OPS", "Operations", False),
            ("SUP", "Service desk", True),
            ("ESC", "Accounts", False),
        ):
            self.jira.add_project(key, name, service_desk=desk)
        self.enno = self.jira.add_user("Enno", email="enno@desk.example")
        self.cora = self.jira.add_user("Cora", email="cora@acme.example")
        settings = SETTINGS.format(
            store=self.store,
            url=shop.emulator.url,
            port=shop.port,
            admin_port=shop.admin_port,
            workers=shop.workers,
        )
        (shop.directory / "escalade.yaml").write_text(settings, encoding="utf-8")
        shop.write_policy(text=POLICY.format(enno=self.enno.account_id, ada=shop.agent.id))
        self._send_webhooks()

    def _send_webhooks(self) -> None:
        """Both helpdesks queue a delivery for every event; whoever plays the network sends them."""
        self.shop.send_webhooks()
        events = ["jira:issue_created", "jira:issue_updated", "comment_created", "comment_updated"]
        hook = {"vendor": "jira", "url": f"http://127.0.0.1:{self.shop.port}/hooks/jira", "events": events}
        self.shop.control("POST", "/webhooks", {**hook, "secret": SECRETS["HOOK_SECRET"]})
        self.shop.control("POST", "/webhooks", {"auto_deliver": False})

    # What people do

    def ticket(self, name: str, company: int | None = None) -> int:
        """A ticket that came in yesterday, from somebody of that company."""
        with self.world.lock:
            customer = self.shop.customer.id
            if company is not None:
                customer = self.zendesk.add_user(
                    name=f"Cora of {name}", email=f"cora@{company}.example", organization_id=company
                ).id
            made = self.zendesk.add_ticket(
                subject=name,
                requester_id=customer,
                created_at=self.world.clock.now() - timedelta(days=1),
                priority="normal",
                status="open",
            )
        return int(made.id)

    def company(self, name: str) -> int:
        with self.world.lock:
            self.companies[name] = int(self.zendesk.add_organization(name=name).id)
        return self.companies[name]

    def request(self, name: str) -> str:
        """A request in the service desk of Jira."""
        with self.world.lock:
            return str(self.jira.add_issue("SUP", name, reporter=self.cora).key)

    def act(self, ticket: int, **change: Any) -> None:
        """Ada edits a ticket of Zendesk."""
        self.shop.control("POST", "/act", {"ticket": ticket, "user": self.shop.agent.id, "change": change})

    def act_in_jira(self, key: str, **change: Any) -> None:
        """Enno edits a ticket of Jira."""
        wanted = {"vendor": "jira", "ticket": key, "user": self.enno.account_id, "change": change}
        self.shop.control("POST", "/act", wanted)

    # What people see

    def tags(self, ticket: int) -> set[str]:
        return set(self.zendesk.tickets[ticket].tags)

    def notes(self, ticket: int) -> list[str]:
        said = self.zendesk.tickets[ticket].comments
        return [one.body for one in said if one.author_id == self.zendesk.bot.id]

    def issue(self, key: str) -> Any:
        return self.jira.find(key)

    def issues(self, subject: str) -> list[Any]:
        """The tickets of Jira with that subject."""
        for one in itertools.islice(self.jira.issues.values(), self._known, None):
            self._by_subject[one.fields["summary"]].append(one)
            self._known += 1
        return self._by_subject[subject]

    def records(self, name: str) -> list[Any]:
        """The records of a company's escalation; a company that is new goes by its number."""
        known_as = (name, f"zendesk:{self.companies.get(name)}")
        return [one for said in known_as for one in self.issues(f"{said} is in danger")]

    def said_in_jira(self, key: str) -> list[str]:
        return [one.body for one in self.issue(key).comments if one.author == self.jira.bot.account_id]

    def links(self, ticket: int) -> list[str]:
        return [link.issue_key for link in self.zendesk.links.values() if link.ticket_id == ticket]

    def letters(self, name: str) -> list[str]:
        """What the room heard of a ticket."""
        return [letter for letter in self.world.letters if f"({name})" in letter]

    def seen(self, name: str) -> dict[str, Any]:
        """What people see of a story in both helpdesks and in the room."""
        tickets = [one for one in self.zendesk.tickets.values() if one.subject == name]
        issues = [*self.issues(name), *self.issues(f"Escalated: {name}"), *self.records(name)]
        return {
            "tags": [sorted(one.tags) for one in tickets],
            "notes": [sorted(worded(note) for note in self.notes(one.id)) for one in tickets],
            "links": [len(self.links(one.id)) for one in tickets],
            "issues": [sorted(re.sub(r"[-:\d].*", "", label) for label in one.fields["labels"]) for one in issues],
            "said": [parts(self.said_in_jira(one.key)) for one in issues],
            "work": [sorted(self.jira.issues[task].fields["summary"] for task in one.subtasks) for one in issues],
            "remote": [len(one.remote_links) for one in issues],
            "letters": len(self.letters(name)),
        }

    # What Escalade says of itself

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.shop.admin_port}/healthz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False


@pytest.fixture
def make_town(make_shop: Callable[..., Any], make_brood: Callable[..., Any]) -> Callable[..., Town]:
    """Make towns."""

    def make(store: str | None, *, workers: int) -> Town:
        shop = make_shop(store, workers=workers)
        brood = make_brood(shop.directory, {**SECRETS, "ROOM_URL": f"{shop.emulator.url}/_emulator/letters"})
        return Town(shop, store or "sqlite:///escalade.db", brood)

    return make
