"""A policy that escalates accounts, and the record of one, made of what people write on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.clocks.book import facts_for
from rules.commands import commands_in
from rules.decide import decide
from rules.decision import Decision
from rules.escalation.record.record import AccountRecord, read_record
from rules.escalation.standing import AccountState, Around, Standing
from rules.forms import form_of
from rules.ledger import Ledger
from rules.load import load_policy
from rules.policy import Policy
from rules.ticket import AccountRef, Child, Comment, Moment, Side, State, StatusCategory, Ticket, TicketRef, Timeline

ACCOUNTS = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams:
    support:
      members:
        - {id: maya, name: Maya Lopez, level: 4, deputy: dora, absent: [{from: 2026-03-19, to: 2026-03-20}]}
        - {id: dora, name: Dora Diaz, level: 4}
        - {id: anna, name: Anna Berg, level: 3, accounts: {jira: "5b10"}}
        - {id: max, name: Max Roth, level: 2}
        - {id: jim, name: Jim New, level: 1}
        - {id: eve, name: Eve Stone, level: 9}
  roles:
    support_manager: {members: [maya]}
    eam: {members: [anna, max]}
    executive: {members: [eve]}
    tester: {members: [max]}
criteria:
  - id: one-product
    description: Many tickets about one product
    when: {account.tickets: {at_least: 3, same: [product], within: 30d}}
  - id: many-kinds
    description: Many tickets of different kinds
    when: {all: [{account.tickets: {at_least: 4}}, {account.tickets: {at_least: 3, distinct: type}}]}
  - {id: visible, description: The leadership looks at it, when: {tags: {contains: exec_visibility}}}
  - {id: renewal, description: The renewal is at stake, when: {account.renewal_date: {within: 60d}}}
  - id: money-and-law
    description: Much money, and lawyers
    when: {all: [{account.field.financial_impact: {at_least: 100000}}, {account.field.legal_involved: true}]}
channels:
  room: {url_env: ROOM_URL, calendar: office}
templates:
  news: "{{ ticket.key }} {{ record.colour }}: {{ reason }}"
account_escalations:
  record: {helpdesk: jira, project: ESC, type: Task, subject: "{{ account.name }} is in danger"}
  propose: [one-product, many-kinds, visible, renewal, money-and-law]
  declare: {roles: [support_manager]}
  tags: {red: acct_red, yellow: acct_yellow, green: acct_green}
  owner: {role: eam}
  sponsor: {role: executive, at_least: yellow}
  team: {functions: [support, engineering], least_level: 2}
  exit_criteria:
    - id: calm
      title: No urgent ticket for a week
      when: {record.tickets: {at_most: 0, where: {priority: urgent}}, for: {at_least: 7d, calendar: always}}
      always: true
    - {id: quick, title: The report opens within a second, confirmed_by: tester, within: 10d}
  horizon: 20d
  ready_within: 1d
  kickoff: 4h
  attendees: {red: [executive]}
  plan: {quorum: all}
  consent: {quorum: all, roles: [executive]}
  notify: [{channel: room, template: news, on: [declared, worse, better, late, closed]}]
"""

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCOUNT = AccountRef("zendesk", "8001")
#: Everything that a plan needs, by hours after the Monday morning.
BEGINNING = (
    (1, "maya", "#declare They lose orders | colour: red"),
    (2, "anna", "#owner anna"),
    (2.1, "anna", "#sponsor eve"),
    (2.2, "anna", "#stakeholder max | function: engineering"),
    (2.3, "anna", "#stakeholder Jane Doe | party: customer"),
    (2.4, "anna", "#comms call and e-mail | frequency: 1d | attendees: anna, Jane Doe"),
)
AGREED = (
    *BEGINNING,
    (3, "max", "#cause An index is missing"),
    (3.1, "max", "#item Build the index | owner: max | due: 2026-03-06 | serves: calm"),
    (3.2, "max", "#agree exit"),
    (3.3, "anna", "#agree exit | for: Jane Doe | how: call of today"),
    (3.4, "max", "#agree plan"),
    (3.5, "anna", "#agree plan | for: Jane Doe | how: call of today"),
    (4, "anna", "#plan"),
)
#: Two weeks later, when nothing urgent is open any more.
CONSENT = (
    (340, "max", "#consent"),
    (340.1, "anna", "#consent | for: Jane Doe | how: her mail of today"),
    (340.2, "eve", "#consent"),
)
CLOSED = (*AGREED, *CONSENT, (341, "anna", "#close"))

Word = tuple[float, str, str]


def after(hours: float) -> datetime:
    """So many hours after the Monday morning."""
    return MONDAY + timedelta(hours=hours)


@dataclass
class Story:
    """One record, with what was said on it and what is around it."""

    policy: Policy
    words: tuple[Word, ...] = ()
    tags: frozenset[str] = frozenset({"esc_record", f"esc_account:{ACCOUNT}", "esc_criterion:one-product"})
    members: tuple[Ticket, ...] = ()
    ledger: Ledger = field(default_factory=lambda: Ledger(ref=TicketRef("jira", "900")))
    children: tuple[Child, ...] = ()
    changed: dict[str, Any] = field(default_factory=dict)

    def ticket(self) -> Ticket:
        values: dict[str, Any] = {
            "ref": self.ledger.ref,
            "key": "ESC-1",
            "url": "https://jira.example/ESC-1",
            "subject": "Globex is in danger",
            "status": StatusCategory.OPEN,
            "status_name": "To Do",
            "priority": None,
            "created_at": MONDAY,
            "updated_at": MONDAY,
            "version": "1",
            "tags": self.tags,
            "comments": comments_of(self.words),
            "children": self.children,
        }
        return Ticket(**(values | self.changed))

    def at(self, hours: float) -> AccountRecord:
        """The record so many hours after the Monday morning."""
        facts = facts_for(
            self.policy, self.ticket(), None, None, self.ledger, after(hours), (), Around(members=self.members)
        )
        record = read_record(facts)
        assert record is not None
        return record

    def decide(self, hours: float) -> Decision:
        """The decision about the record's ticket at that hour."""
        return self.decide_at(after(hours))

    def decide_at(self, now: datetime) -> Decision:
        return decide(self.policy, self.ticket(), None, None, self.ledger, now, around=Around(members=self.members))

    def carried_out(self, decision: Decision) -> Story:
        """The story once everything that was decided is written."""
        desired = decision.desired
        made = {item.key: TicketRef("jira", f"sub-{item.key}") for item in desired.work}
        children = tuple(
            Child(
                ref=made[item.key],
                key=f"ESC-{number}",
                title=item.title,
                status=StatusCategory.OPEN,
                assignee=item.assignee,
                due_on=item.due_on,
            )
            for number, item in enumerate(desired.work, start=len(self.children) + 2)
        )
        ledger = replace(
            self.ledger,
            comments=self.ledger.comments | {note.key: decision.at for note in desired.notes},
            notified=self.ledger.notified
            | {notice.key: decision.at for notice in desired.notices if notice.not_before is None},
            remediation=self.ledger.remediation | made,
            standing=decision.standing,
        )
        return Story(
            policy=self.policy,
            words=self.words,
            tags=self.tags,
            members=self.members,
            ledger=ledger,
            children=(*self.children, *children),
            changed=self.changed,
        )


def comments_of(words: Sequence[Word]) -> tuple[Comment, ...]:
    """Internal comments with their commands, oldest first."""
    authors = {"anna": "5b10"}
    return tuple(
        Comment(
            id=str(number),
            at=after(hours),
            side=Side.AGENT,
            public=False,
            author=authors.get(who, who),
            commands=commands_in(text),
            form=form_of(text),
        )
        for number, (hours, who, text) in enumerate(words, start=1)
    )


@pytest.fixture(scope="session")
def beginning() -> tuple[Word, ...]:
    """Everything that makes a record be in progress."""
    return BEGINNING


@pytest.fixture(scope="session")
def agreed() -> tuple[Word, ...]:
    """Everything up to a plan in force."""
    return AGREED


@pytest.fixture(scope="session")
def closed() -> tuple[Word, ...]:
    """Everything up to the closure, two weeks later."""
    return CLOSED


@pytest.fixture(scope="session")
def accounts_text() -> str:
    """That policy, as YAML."""
    return ACCOUNTS


@pytest.fixture(scope="session")
def accounts() -> Policy:
    """A policy that escalates accounts, with everything that it can ask for."""
    return load_policy({"policy.yaml": ACCOUNTS})


@pytest.fixture(scope="session")
def story(accounts: Policy) -> Callable[..., Story]:
    """A record on which people wrote these words, by hours, author and text."""

    def tell(*words: Word, policy: Policy = accounts, **around: Any) -> Story:
        return Story(policy=policy, words=words, **around)

    return tell


@pytest.fixture(scope="session")
def spoken() -> Callable[[Sequence[Word]], tuple[Comment, ...]]:
    """Internal comments, by hours, author and text."""
    return comments_of


@pytest.fixture(scope="session")
def member() -> Callable[..., Ticket]:
    """A ticket of the account, open and urgent, made on the Monday morning, but for what the test says."""

    def make(number: int = 1, *, solved_at: float | None = None, **changed: Any) -> Ticket:
        values: dict[str, Any] = {
            "ref": TicketRef("zendesk", str(number)),
            "key": str(number),
            "url": f"https://desk.example/agent/tickets/{number}",
            "subject": "The report is slow",
            "status": StatusCategory.OPEN,
            "status_name": "Open",
            "priority": "urgent",
            "created_at": MONDAY,
            "updated_at": MONDAY,
            "version": "1",
            "account": ACCOUNT,
            "product": "reports",
        }
        ticket = Ticket(**(values | changed))
        if solved_at is None:
            return ticket
        first = _state(ticket)
        solved = replace(ticket, status=StatusCategory.SOLVED, status_name="Solved")
        moments = (Moment(ticket.created_at, first), Moment(after(solved_at), _state(solved)))
        return replace(solved, timeline=Timeline(moments=moments))

    return make


def _state(ticket: Ticket) -> State:
    return State(
        status=ticket.status,
        status_name=ticket.status_name,
        priority=ticket.priority,
        type=ticket.type,
        product=ticket.product,
        tags=ticket.tags,
    )


@pytest.fixture(scope="session")
def standing_of() -> Callable[..., Standing]:
    """What the record ESC-1 says of the account, in some state."""

    def make(state: AccountState, **changed: Any) -> Standing:
        values: dict[str, Any] = {
            "record": TicketRef("jira", "900"),
            "key": "ESC-1",
            "url": "https://jira.example/ESC-1",
            "accounts": (ACCOUNT,),
            "state": state,
            "since": MONDAY,
        }
        return Standing(**(values | changed))

    return make
