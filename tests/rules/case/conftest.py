"""One ticket whose escalation people conduct, told act by act and visited whenever a test says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rules.commands import Command, commands_in
from rules.decide import decide
from rules.decision import Decision
from rules.escalation.case import Case
from rules.ledger import Ledger
from rules.plan import plan
from rules.policy import Policy
from rules.ticket import Account, Comment, Moment, Side, State, StatusCategory, Ticket, Timeline

#: Every part of the section, over a ladder of three tiers; office hours in London, everybody in the directory.
CONDUCTED = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1}
  - {id: tier2, name: Tier 2, tag: esc_t2, priority_floor: high}
  - {id: tier3, name: Tier 3, tag: esc_t3, priority_floor: urgent}
  - {id: outside, name: Other departments, tag: esc_out}
paths:
  - {id: support, name: Support, tiers: [tier1, tier2, tier3]}
  - {id: others, name: Others, kind: functional, tiers: [outside]}
directory:
  roles:
    rem: {members: [mia]}
    global_rem: {members: [gus]}
  teams:
    crew:
      calendar: office
      groups: {zendesk: Crew}
      members:
        - {id: ada, name: Ada, accounts: {zendesk: "1"}}
        - {id: mia, name: Mia, accounts: {zendesk: "2"}}
        - {id: gus, name: Gus, accounts: {zendesk: "3"}}
channels:
  room: {url_env: ROOM_URL, calendar: office}
  csm: {url_env: CSM_URL}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: production_down}}, escalate_to: tier2}
  - id: missed
    description: The second miss goes one level up
    when: {escalation.misses: {at_least: 2}}
    escalate_to: tier3
cadences:
  - id: customer
    when: {escalated: true}
    colours: {all: {every: 4h}}
    chase: [{to: owner, note: late}]
escalation:
  accept: tier1
  evaluate:
    within: 4h
    warn_before: 1h
    late: [{to: rem}, {after: 2h, to: global_rem, notify: [{channel: room, template: late}]}]
  declared: [{channel: csm, template: declared}]
  acknowledge: {within: 30m, public_note: ack}
  kickoff: {within: 1d, attendees: [rem], task: true}
  questions:
    - {id: problem, ask: Is the problem statement right?, field: problem, accepts: ["yes"], required_for: [accept]}
    - {id: impact, ask: What does it cost the customer?, option: impact, required_for: [accept]}
    - {id: version, ask: Which version runs there?, field: version, when: {product: Rocket}, required_for: [tier2]}
  tried_for: [tier2]
  milestone: {option: milestone, field: milestone, warn_before: 2d}
  handover: true
  leads: {tier1: crew, tier2: rem}
  workaround: {within: 2h}
  fix_note: fix
  concern:
    within: 30m
    late: [{to: rem}, {after: 1h, to: global_rem, notify: [{channel: room, template: late}]}]
    notify: [{channel: room, template: concern}]
    tag: esc_concern
    fields: {zendesk: {resources: "requested"}}
    call: true
  regression: {reopened: true, replied: true}
  follow_up: {after: 3d, again: 2d, close: 5d, public_note: follow}
  feedback_note: feedback
  review: {when: {priority: urgent}, within: 10d, attendees: [rem, crew]}
  promises: {warn_before: 1h, late: [{to: rem}]}
  tags: {requested: esc_requested, fix proposed: esc_fix, resolved: esc_resolved}
templates:
  ack: "We are on it. Next word by {{ next_update_at }}. {{ case.contact }}"
  declared: "{{ ticket.key }} {{ ticket.priority }} for {{ account.csm }}: {{ case.impact }}"
  concern: "{{ case.concern }}"
  late: "{{ reason }}"
  fix: "Please try: {{ case.fix }}"
  follow: Is all well?
  feedback: How did we do?
"""

AUTHORS = {"ada": "1", "mia": "2", "gus": "3", "customer": "900"}


class Desk:
    """A ticket, what people did to it, and what Escalade keeps of it. Hours count from a Monday, 09:00 in London."""

    def __init__(self, policy: Policy, ticket: Ticket) -> None:
        self.policy, self.made = policy, ticket
        self.ledger = Ledger(ref=ticket.ref)
        self.comments: list[Comment] = []
        self.moments: list[tuple[float, Mapping[str, Any]]] = []
        self.account: Account | None = None

    def at(self, hours: float) -> datetime:
        return self.made.created_at + timedelta(hours=hours)

    def say(self, hours: float, text: str, who: str = "ada", *, public: bool = False) -> None:
        """Somebody comments; what follows a `#` in an internal comment asks for something."""
        side = Side.REQUESTER if who == "customer" else Side.AGENT
        commands = () if public or side is Side.REQUESTER else commands_in(text)
        spoken = Comment(
            id=str(len(self.comments)),
            at=self.at(hours),
            side=side,
            public=public or side is Side.REQUESTER,
            author=AUTHORS[who],
            commands=commands,
        )
        self.comments.append(spoken)

    def ask(self, hours: float) -> None:
        """The customer asks for an escalation with a phrase of the policy."""
        command = Command(verb="escalate", phrase=True)
        self.say(hours, "Please escalate", "customer")
        self.comments[-1] = replace(self.comments[-1], commands=(command,))

    def change(self, hours: float, **changed: Any) -> None:
        """People change the ticket: status, tags, fields, priority."""
        self.moments.append((hours, changed))

    def ticket(self, now: datetime) -> Ticket:
        ticket = self.made
        moments = [Moment(ticket.created_at, _state_of(ticket))]
        for hours, changed in sorted(self.moments, key=lambda each: each[0]):
            if self.at(hours) <= now:
                ticket = replace(ticket, **changed)
                earlier = [moment for moment in moments if moment.at < self.at(hours)]
                moments = [*earlier, Moment(self.at(hours), _state_of(ticket))]
        spoken = sorted((one for one in self.comments if one.at <= now), key=lambda one: one.at)
        timeline = Timeline(moments=tuple(moments))
        return replace(ticket, comments=tuple(spoken), timeline=timeline, updated_at=moments[-1].at)

    def look(self, hours: float) -> Decision:
        """What would be decided; nothing is carried out."""
        now = self.at(hours)
        return decide(self.policy, self.ticket(now), self.account, None, self.ledger, now)

    def visit(self, hours: float) -> Decision:
        """Decide and carry it out; whoever looks again finds nothing left to say."""
        now = self.at(hours)
        decision = self.look(hours)
        self.ledger = carried_out(self.policy, self.ticket(now), decision, self.ledger)
        again = self.look(hours)
        assert again.desired.notes == ()
        assert [notice for notice in again.desired.notices if notice.not_before is None] == []
        assert again.escalation == decision.escalation
        return decision

    def case(self, hours: float) -> Case:
        case = self.look(hours).case
        assert case is not None
        return case


def carried_out(policy: Policy, ticket: Ticket, decision: Decision, ledger: Ledger) -> Ledger:
    """The ledger after everything was written."""
    kept = plan(ticket, decision, ledger, policy, 0, decision.at).ledger
    said = {note.key: decision.at for note in decision.desired.notes}
    told = {notice.key: decision.at for notice in decision.desired.notices if notice.not_before is None}
    return replace(kept, comments=kept.comments | said, notified=kept.notified | told)


def _state_of(ticket: Ticket) -> State:
    return State(
        status=ticket.status,
        status_name=ticket.status_name,
        priority=ticket.priority,
        group=ticket.group,
        assignee=ticket.assignee,
        type=ticket.type,
        product=ticket.product,
        tags=ticket.tags,
        fields=ticket.fields,
    )


@pytest.fixture(scope="session")
def conducted(policy_of: Callable[[str], Policy]) -> Policy:
    """A policy with every part of the section `escalation:`."""
    return policy_of(CONDUCTED)


@pytest.fixture(scope="session")
def conducted_text() -> str:
    """The same as YAML."""
    return CONDUCTED


@pytest.fixture
def desk(conducted: Policy, make_ticket: Callable[..., Ticket]) -> Desk:
    """A ticket that nobody has escalated."""
    return Desk(conducted, make_ticket(fields={"problem": "yes"}, assignee="1"))


@pytest.fixture(scope="session")
def desk_of(make_ticket: Callable[..., Ticket]) -> Callable[..., Desk]:
    """A ticket under another policy."""

    def make(policy: Policy, **changed: Any) -> Desk:
        return Desk(policy, make_ticket(**({"fields": {"problem": "yes"}, "assignee": "1"} | changed)))

    return make


@pytest.fixture
def running(desk: Desk) -> Desk:
    """A ticket whose escalation was requested after 1 h, accepted after 2 h, and visited right away."""
    desk.say(1, "#escalate The export stops | impact: nobody can bill")
    desk.visit(1)
    desk.say(2, "#accept", "mia")
    desk.visit(2)
    return desk


#: Solved, as changes of the ticket.
SOLVED = {"status": StatusCategory.SOLVED, "status_name": "Solved"}
OPEN = {"status": StatusCategory.OPEN, "status_name": "Open"}


@pytest.fixture(scope="session")
def solved() -> Mapping[str, Any]:
    """What solving changes."""
    return SOLVED


@pytest.fixture(scope="session")
def reopened() -> Mapping[str, Any]:
    """What opening again changes."""
    return OPEN
