"""A desk whose account is escalated: six tickets of one customer, and their record in one helpdesk or in the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.escalation.standing import RECORD_TAG
from rules.ticket import TicketRef

POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {{zone: Europe/London, week: {{mon-fri: ["09:00-17:00"]}}}}
directory:
  teams:
    support:
      members:
        - {{id: enno, name: Enno Engel, level: 3, accounts: {{jira: "{enno}"}}}}
        - {{id: ada, name: Ada Adams, level: 3, accounts: {{zendesk: "{ada}"}}}}
  roles:
    support_manager: {{members: [enno, ada]}}
    eam: {{members: [enno, ada]}}
criteria:
  - {{id: many, description: Many tickets, when: {{account.open_tickets: {{at_least: {many}}}}}}}
rules:
  - {{id: quiet, description: Nothing, when: {{tags: {{contains: never}}}}, tags: [esc_never]}}
brakes: {{max_tickets: 1000, max_share: {share}}}
account_escalations:
  record: {{helpdesk: {home}, project: "{project}", type: {type}, done: {done}, subject: "{{{{ account.name }}}} is in danger"}}
  propose: [many]
  declare: {{roles: [support_manager], colour: red}}
  tags: {{red: acct_red, yellow: acct_yellow, green: acct_green}}
  owner: {{role: eam}}
  exit_criteria:
    - {{id: latency, title: The report opens within a second, confirmed_by: support_manager, within: 14d, always: true}}
  horizon: 30d
  ready_within: 1d
  kickoff: 4h
"""


class Account:
    """A desk with six tickets of one account, whose escalation is recorded in Jira or in Zendesk."""

    def __init__(self, desk: Any, *, home: str = "jira", many: int = 3, tickets: int = 6, share: float = 1) -> None:
        self.desk, self.home = desk, home
        desk.jira.add_project("ESC", "Escalations")
        settings = desk.directory / "escalade.yaml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("[OPS, SUP]", "[OPS, SUP, ESC]"), encoding="utf-8")
        place = {"project": "ESC", "type": "Task", "done": "Done"}
        if home == "zendesk":
            place = {"project": "Tier 3", "type": "problem", "done": "solved"}
        people = {"enno": desk.engineer.account_id, "ada": desk.agent.id}
        desk.write_policy(POLICY.format(home=home, many=many, share=share, **place, **people))
        desk.restart()
        self.tickets = [desk.ticket(f"Trouble {number}") for number in range(tickets)]

    @property
    def records(self) -> list[Any]:
        if self.home == "jira":
            return [issue for issue in self.desk.issues("ESC") if RECORD_TAG in issue.fields["labels"]]
        return [ticket for ticket in self.desk.zendesk.tickets.values() if RECORD_TAG in ticket.tags]

    @property
    def record(self) -> Any:
        [only] = self.records
        return only

    def say(self, *lines: str) -> None:
        """A manager writes an internal comment on the record, and time passes until it is seen and answered."""
        self.desk.pass_time()
        if self.home == "jira":
            self.desk.act_in_jira(self.record, comment={"body": "\n".join(lines)})
        else:
            ref = TicketRef("zendesk", str(self.record.id))
            self.desk.act(ref, comment={"body": "\n".join(lines), "public": False})
        self.settle()

    def settle(self) -> None:
        for _ in range(2):
            self.desk.pass_time()
            self.desk.sync()

    @property
    def notes(self) -> list[str]:
        """What Escalade says on the record."""
        if self.home == "jira":
            return [one.body for one in self.record.comments if one.author == self.desk.jira.bot.account_id]
        bot = self.desk.zendesk.bot.id
        return [one.body for one in self.record.comments[1:] if one.author_id == bot]

    @property
    def coloured(self) -> list[set[str]]:
        """The account's tags on its tickets."""
        return [{tag for tag in self.desk.tags(ref) if tag.startswith("acct_")} for ref in self.tickets]

    def lose(self) -> None:
        """The database is gone; another process begins with an empty one."""
        self.desk.close()
        for file in self.desk.directory.glob("*.db*"):
            file.unlink()
        self.desk.restart()

    def is_at_rest(self) -> bool:
        """Neither a run now nor one after the echo of our writes writes anything."""
        writes = self.desk.writes
        for _ in range(3):
            self.desk.pass_time()
            self.desk.sync()
        return bool(self.desk.writes == writes)


@pytest.fixture(params=["jira", "zendesk"])
def account(request: pytest.FixtureRequest, desk: Any) -> Account:
    """An account whose record is in one helpdesk or in the other."""
    return Account(desk, home=request.param)


@pytest.fixture
def make_account(make_desk: Callable[..., Any]) -> Callable[..., Account]:
    """A desk with an account, of another size or in another helpdesk."""
    return lambda **told: Account(make_desk(), **told)
