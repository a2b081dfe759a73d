"""Telling people on channels: once an episode, and not while nobody is there to read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from rules.change import Notify, channel_target, target_of
from rules.channels import ChannelForm
from rules.commands import Command
from rules.decide import decide
from rules.ledger import Ledger
from rules.ownership import after
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Comment, Link, LinkKind, Priority, Side, StatusCategory, Ticket, TicketRef

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
channels:
  room: {url_env: ROOM_URL, calendar: office, form: slack}
  pager: {url_env: PAGER_URL, calendar: office}
  wall: {url_env: WALL_URL}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, notify: [{channel: wall, template: entered}]}
rules:
  - id: down
    description: Production is down
    when: {tags: {contains: down}}
    escalate_to: tier1
    notify:
      - {channel: room, template: noticed}
      - {channel: pager, template: noticed, urgent: true}
templates:
  entered: "{{ tier.name }}: {{ reason }}"
  noticed: "{{ rule.description }}"
"""
WALL, ROOM, PAGER = (
    "notify:wall:entered:tier:tier1:1",
    "notify:room:noticed:rule:down:1",
    "notify:pager:noticed:rule:down:1",
)


@pytest.fixture(scope="module")
def telling(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


@pytest.fixture
def down(make_ticket: MakeTicket) -> Ticket:
    return make_ticket(tags=frozenset({"down"}))


def planned(policy: Policy, ticket: Ticket, at: datetime, ledger: Ledger | None = None) -> Plan:
    ledger = ledger or Ledger(ref=ticket.ref)
    return plan(ticket, decide(policy, ticket, None, None, ledger, at), ledger, policy, 0, at)


def told(made: Plan) -> list[str]:
    return [change.key for change in made.changes if isinstance(change, Notify)]


def test_channels_are_told_after_everything_else_was_written(telling: Policy, down: Ticket) -> None:
    made = planned(telling, down, down.created_at)
    assert told(made) == [WALL, ROOM, PAGER]
    assert [isinstance(change, Notify) for change in made.changes] == [False, True, True, True]
    wall, room, _ = (change for change in made.changes if isinstance(change, Notify))
    assert (wall.title, wall.body, wall.url) == ("35: The export stops", "Tier 1: Production is down", down.url)
    assert room.body == "Production is down"
    assert target_of(room) == channel_target("room") == "channel:room"


def test_what_was_told_is_not_told_again_in_the_same_episode(telling: Policy, down: Ticket) -> None:
    made = planned(telling, down, down.created_at)
    ledger = after(made.ledger, made.changes, {}, {}, down.created_at)
    assert set(ledger.notified) == {WALL, ROOM, PAGER}
    assert told(planned(telling, down, down.created_at + timedelta(hours=1), ledger)) == []
    solved = planned(telling, replace(down, status=StatusCategory.SOLVED), down.created_at, ledger).ledger
    again = planned(telling, down, down.created_at + timedelta(hours=1), solved)
    assert "notify:room:noticed:rule:down:2" in told(again)


def test_what_a_channel_refused_is_not_tried_for_ever(telling: Policy, down: Ticket) -> None:
    made = planned(telling, down, down.created_at)
    ledger = after(made.ledger, made.changes, {}, {ROOM: "there is no such room"}, down.created_at)
    assert told(planned(telling, down, down.created_at, ledger)) == []


@pytest.mark.capability("D18")
def test_at_night_only_what_is_urgent_goes_out_and_the_rest_when_the_channel_opens(
    telling: Policy, down: Ticket
) -> None:
    """Nobody is woken at midnight or on a weekend by what can wait."""
    night = down.created_at + timedelta(hours=14)
    made = planned(telling, down, night)
    assert told(made) == [WALL, PAGER]
    opening = down.created_at + timedelta(days=1)
    assert [(skipped.what, skipped.why) for skipped in made.skipped] == [
        (f"notice {ROOM}", "nobody reads the channel room before 2026-03-03 09:00 UTC; it is sent then")
    ]
    assert (made.wake_at, made.wake_because) == (opening, "the channel room opens")
    ledger = after(made.ledger, made.changes, {}, {}, night)
    assert told(planned(telling, down, opening - timedelta(microseconds=1), ledger)) == []
    assert told(planned(telling, down, opening, ledger)) == [ROOM]


def test_what_no_longer_holds_when_the_channel_opens_is_not_told(telling: Policy, down: Ticket) -> None:
    made = planned(telling, down, down.created_at + timedelta(hours=14))
    ledger = after(made.ledger, made.changes, {}, {}, down.created_at)
    solved = replace(down, status=StatusCategory.SOLVED)
    assert told(planned(telling, solved, down.created_at + timedelta(days=1), ledger)) == []


def test_a_notice_that_could_not_go_in_time_waits_again(telling: Policy, down: Ticket) -> None:
    late = planned(telling, down, down.created_at + timedelta(hours=7, minutes=59))
    assert ROOM in told(late)
    assert late.wake_at == down.created_at + timedelta(hours=8)
    assert ROOM not in told(planned(telling, down, late.wake_at))


def test_a_channel_becomes_a_typed_value(telling: Policy) -> None:
    room = telling.channels["room"]
    assert (room.url_env, room.form, room.repeat_when_unsure) == ("ROOM_URL", ChannelForm.SLACK, False)


URGENT = """
version: 1
default_calendar: always
channels: {wall: {url_env: WALL_URL}}
rules:
  - id: down
    description: Production is down
    when: {tags: {contains: down}}
    tags: [down]
    notify: [{channel: wall, template: urgent}]
sla:
  - {id: first-response, metric: first_response, targets: {urgent: 4h}, breach_tag: late}
  - {id: resolution, metric: resolution, targets: {urgent: 1d}, breach_tag: late}
commands: {}
escalation: {}
templates:
  urgent: |
    {{ rule.description }}: {{ ticket.priority }}, open for {{ ticket.age }}.
    Impact: {{ ticket.impact | default('nobody said yet') }}
    Next due: {{ next_due }}
    {{ ticket.url }} (linked: {{ ticket.links }})
"""


@pytest.mark.capability("E9")
def test_a_notice_tells_severity_impact_age_what_is_due_next_and_links(
    policy_of: Callable[[str], Policy], make_ticket: MakeTicket, monday: datetime
) -> None:
    said = Comment(
        id="1",
        at=monday + timedelta(hours=1),
        side=Side.AGENT,
        public=False,
        author="7",
        commands=(Command(verb="impact", text="No invoices go out"),),
    )
    ticket = make_ticket(
        tags=frozenset({"down"}),
        priority=Priority.URGENT,
        comments=(said,),
        links=(Link(to=TicketRef("jira", "1"), kind=LinkKind.TRACKED_BY, key="OPS-1"),),
    )
    made = planned(policy_of(URGENT), ticket, monday + timedelta(hours=2))
    (notice,) = [change for change in made.changes if isinstance(change, Notify)]
    assert notice.title == "35: The export stops"
    assert notice.url == "https://desk.example/agent/tickets/35"
    assert notice.body == (
        "Production is down: urgent, open for 2h.\n"
        "Impact: No invoices go out\n"
        "Next due: first-response by 2026-03-02 13:00 UTC\n"
        "https://desk.example/agent/tickets/35 (linked: OPS-1)"
    )
