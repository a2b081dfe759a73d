"""The smallest desk on which one story makes every kind of write that Escalade knows, and what people see of it.

A house is a Zendesk with a tracker, Jira Cloud or Data Center, and a chat room. The story has three acts; before each,
people do something. What people see is told without ids, times and texts, so that two tellings can be compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from escalade.emulator.jira import render
from escalade.emulator.jira.act import COLLISION_LABEL, perform
from escalade.emulator.world import World
from escalade.emulator.zendesk.acts import act
from rules.escalation.standing import RECORD_TAG

#: A Wednesday. Nothing in the policy depends on office hours.
START = datetime(2026, 3, 4, 10, tzinfo=UTC)
ACTS = 3
#: In the password of the database, in credentials, and in what customers wrote: in no output and in no log.
PLANTED = (
    "planted-database-password",
    "emulator-api-token",
    "jira-token",
    "planted-room-secret",
    "planted-hook-secret",
)
CUSTOMER_WORDS = ("my card number is 4111 1111 1111 1111", "Cora Confidential", "cora@confidential.example")

_SETTINGS = """\
version: 1
store: {store}
policy: .
backlog: write
workers: {workers}
settle_after: {settle_after}
poll_every: {poll_every}
service: {{port: {port}, admin_port: {admin_port}}}
webhooks:
  zendesk: {{secret_env: HOOK_SECRET}}
  jira: {{secret_env: HOOK_SECRET}}
helpdesks:
  zendesk:
    vendor: zendesk
    url: {url}
    auth: {{email: escalation.bot@example.com, token_env: ZENDESK_TOKEN}}
    fields: {{stage: stage}}
    tracker: jira
    budget: {{share: 100%}}
    exports_per_minute: 100000
    updates_per_minute: 100000
    read_timeout: {read_timeout}
  jira:
    vendor: jira
    url: {url}{context}
    auth: {{{auth}}}
    projects: [OPS]
    fields: {{stage: Stage}}
    group: {{field: Team}}
    budget: {{share: 100%}}
    overlap: {overlap}
    read_timeout: {read_timeout}
"""
_AUTH = {"cloud": "email: escalade@example.com, token_env: JIRA_TOKEN", "server": "pat_env: JIRA_TOKEN"}

_POLICY = """\
version: 1
default_calendar: always
brakes: {{max_tickets: 1000, max_share: 1, max_comments_per_hour: 1000, max_public_comments_per_day: 1000}}
release: {{when_nothing_holds: true}}
directory:
  teams:
    support:
      members:
        - {{id: maren, name: Maren Falk, level: 3, accounts: {{jira: "{maren}", zendesk: "{agent}"}}}}
  roles:
    support_manager: {{members: [maren]}}
    eam: {{members: [maren]}}
channels:
  room: {{url_env: ROOM_URL}}
tiers:
  - id: tier1
    name: Tier 1
    tag: esc_t1
    groups: {{zendesk: Specialists}}
    assignees: {{zendesk: "{agent}"}}
    fields: {{zendesk: {{stage: one}}}}
    statuses: {{zendesk: pending}}
    restore_status: true
    priority_floor: urgent
    note: entered
    public_note: heard
    notify: [{{channel: room, template: entered}}]
    remediation:
      tracker: jira
      open: {{project: OPS, type: Task, subject: "Escalated: {{{{ ticket.key }}}}", body: entered, tags: [opened]}}
      tasks:
        - {{key: contain, title: "Contain {{{{ ticket.key }}}}", body: entered, due: 90d, tags: [work]}}
        - {{key: cause, title: "Find the cause of {{{{ ticket.key }}}}", body: entered, due: 90d}}
  - id: bench
    name: Bench
    tag: esc_bench
    remediation:
      tracker: zendesk
      tasks: [{{key: look, title: "Look at {{{{ ticket.key }}}}", body: entered, due: 90d}}]
rules:
  - {{id: complaint, description: A complaint, when: {{helpdesk: zendesk, tags: {{contains: complaint}}}}, escalate_to: tier1}}
  - {{id: odd, description: Something odd, when: {{helpdesk: zendesk, tags: {{contains: odd}}}}, escalate_to: bench}}
  - id: burning
    description: It burns
    when: {{helpdesk: jira, tags: {{contains: burning}}}}
    tags: [esc_burning]
    note: entered
    public_note: heard
    notify: [{{channel: room, template: entered}}]
    set:
      priority: urgent
      groups: {{jira: Specialists}}
      assignees: {{jira: "{maren}"}}
      statuses: {{jira: In Progress}}
      restore_status: true
      fields: {{jira: {{stage: one}}}}
criteria:
  - {{id: endangered, description: The account is in danger, when: {{tags: {{contains: endangered}}}}}}
account_escalations:
  record: {{helpdesk: {home}, project: {project}, type: {kind}, subject: "An account is in danger", done: {done}}}
  propose: [endangered]
  declare: {{roles: [support_manager], colour: red}}
  tags: {{red: acct_red, yellow: acct_yellow, green: acct_green}}
  owner: {{role: eam}}
  exit_criteria:
    - {{id: latency, title: It is fast, confirmed_by: support_manager, within: 90d, always: true}}
  horizon: 90d
  ready_within: 90d
  kickoff: 90d
  concern: 90d
templates:
  entered: "{{{{ ticket.key }}}} was taken up."
  heard: "{{{{ ticket.key }}}} was heard."
"""
#: What a manager writes on the record before the second and before the third act.
_DECLARED = """#declare it burns
#owner maren
#comms call | frequency: 90d | attendees: maren
#cause the index
#stakeholder Jane Doe | party: customer
#agree exit
#agree exit | for: Jane Doe | how: call
#item Build it | owner: maren | due: {due} | serves: latency
#agree plan
#agree plan | for: Jane Doe | how: call
#plan"""
_DONE = "#call notes we spoke and agreed"


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Which house: the tracker's deployment, and where the records of accounts are."""

    name: str
    deployment: str
    home: str

    @property
    def context(self) -> str:
        """The context path of the tracker."""
        return "" if self.deployment == "cloud" else "/dc"


PLOTS = {
    plot.name: plot
    for plot in (
        Plot(name="cloud", deployment="cloud", home="jira"),
        Plot(name="server", deployment="server", home="jira"),
        Plot(name="own", deployment="cloud", home="zendesk"),
    )
}


class House:
    """The world of one plot, and its people."""

    def __init__(self, plot: Plot, start: datetime = START) -> None:
        self.plot = plot
        self.world = World.empty(start)
        self.jira = self.world.jira if plot.deployment == "cloud" else self.world.jira_dc
        self.zendesk = self.world.zendesk
        self._furnish()

    def _furnish(self) -> None:
        zendesk, jira = self.zendesk, self.jira
        self.agent = zendesk.add_user(name="Ada", email="ada@desk.example", role="agent")
        zendesk.add_group(name="Support", members=[self.agent.id])
        zendesk.add_group(name="Specialists", members=[self.agent.id])
        zendesk.add_field(title="stage")
        company = zendesk.add_organization(name="Acme", domain_names=["acme.example"])
        _, name, address = CUSTOMER_WORDS
        self.cora = zendesk.add_user(name=name, email=address, organization_id=company.id)
        self.maren = jira.add_user("Maren Falk")
        jira.add_field("Team", "option", options=["Everybody", "Specialists"])
        jira.add_field("Stage", "string")
        jira.add_project("OPS", "Operations")
        before = self.world.clock.now() - timedelta(hours=1)
        for tags in (["complaint"], ["endangered"], ["odd"]):
            zendesk.add_ticket(
                subject=f"Nothing works: {CUSTOMER_WORDS[0]}",
                description=CUSTOMER_WORDS[0],
                requester_id=self.cora.id,
                tags=tags,
                created_at=before,
                priority="normal",
                status="open",
                group_id=next(iter(zendesk.groups)),
            )
        custom = {"Team": "Everybody"}
        jira.add_issue(
            "OPS", "It burns", labels=["burning"], created=before, description=CUSTOMER_WORDS[0], custom=custom
        )

    def settle_in(self, directory: Path, url: str, **settings: Any) -> None:
        """Lay settings and policy into a directory."""
        plot = self.plot
        at_home = home_of(plot)
        policy = _POLICY.format(maren=self._person(), agent=self.agent.id, **at_home)
        (directory / "policy.yaml").write_text(policy, encoding="utf-8")
        known = {"url": url, "context": plot.context, "auth": _AUTH[plot.deployment], **settings}
        (directory / "escalade.yaml").write_text(_SETTINGS.format(**known), encoding="utf-8")

    def _person(self) -> str:
        """The manager's id in the tracker."""
        identity = self.maren.account_id
        return identity if self.plot.deployment == "cloud" else render.user_key(identity)

    def people_act(self, number: int) -> None:
        """What people do before an act."""
        with self.world.lock:
            if number == 1:
                self._say(_DECLARED.format(due=(self.world.clock.now() + timedelta(days=60)).date()))
                self._edit(1, {"tags": []})
                self._label([])
            elif number == 2:
                self._say(_DONE)

    def _say(self, body: str) -> None:
        """A manager writes on the record."""
        (record,) = self.records
        if self.plot.home == "jira":
            wanted = {"ticket": record.key, "user": self.maren.account_id, "change": {"comment": {"body": body}}}
            self._perform(wanted)
        else:
            self._edit(record.id, {"comment": {"body": body, "public": False}})

    def _edit(self, ticket: int, change: Mapping[str, Any]) -> None:
        if "tags" in change:
            change = {"tags": [tag for tag in self.zendesk.tickets[ticket].tags if tag != "complaint"]}
        answer = act(self.world, {"ticket": ticket, "user": self.agent.id, "change": change})
        assert answer.status < 300, answer.body

    def _label(self, labels: list[str]) -> None:
        issue = next(one for one in self.jira.issues.values() if "burning" in one.fields["labels"])
        kept = [label for label in issue.fields["labels"] if label != "burning"]
        wanted = {"ticket": issue.key, "user": self.maren.account_id, "change": {"labels": [*kept, *labels]}}
        self._perform(wanted)

    def _perform(self, wanted: dict[str, Any]) -> None:
        """A person does something in the tracker."""
        answer = perform(self.world, self.jira, wanted, self.plot.context)
        if answer.status == HTTPStatus.CONFLICT:
            # Left by a conflict that another kind of call met, which Jira does not refuse for it: people try again.
            answer = perform(self.world, self.jira, wanted, self.plot.context)
        assert answer.status < 300, answer.body

    @property
    def records(self) -> list[Any]:
        """The records of accounts."""
        if self.plot.home == "jira":
            return [one for one in self.jira.issues.values() if RECORD_TAG in (one.fields["labels"] or ())]
        return [one for one in self.zendesk.tickets.values() if RECORD_TAG in one.tags]

    def seen(self) -> Counter[str]:
        """What people see, one line a thing."""
        with self.world.lock:
            return Counter([*self._tickets(), *self._issues(), *self._links(), *self._letters()])

    def _tickets(self) -> Iterator[str]:
        zendesk = self.zendesk
        groups = {group.id: group.name for group in zendesk.groups.values()}
        for ticket in zendesk.tickets.values():
            name = (
                ticket.subject.partition(":")[0] + " " + ",".join({"complaint", "endangered", "odd"} & set(ticket.tags))
            )
            if ticket.id <= 3:
                name = f"ticket {ticket.id}"
            tags = ",".join(sorted(tag for tag in ticket.tags if not tag.startswith(("esc_item_", "escalade-acct"))))
            stage = [value for value in ticket.custom.values() if value]
            yield f"{name}: {ticket.status} {ticket.priority} {groups.get(ticket.group_id or 0)} {stage} [{tags}]"
            yield f"{name}: assignee {ticket.assignee_id} type {ticket.type}"
            for comment in ticket.comments:
                if comment.author_id == zendesk.bot.id:
                    yield f"{name}: said {'publicly' if comment.public else 'inside'}: {_words(comment.body)}"

    def _issues(self) -> Iterator[str]:
        jira = self.jira
        priorities = {item.id: item.name for item in jira.priorities}
        for issue in jira.issues.values():
            fields = issue.fields
            name = f"issue {fields['summary']}"
            labels = ",".join(sorted(one for one in fields["labels"] or () if not _is_odd(one)))
            status = jira.statuses[fields["status"]].name
            own = [str(value) for key, value in sorted(fields.items()) if key.startswith("customfield") and value]
            yield f"{name}: {status} {priorities.get(fields['priority'])} {fields['assignee']} {own} [{labels}]"
            yield f"{name}: {len(issue.subtasks)} sub-tasks, {len(issue.remote_links)} links"
            for comment in issue.comments:
                if comment.author == jira.bot.account_id:
                    yield f"{name}: said {'publicly' if comment.public else 'inside'}: {_words(str(comment.body))}"

    def _links(self) -> Iterator[str]:
        for link in self.zendesk.links.values():
            summary = self.jira.issues[int(link.issue_id)].fields["summary"]
            yield f"link from ticket {link.ticket_id} to {summary}"

    def _letters(self) -> Iterator[str]:
        for letter in self.world.letters:
            yield f"letter: {_words(letter)}"


def home_of(plot: Plot) -> dict[str, str]:
    """Where the records of a plot are opened."""
    if plot.home == "jira":
        return {"home": "jira", "project": "OPS", "kind": "Task", "done": "Done"}
    return {"home": "zendesk", "project": "Support", "kind": "problem", "done": "solved"}


def _is_odd(label: str) -> bool:
    """Marks that differ from telling to telling, and what a colleague puts on in the middle of a write."""
    return label.startswith("escalade-") or label == COLLISION_LABEL


def _words(text: str) -> str:
    """How a text begins: what follows may tell times and ids."""
    return " ".join(text.split())[:24]
