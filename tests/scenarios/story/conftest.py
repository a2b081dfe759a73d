"""A desk under the starter policy, with people in its directory, and the chapters of what happens there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.ticket import TicketRef

STARTER = Path(__file__).parents[3] / "config"

#: The starter policy says nothing to customers by itself; the admins of this desk let it acknowledge.
_SILENT, _SPOKEN = "acknowledge: # until", "acknowledge:\n    public_note: acknowledged # until"
_WORDS = """\
version: 1
templates:
  acknowledged: "We have taken this up with priority, and will tell you where it stands by {{ next_update_at }}."
"""


@dataclass
class Story:
    """The desk under the starter policy, with people in its directory who say things on the record."""

    desk: Any
    tickets: list[TicketRef] = field(default_factory=list)

    def __post_init__(self) -> None:
        desk = self.desk
        for name in ("Tier 1 Support", "Tier 2 Specialists", "Tier 3 Critical Response"):
            desk.groups[name] = desk.zendesk.add_group(name=name, members=[desk.agent.id]).id
        for title in ("impact", "urgency", "product"):
            desk.zendesk.add_field(title=title, kind="text")
        self.people = {
            "maya": desk.jira.add_user("Maya", email="maya@desk.example"),
            "anna": desk.jira.add_user("Anna", email="anna@desk.example"),
            "rex": desk.jira.add_user("Rex", email="rex@desk.example"),
            "sid": desk.jira.add_user("Sid", email="sid@desk.example"),
        }
        (desk.directory / "rules.yaml").unlink()
        for file in STARTER.glob("*.yaml"):
            if file.name not in {"escalade.yaml", "directory.yaml"}:
                text = file.read_text(encoding="utf-8").replace(_SILENT, _SPOKEN)
                (desk.directory / file.name).write_text(text, encoding="utf-8")
        (desk.directory / "words.yaml").write_text(_WORDS, encoding="utf-8")
        (desk.directory / "directory.yaml").write_text(yaml.safe_dump(self._directory()), encoding="utf-8")
        settings = desk.directory / "escalade.yaml"
        names = "fields: {escalation_tier: escalation_tier, impact: impact, urgency: urgency, product: product}"
        wanted = f"{names}\n    product_field: product"
        text = settings.read_text(encoding="utf-8").replace("fields: {escalation_tier: escalation_tier}", wanted)
        settings.write_text(text, encoding="utf-8")
        desk.restart()

    def _directory(self) -> dict[str, Any]:
        def person(name: str, level: int = 3) -> dict[str, Any]:
            account = {"jira": self.people[name].account_id}
            if name == "maya":
                account["zendesk"] = str(self.desk.agent.id)
            return {"id": name, "name": name.title(), "level": level, "accounts": account}

        starter = yaml.safe_load((STARTER / "directory.yaml").read_text(encoding="utf-8"))
        starter["directory"]["teams"]["management"]["members"] = [person(name) for name in self.people]
        for role, names in {
            "support_manager": ["maya"],
            "duty_manager": ["maya"],
            "escalation_engineer": ["maya"],
            "eam": ["anna"],
            "regional_manager": ["rex"],
            "executive_sponsor": ["sid"],
        }.items():
            starter["directory"]["roles"][role] = {"members": names}
        return starter

    def says(self, who: str, text: str) -> str:
        """Somebody writes a comment on the record; what Escalade answers to it."""
        before = len(self.notes)
        self.desk.pass_time(timedelta(minutes=5))
        self.desk.act_in_jira(self.record, by=self.people[who].account_id, comment={"body": text})
        self.desk.settle()
        return "\n".join(self.notes[before:])

    def say_all(self, *lines: tuple[str, str]) -> list[str]:
        """Several people, one after the other; every answer."""
        return [self.says(who, text) for who, text in lines]

    def until(self, at: datetime) -> str:
        """Time passes; what Escalade says on the record by then."""
        before = len(self.notes)
        self.desk.go_to(at)
        self.desk.settle()
        return "\n".join(self.notes[before:])

    def moves(self, title: str, who: str, **change: Any) -> None:
        """Somebody changes a subtask in Jira."""
        self.desk.act_in_jira(self.subtask(title), by=self.people[who].account_id, **change)
        self.desk.settle()

    def subtask(self, title: str) -> Any:
        (found,) = [issue for issue in self.desk.issues() if issue.fields["summary"] == title]
        return found

    @property
    def record(self) -> Any:
        (record,) = [issue for issue in self.desk.issues() if "esc_record" in issue.fields["labels"]]
        return record

    @property
    def notes(self) -> list[str]:
        """What Escalade said on the record; the first one is the note that is kept current."""
        return [plain(one.body) for one in self.record.comments if one.author == self.desk.jira.bot.account_id]

    @property
    def board(self) -> str:
        return self.notes[0]

    def coloured(self) -> list[str]:
        """The colours that the account's tickets wear."""
        worn = (sorted(tag for tag in self.desk.tags(ref) if tag.startswith("acct_")) for ref in self.tickets)
        return [" ".join(tags) for tags in worn]


def plain(body: str) -> str:
    """The text without the signs that keep it from being read as markup."""
    return body.replace("\\", "").replace("\u200b", "")


def day(month: int, number: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, number, hour, minute, tzinfo=UTC)


def propose(story: Story) -> None:
    """Six tickets of one customer, two bugs behind them: a record lists them, and nothing shows on the tickets."""
    desk = story.desk
    for number in range(6):
        story.tickets.append(desk.ticket(f"Reports fail {number}", priority="high", created_at=desk.now))
    for number in range(2):
        desk.link(story.tickets[number], desk.issue(f"Bug {number}"))
    desk.settle()
    assert "ACCOUNT ESCALATION PROPOSED" in story.board
    assert all(str(ref) in story.record.fields["description"] for ref in story.tickets)
    assert story.coloured() == [""] * 6


def declare(story: Story) -> None:
    """Only the support manager declares; then the tickets wear the colour."""
    assert "it takes the role support_manager" in story.says("rex", "#declare I think so")
    assert "declared RED" in story.says("maya", "#declare Reports are down for all branches")
    assert story.coloured() == ["acct_red"] * 6
    assert "no owner" in story.board
    assert "no communication plan" in story.board
    assert story.subtask("Kick-off call").fields["duedate"] == "2026-03-02"
    answers = story.say_all(
        ("maya", "#owner anna"),
        ("maya", "#sponsor sid"),
        ("anna", "#stakeholder Jane Doe | party: customer"),
        ("anna", "#comms call and e-mail | frequency: 1d | attendees: anna, rex, sid, Jane Doe"),
        ("anna", "#exit customer-content"),
        ("anna", "#call notes We go through the reports tomorrow"),
    )
    assert all(answers)
    assert "in progress" in story.board


def acknowledge(story: Story) -> None:
    """The customer asks in their own words, a manager accepts: one acknowledgement, whatever comes twice."""
    desk, ref = story.desk, story.tickets[0]
    desk.act(ref, by=desk.customer.id, comment={"body": "Please escalate this, we cannot work.", "public": True})
    desk.settle()
    accept = "#accept | problem: yes, it is right | impact: no branch can bill"
    desk.act(ref, comment={"body": accept, "public": False})
    desk.settle()
    desk.act(ref, comment={"body": accept, "public": False})
    desk.settle()
    said = [text for public, text in desk.seen(ref).notes if public]
    assert len(said) == 1
    assert "We have taken this up" in said[0]


def plan(story: Story) -> None:
    """The plan is refused until the cause is known and both parties agree; then it becomes subtasks."""
    story.say_all(
        ("anna", "#item Add the index | owner: anna | due: 2026-03-04 | serves: calm"),
        ("anna", "#item Call the customer | owner: rex | due: 2026-03-09 | serves: customer-content"),
    )
    refused = story.says("anna", "#plan")
    assert "the cause is not known" in refused
    assert "nobody of the customer's side agreed" in refused
    assert not [issue for issue in story.desk.issues() if issue.fields["summary"] == "Add the index"]
    story.say_all(
        ("anna", "#cause The report query reads the whole table"),
        ("anna", "#agree exit"),
        ("anna", "#agree exit | for: Jane Doe | how: call of today"),
        ("anna", "#agree plan | for: Jane Doe | how: call of today"),
    )
    assert "the plan is in force: 2 items become work" in story.says("anna", "#plan")
    assert story.subtask("Add the index").fields["assignee"] == story.people["anna"].account_id
    assert story.subtask("Add the index").fields["duedate"] == "2026-03-04"


def update(story: Story) -> None:
    """Red: an update a day, chased from the owner to the sponsor; a malformed one is answered and does not count."""
    assert story.says("anna", "Date - 03/02\nWe found the query.") == ""
    due = story.desk.now + timedelta(days=1)
    assert "13/40 is no date" in story.says("anna", "Date - 13/40\nAlmost there.")
    assert "owner: the update of this escalation (red) was due" in story.until(due + timedelta(minutes=1))
    assert "regional_manager: the update" in story.until(due + timedelta(hours=4, minutes=1))
    assert "executive_sponsor: the update" in story.until(due + timedelta(days=1, minutes=1))
    assert story.says("anna", "Date - 03/04\nThe index is being built.") == ""


def slip(story: Story) -> None:
    """A subtask slips and its owner is told; people move it, and their date is the one that counts."""
    said = story.until(day(3, 5, 9))
    assert "Overdue since 2026-03-04: Add the index. It belongs to Anna" in said
    story.moves("Add the index", "anna", duedate="2026-03-06")
    assert "Add the index — Anna, by 2026-03-06" in story.board
    story.moves("Add the index", "anna", status="Done")
    assert "1 of 2 done" in story.board


def improve(story: Story) -> None:
    """Better: the colours follow, so do the cadences, and Friday wants its update whatever the period says."""
    story.says("anna", "Date - 03/05\nReports run again.")
    assert "RED → YELLOW" in story.says("anna", "#yellow Reports run again")
    assert story.coloured() == ["acct_yellow"] * 6
    assert "(yellow) was due at 2026-03-06" in story.until(day(3, 6, 20))
    story.says("anna", "Date - 03/06\nAll quiet.")
    assert "YELLOW → GREEN" in story.says("anna", "#green All quiet")
    assert "GREEN (better)" in story.board


def close(story: Story) -> None:
    """Closure is refused until the criteria are met for long enough and everybody consents; then all tags go."""
    early = story.says("anna", "#close")
    assert "not met: calm" in early
    assert "customer-content" in early
    story.until(day(3, 9, 10))
    story.moves("Call the customer", "rex", status="Done")
    story.until(day(3, 12, 10))
    assert "is confirmed" in story.says("maya", "#met customer-content Jane said so")
    refused = story.says("anna", "#close")
    assert "not met" not in refused
    assert "consent is missing: 0 of 2; silent: Jane Doe, Sid" in refused
    story.says("sid", "#consent")
    assert "1 of 2" in story.says("anna", "#close")
    story.says("anna", "#consent | for: Jane Doe | how: mail of today")
    assert "closed with consent" in story.says("anna", "#close")
    assert story.coloured() == [""] * 6


def learn(story: Story) -> None:
    """Summary, root cause, corrective action, review and follow-up; after a month, the verdict."""
    story.say_all(
        ("anna", "#summary It was the query"),
        ("anna", "#rca A missing index, and no load test"),
        ("anna", "#corrective Load test | type: process_change | owner: anna | due: 2026-03-20"),
        ("anna", "#feedback retained"),
    )
    assert "AFTERCARE" in story.board
    assert "It did not come back" in story.until(day(4, 13, 10))


CHAPTERS = (propose, declare, acknowledge, plan, update, slip, improve, close, learn)


@pytest.fixture
def chapters() -> tuple[Callable[[Story], None], ...]:
    """The story of an account at risk, from six tickets to the verdict a month after the closure."""
    return CHAPTERS


@pytest.fixture
def make_story(make_desk: Callable[..., Any]) -> Callable[[], Story]:
    """Make desks on which nothing has happened yet."""
    return lambda: Story(make_desk())


@pytest.fixture
def as_people_read() -> Callable[[str], str]:
    """A comment's text without the signs that keep it from being read as markup."""
    return plain
