"""Words to the customer: only where the policy asks for them by name, once, not too often, and nothing of the inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.change import PostComment
from rules.decide import decide
from rules.ledger import Ledger
from rules.ownership import after
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.public_notes import PUBLIC_NAMES, room_at
from rules.templates import TEMPLATE_NAMES
from rules.ticket import StatusCategory, Ticket

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, note: inside, public_note: told}
rules:
  - {id: down, description: Down, when: {tags: {contains: down}}, escalate_to: tier1, note: inside}
  - {id: vip, description: VIP, when: {tags: {contains: vip}}, public_note: welcome}
  - {id: third, description: Third, when: {tags: {contains: third}}, public_note: welcome}
templates:
  inside: "{{ tier.name }}: {{ reason }}"
  told: "We have put {{ ticket.key }} ({{ ticket.priority }}) into the hands of a specialist."
  welcome: "Hello {{ account.name }}"
"""


@pytest.fixture(scope="module")
def telling(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


def planned(policy: Policy, ticket: Ticket, ledger: Ledger | None = None, *, at: datetime | None = None) -> Plan:
    ledger = ledger or Ledger(ref=ticket.ref)
    now = at or ticket.created_at
    return plan(ticket, decide(policy, ticket, None, None, ledger, now), ledger, policy, 0, now)


def comments(made: Plan) -> list[tuple[str, bool]]:
    return [(change.key, change.public) for change in made.changes if isinstance(change, PostComment)]


def carried_out(made: Plan, at: datetime) -> Ledger:
    return after(made.ledger, made.changes, {}, {}, at)


def test_the_customer_reads_the_public_note_and_never_the_internal_one(
    telling: Policy, make_ticket: MakeTicket
) -> None:
    made = planned(telling, make_ticket(tags=frozenset({"down"})))
    assert comments(made) == [("tier:tier1:1", False), ("rule:down:1", False), ("public:tier:tier1:1", True)]
    told = next(change.body for change in made.changes if isinstance(change, PostComment) and change.public)
    assert told == "We have put 35 (normal) into the hands of a specialist."


def test_it_is_said_once_an_episode(telling: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"down"}))
    first = carried_out(planned(telling, ticket), ticket.created_at)
    assert comments(planned(telling, ticket, first)) == []
    solved = planned(telling, replace(ticket, status=StatusCategory.SOLVED), first).ledger
    again = planned(telling, ticket, solved, at=ticket.created_at + timedelta(days=3))
    assert ("public:tier:tier1:2", True) in comments(again)


def test_more_than_the_day_may_hold_waits_until_there_is_room(telling: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"down", "vip", "third"}))
    made = planned(telling, ticket)
    assert [key for key, public in comments(made) if public] == ["public:tier:tier1:1", "public:rule:vip:1"]
    assert [skipped.what for skipped in made.skipped] == ["note public:rule:third:1"]
    assert made.wake_at == ticket.created_at + timedelta(days=1)
    ledger = carried_out(made, ticket.created_at)
    waiting = planned(telling, ticket, ledger, at=made.wake_at - timedelta(microseconds=1))
    assert comments(waiting) == []
    assert waiting.wake_at == made.wake_at
    assert comments(planned(telling, ticket, ledger, at=made.wake_at)) == [("public:rule:third:1", True)]


def test_what_the_customer_may_read_of_is_a_part_of_what_texts_can_name() -> None:
    assert set(PUBLIC_NAMES) < set(TEMPLATE_NAMES)
    inside = {"tier", "rule", "clock", "reason", "ticket.url", "ticket.group", "ticket.helpdesk", "item"}
    assert not [name for name in PUBLIC_NAMES if name in inside or name.partition(".")[0] in inside]


@given(
    ages=st.lists(st.integers(0, 60), max_size=8),
    most=st.integers(1, 4),
    others=st.integers(0, 3),
)
def test_room_is_what_the_last_24_hours_leave_and_comes_at_the_instant_that_is_told(
    ages: list[int], most: int, others: int, monday: datetime
) -> None:
    said = {f"public:rule:a:{place}": monday - timedelta(hours=age) for place, age in enumerate(ages)}
    said |= {f"rule:a:{place}": monday for place in range(others)}
    room, again = room_at(said, most, monday)
    assert room == max(0, most - sum(age < 24 for age in ages))
    assert (again is None) == (room > 0)
    if again is not None:
        assert room_at(said, most, again)[0] > 0
        assert room_at(said, most, again - timedelta(microseconds=1))[0] == 0


def test_beside_every_public_note_stands_that_the_helpdesk_counts_it(telling: Policy, make_ticket: MakeTicket) -> None:
    made = planned(telling, make_ticket(tags=frozenset({"down", "vip"})))
    reasons = [change.because for change in made.changes if isinstance(change, PostComment) and change.public]
    assert len(reasons) == 2
    assert all(because.endswith("the helpdesk's own reply clock counts it as an answer") for because in reasons)
