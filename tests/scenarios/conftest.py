"""A support desk on a running emulator, Escalade wired up against it, and people who act in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connectors.base import SettingsError
from escalade.app import App, open_app
from escalade.cli import cli
from escalade.clock import SystemClock
from escalade.emulator.jira.act import perform
from escalade.emulator.server import RunningEmulator
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from escalade.progress import QuietProgress
from escalade.settings import load_settings
from rules.plan import Plan
from rules.reports.run import Report
from rules.ticket import TicketRef

#: A Monday in winter, so that London's wall shows UTC.
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
#: Exports hide the most recent minute: our own writes are seen again only after it.
ECHO = timedelta(seconds=90)

SECRETS = {"ZENDESK_TOKEN": "emulator-api-token", "JIRA_TOKEN": "jira-token"}

SETTINGS = """\
version: 1
store: {store}
backlog: write
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {{email: escalation.bot@example.com, token_env: ZENDESK_TOKEN}}
    fields: {{escalation_tier: escalation_tier}}
    tracker: jira
    budget: {{share: 100%}}
    exports_per_minute: 10000
    updates_per_minute: 10000
  jira:
    vendor: jira
    url: {url}
    auth: {{email: escalade@example.com, token_env: JIRA_TOKEN}}
    projects: [OPS, SUP]
"""

POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, groups: {zendesk: Tier 1}, timeout: 8h, note: entered}
  - id: tier2
    name: Tier 2
    tag: esc_t2
    groups: {zendesk: Tier 2}
    fields: {zendesk: {escalation_tier: tier2}}
    priority_floor: high
    timeout: 24h
    note: entered
  - id: tier3
    name: Tier 3
    tag: esc_t3
    groups: {zendesk: Tier 3}
    fields: {zendesk: {escalation_tier: tier3}}
    priority_floor: urgent
    note: entered
    remediation:
      tracker: jira
      open: {project: OPS, type: Task, subject: "Escalated: {{ ticket.subject }}", body: entered, tags: [escalation]}
      tasks:
        - {key: contain, title: "Contain {{ ticket.key }}", body: entered, due: 1d}
        - {key: cause, title: "Find the cause of {{ ticket.key }}", body: entered}
        - {key: prevent, title: Prevent it, body: entered}
rules:
  - id: complaint
    description: The customer complained
    when: {helpdesk: zendesk, tags: {contains: complaint}}
    escalate_to: tier1
    tags: [esc_complaint]
  - id: urgent-complaint
    description: An urgent problem became a complaint
    when: {helpdesk: zendesk, tags: {contains: loud}}
    escalate_to: tier2
  - id: outage
    description: Production is down
    when: {helpdesk: zendesk, tags: {contains: outage}}
    escalate_to: tier3
  - id: account-in-trouble
    description: Three urgent tickets of one customer are open
    when: {helpdesk: zendesk, account.open_urgent: {at_least: 3}}
    tags: [esc_account]
  - id: request-waiting
    description: A request in the service desk is high
    when: {helpdesk: jira, key: {starts_with: SUP-}, priority: {at_least: high}}
    escalate_to: tier1
updates:
  - id: hourly
    when: {tier: tier2, status: {in: [new, open]}}
    every: 2h
    note: silence
    max: 2
templates:
  entered: "Escalated to {{ tier.name }}: {{ reason }} ({{ ticket.subject }})"
  silence: "The customer has heard nothing for {{ silence }}."
"""


class _Secrets:
    """The environment: the emulator's well-known credentials, and what a test puts there."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known

    def get(self, env: str, *, file: Path | None = None) -> str:
        if env not in self._known:
            raise SettingsError([("", f"no secret {env}")])
        return self._known[env]


@dataclass
class Seen:
    """A Zendesk ticket as an agent sees it."""

    status: str
    priority: str | None
    group: str | None
    tier_field: str | None
    tags: frozenset[str]
    #: What Escalade said, oldest first, as (public, text).
    notes: list[tuple[bool, str]]


@dataclass
class Desk:
    """An account with three tiers and one company, a Jira site with OPS and SUP, and Escalade on both.

    Escalade's clock is the world's: time passes for both when `pass_time` says so.
    """

    emulator: RunningEmulator
    directory: Path
    store_url: str
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.world = self.emulator.world
        self.zendesk, self.jira = self.world.zendesk, self.world.jira
        self.company = self.zendesk.add_organization(name="Acme")
        self.customer = self.zendesk.add_user(name="Cora", email="cora@acme.example", organization_id=self.company.id)
        self.agent = self.zendesk.add_user(name="Ada", email="ada@desk.example", role="agent")
        names = ("First line", "Tier 1", "Tier 2", "Tier 3")
        self.groups = {name: self.zendesk.add_group(name=name, members=[self.agent.id]).id for name in names}
        self.tier_field = self.zendesk.add_field(title="escalation_tier", kind="text").id
        self.jira.add_project("OPS", "Operations")
        self.jira.add_project("SUP", "Service desk", service_desk=True)
        self.engineer = self.jira.add_user("Enno", email="enno@desk.example")
        self.write_policy(POLICY)
        settings = SETTINGS.format(store=self.store_url, url=self.emulator.url)
        (self.directory / "escalade.yaml").write_text(settings, encoding="utf-8")
        self.app = self._open()

    def _open(self) -> App:
        settings = load_settings(self.directory / "escalade.yaml")
        return self._stack.enter_context(open_app(settings, self.world.clock, secrets=_Secrets(self.secrets)))

    def write_policy(self, text: str) -> None:
        (self.directory / "rules.yaml").write_text(text, encoding="utf-8")

    def restart(self) -> None:
        """End the process and start another one, with the policy that lies there now."""
        self.close()
        self.app = self._open()

    def close(self) -> None:
        self._stack.close()

    # What happens in the helpdesks

    def ticket(self, subject: str = "Nothing works", *tags: str, **seed: Any) -> TicketRef:
        """A ticket that came in a day ago, of normal priority, in the group First line."""
        seed = {
            "created_at": self.now - timedelta(days=1),
            "priority": "normal",
            "status": "open",
            "group_id": self.groups["First line"],
            **seed,
        }
        with self.world.lock:
            made = self.zendesk.add_ticket(subject=subject, requester_id=self.customer.id, tags=tags, **seed)
        return TicketRef("zendesk", str(made.id))

    def act(self, ref: TicketRef, *, by: int | None = None, **change: Any) -> None:
        """A person changes a Zendesk ticket in the browser (the agent, unless `by` says who)."""
        self._act(ref, {"user": by or self.agent.id, "change": change})

    def solve(self, ref: TicketRef) -> None:
        """The agent takes the ticket, answers and solves it, as Zendesk wants it done."""
        answer = {"body": "This is solved now.", "public": True}
        self.act(ref, status="solved", assignee_id=self.agent.id, comment=answer)

    def remove(self, ref: TicketRef) -> None:
        self._act(ref, {"delete": True, "user": self.agent.id})

    def merge(self, ref: TicketRef, into: TicketRef) -> None:
        self._act(ref, {"merge_into": int(into.id), "user": self.agent.id})

    def _act(self, ref: TicketRef, wanted: dict[str, Any]) -> None:
        with self.world.lock:
            answer = act(self.world, {"ticket": int(ref.id), **wanted})
        assert answer.status == 200, answer.body

    def act_in_jira(self, issue: Any, *, by: str = "enno", **change: Any) -> None:
        with self.world.lock:
            answer = perform(self.world, self.jira, {"ticket": issue.key, "user": by, "change": change}, "")
        assert answer.status == 204, answer.body

    def issue(self, summary: str, **seed: Any) -> Any:
        with self.world.lock:
            return self.jira.add_issue(seed.pop("project", "OPS"), summary, reporter=self.engineer, **seed)

    def link(self, ref: TicketRef, issue: Any) -> None:
        """An agent links a Jira issue with Zendesk's Jira app."""
        with self.world.lock:
            self.zendesk.add_link(self.zendesk.tickets[int(ref.id)], str(issue.id), issue.key)

    def unlink(self, ref: TicketRef, issue: Any) -> None:
        """And takes the link off again."""
        with self.world.lock:
            links = self.zendesk.links
            gone = [one for one in links.values() if (one.ticket_id, one.issue_id) == (int(ref.id), str(issue.id))]
            for one in gone:
                del links[one.id]

    # What people see

    def seen(self, ref: TicketRef) -> Seen:
        ticket = self.zendesk.tickets[int(ref.id)]
        names = {number: name for name, number in self.groups.items()}
        said = [one for one in ticket.comments if one.author_id == self.zendesk.bot.id]
        return Seen(
            status=ticket.status,
            priority=ticket.priority,
            group=names.get(ticket.group_id or 0),
            tier_field=ticket.custom.get(self.tier_field) or None,
            tags=frozenset(ticket.tags),
            notes=[(one.public, one.body) for one in said],
        )

    def tags(self, ref: TicketRef) -> frozenset[str]:
        return self.seen(ref).tags

    def issues(self, project: str = "OPS") -> list[Any]:
        return [issue for issue in self.jira.issues.values() if issue.key.startswith(f"{project}-")]

    def journal(self, ref: TicketRef, action: str = "") -> list[str]:
        return [entry.text for entry in self.app.store.journal(ref) if entry.action.startswith(action)]

    # Escalade and time

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def pass_time(self, span: timedelta = ECHO) -> None:
        with self.world.lock:
            self.world.clock.advance(span.total_seconds())

    def go_to(self, at: datetime) -> None:
        with self.world.lock:
            self.world.clock.set(at)

    def sync(self, *, dry_run: bool = False, force: bool = False) -> Report:
        """One run in which nothing may go wrong."""
        report = self.app.sync(QuietProgress()).once(dry_run=dry_run, force=force)
        assert (report.parked, report.troubled, report.unreadable) == ({}, {}, {})
        return report

    def settle(self) -> None:
        """Sync, let the echo of our writes become visible, and take it in."""
        self.sync()
        self.pass_time()
        self.sync()

    def apply(self, plans: Sequence[Plan]) -> Report:
        """Carry out reviewed plans, as `escalade apply FILE` does."""
        visitor = replace(self.app.visitor, reviewed={plan.ref: plan for plan in plans})
        return replace(self.app.sync(QuietProgress()), visitor=visitor).once(only={plan.ref for plan in plans})

    def command(self, *arguments: str, columns: int = 200) -> tuple[int, str]:
        """What `escalade …` ends with and says, at this desk and instant."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SystemClock, "now", lambda _: self.now)
            for name, secret in self.secrets.items():
                patch.setenv(name, secret)
            patch.setenv("COLUMNS", str(columns))
            result = CliRunner().invoke(cli, [*arguments, "--config", str(self.directory)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    @property
    def writes(self) -> int:
        """State-changing calls by the emulator's own count."""
        return self.world.calls.writes

    def written(self, run: Callable[[], object]) -> dict[str, int]:
        """The state-changing calls that `run` makes, by method and route."""
        before = self.world.calls.counts()
        run()
        after = self.world.calls.counts()
        made = {call: count - before.get(call, 0) for call, count in after.items()}
        return {call: n for call, n in made.items() if n and not call.startswith("GET") and not _asks(call)}


def _asks(call: str) -> bool:
    """POST routes that only ask."""
    return call.endswith(("/search/jql", "/bulkfetch", "/oauth/tokens", "/changelog/bulkfetch"))


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Make desks; every one starts on the same Monday at nine, unless it is told when."""
    with ExitStack() as stack:

        def make(store: str = "sqlite:///escalade.db", *, starts: datetime = MONDAY) -> Desk:
            emulator = stack.enter_context(RunningEmulator(World.empty(starts)))
            directory = tmp_path / f"desk-{emulator.port}"
            directory.mkdir()
            desk = Desk(emulator, directory, store)
            stack.callback(desk.close)
            return desk

        yield make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk with a SQLite file."""
    return make_desk()


@pytest.fixture
def any_desk(make_desk: Callable[..., Desk], store_url: str) -> Desk:
    """A desk on each database in turn."""
    return make_desk(store_url)


@pytest.fixture(autouse=True)
def _loaded_once(policies_loaded_once: None) -> None:
    """Most tests run several times under one policy."""
