"""The escalation of a ticket on both helpdesks: people act in internal comments, and are answered once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

POLICY = """\
version: 1
default_calendar: office
calendars:
  office: {{zone: Europe/London, week: {{mon-fri: ["09:00-17:00"]}}}}
tiers:
  - {{id: tier1, name: Tier 1, tag: esc_t1}}
  - {{id: tier2, name: Tier 2, tag: esc_t2, priority_floor: high}}
directory:
  teams:
    support:
      members:
        - {{id: enno, name: Enno Engel, accounts: {{jira: "{enno}"}}}}
        - {{id: ada, name: Ada Adams, accounts: {{zendesk: "{ada}"}}}}
  roles:
    manager: {{members: [enno, ada]}}
commands: {{allow: {{accept: [manager], decline: [manager], de-escalate: [manager]}}}}
rules:
  - {{id: down, description: Production is down, when: {{tags: {{contains: outage}}}}, escalate_to: tier2}}
brakes: {{max_tickets: 1000, max_share: 1, max_comments_per_hour: 30, max_public_comments_per_day: 5}}
escalation:
  accept: tier2
  evaluate: {{within: 4h, late: [{{to: manager}}]}}
  acknowledge: {{within: 30m, public_note: ack}}
  handover: true
  questions:
    - {{id: impact, ask: What does it cost?, option: impact, required_for: [accept]}}
  fix_note: fix
  follow_up: {{after: 2d, again: 2d, close: 3d, public_note: follow}}
  tags: {{requested: esc_requested, resolved: esc_resolved}}
templates:
  ack: We are on it.
  fix: "Please try: {{{{ case.fix }}}}"
  follow: Is all well?
"""

WAY = (
    "#escalate The export stops",
    "#accept",
    "#impact Nobody can bill",
    "#accept",
    "#fix Patch 1.2",
    "#verified It ran twice on staging",
    "#confirm Jane Doe | how: call | comment: 77",
)


class Conducted:
    """A ticket in one of the helpdesks."""

    def __init__(self, desk: Any, helpdesk: str, *tags: str) -> None:
        self.desk, self.helpdesk = desk, helpdesk
        desk.write_policy(POLICY.format(enno=desk.engineer.account_id, ada=desk.agent.id))
        desk.restart()
        self.made = desk.ticket("Export", *tags) if helpdesk == "zendesk" else self._request()

    def _request(self) -> Any:
        """A customer's request in the service desk of Jira."""
        with self.desk.world.lock:
            customer = self.desk.jira.add_user("Cora", email="cora@acme.example")
            return self.desk.jira.add_issue("SUP", "Export", reporter=customer)

    def say(self, text: str) -> None:
        """Somebody who may writes an internal comment, and it is taken in."""
        self.desk.pass_time()
        if self.helpdesk == "zendesk":
            self.desk.act(self.made, comment={"body": text, "public": False})
        else:
            self.desk.act_in_jira(self.made, comment={"body": text, "public": False})
        self.desk.pass_time()
        self.desk.settle()

    def solve(self) -> None:
        if self.helpdesk == "zendesk":
            self.desk.solve(self.made)
        else:
            self.desk.act_in_jira(self.made, status="Resolved")
        self.desk.pass_time()
        self.desk.settle()

    @property
    def tags(self) -> set[str]:
        worn = self.desk.tags(self.made) if self.helpdesk == "zendesk" else self.made.fields["labels"]
        return {tag for tag in worn if tag.startswith("esc_")}

    @property
    def said(self) -> list[tuple[bool, str]]:
        if self.helpdesk == "zendesk":
            return [tuple(note) for note in self.desk.seen(self.made).notes]
        return [(one.public, one.body) for one in self.made.comments if one.body.split()[0] != "#"]

    def public(self) -> list[str]:
        """What the customer reads of ours."""
        words = ("We are on it.", "Please try: Patch 1.2", "Is all well?")
        return [word for public, body in self.said if public for word in words if word in body]


@pytest.mark.capability("B7", "B14", "E2", "E15", "E16", "E17")
@pytest.mark.parametrize("helpdesk", ["zendesk", "jira"])
def test_a_ticket_is_conducted_from_the_request_to_the_closing_on(helpdesk: str, desk: Any) -> None:
    case = Conducted(desk, helpdesk)
    worn = []
    for text in WAY:
        case.say(text)
        worn.append(case.tags)
    assert worn[0] == {"esc_requested"}
    assert worn[1] == {"esc_requested"}
    assert all(tags == {"esc_t2"} for tags in worn[3:])
    bodies = [body for _, body in case.said]
    assert sum("This does not count yet. Missing: an answer to: What does it cost?." in body for body in bodies) == 1
    assert sum("Tier 2 takes over" in body for body in bodies) == 1
    assert case.public() == ["We are on it.", "Please try: Patch 1.2"]
    case.solve()
    assert case.tags == {"esc_resolved"}
    writes = desk.writes
    desk.settle()
    assert desk.writes == writes
    desk.pass_time(timedelta(days=2))
    desk.settle()
    assert case.public()[-1] == "Is all well?"
    assert case.tags == set()
    desk.pass_time(timedelta(days=2))
    desk.settle()
    assert case.public().count("Is all well?") == 2
    desk.pass_time(timedelta(days=7))
    desk.settle()
    writes = desk.writes
    desk.pass_time(timedelta(days=30))
    desk.settle()
    assert desk.writes == writes


@pytest.mark.capability("B20", "E1")
def test_the_way_back_restores_what_was_there_before(desk: Any) -> None:
    case = Conducted(desk, "zendesk")
    case.say("#escalate The export stops | impact: nobody can bill")
    case.say("#accept")
    assert desk.seen(case.made).priority == "high"
    case.say("#de-escalate\n#check plan The patch is out\n#check rca OPS-1\n#consent Jane | how: call | comment: 7")
    seen = desk.seen(case.made)
    assert (seen.priority, seen.tags & {"esc_t2"}) == ("normal", set())


@pytest.mark.parametrize("ended", [False, True])
def test_a_lost_database_neither_ends_an_escalation_nor_brings_one_back(desk: Any, *, ended: bool) -> None:
    case = Conducted(desk, "zendesk", "outage")
    desk.settle()
    case.say("#tried Restarted it\n#promise A patch | by: 2026-03-05 12:00")
    if ended:
        case.say("#de-escalate\n#check plan The patch is out\n#check rca OPS-1\n#consent Jane | how: call | comment: 7")
    assert case.tags == (set() if ended else {"esc_t2"})
    said = list(case.said)
    desk.close()
    for file in desk.directory.glob("*.db*"):
        file.unlink()
    desk.restart()
    code, output = desk.command("rebuild")
    assert code == 0, output
    desk.pass_time(timedelta(hours=1))
    desk.settle()
    assert case.tags == (set() if ended else {"esc_t2"})
    assert case.said == said
