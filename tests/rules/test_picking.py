"""Giving tickets to people: who is on duty, fits and has least to do; chosen once, so that a ticket does not wander."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from rules.change import AssignPerson
from rules.decide import decide
from rules.ledger import Ledger
from rules.ownership import after, observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import StatusCategory, Ticket

MakeTicket = Callable[..., Ticket]

POLICY = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams:
    experts:
      members:
        - {id: ada, name: Ada, skills: [db], region: emea, level: 2, accounts: {zendesk: "11"}}
        - {id: bob, name: Bob, skills: [db, net], region: emea, level: 2, accounts: {zendesk: "12"}}
        - {id: eve, name: Eve, skills: [net], region: apac, accounts: {zendesk: "13"}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, assign: {team: experts, skills: [net]}}
rules:
  - id: down
    description: Production is down
    when: {tags: {contains: down}}
    escalate_to: tier1
  - id: data
    description: The database is at fault
    when: {tags: {contains: data}}
    assign: {team: experts, skills: [db], region: emea, level: 2}
"""


@pytest.fixture(scope="module")
def staffed(policy_of: Callable[[str], Policy]) -> Policy:
    return policy_of(POLICY)


def planned(
    policy: Policy,
    ticket: Ticket,
    ledger: Ledger | None = None,
    *,
    hours: float = 0,
    load: Mapping[str, int] | None = None,
) -> Plan:
    ledger, now = ledger or Ledger(ref=ticket.ref), ticket.created_at + timedelta(hours=hours)
    return plan(ticket, decide(policy, ticket, None, None, ledger, now, load=load or {}), ledger, policy, 0, now)


def given(made: Plan) -> list[tuple[str, str]]:
    return [(change.person, change.because) for change in made.changes if isinstance(change, AssignPerson)]


def carried_out(made: Plan, at: datetime) -> Ledger:
    return after(made.ledger, made.changes, {}, {}, at)


def test_who_fits_and_has_the_fewest_open_tickets_gets_it_with_the_reason(
    staffed: Policy, make_ticket: MakeTicket
) -> None:
    made = planned(staffed, make_ticket(tags=frozenset({"data"})), load={"11": 4, "12": 2})
    ((person, because),) = given(made)
    assert person == "12"
    assert because == "Bob is on duty with 2 open tickets (not: Ada has 4 open tickets; Eve lacks db)"
    assert staffed.assigns


def test_who_was_chosen_stays_chosen_whoever_has_less_to_do_by_then(staffed: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"data"}))
    made = planned(staffed, ticket, load={"11": 4, "12": 2})
    # The write was lost: the same person is asked for again.
    assert [person for person, _ in given(planned(staffed, ticket, made.ledger, load={"11": 0, "12": 9}))] == ["12"]
    ledger = carried_out(made, ticket.created_at)
    with_bob = make_ticket(tags=ticket.tags, assignee="12")
    for hours in (1, 12):
        assert given(planned(staffed, with_bob, ledger, hours=hours, load={"11": 0, "12": 9})) == []


def test_whom_people_choose_instead_keeps_it(staffed: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"data"}))
    ledger = carried_out(planned(staffed, ticket), ticket.created_at)
    theirs = make_ticket(tags=ticket.tags, assignee="99")
    seen = observe(ledger, theirs, ticket.created_at)
    again = planned(staffed, theirs, seen.ledger, load={"11": 50})
    assert given(again) == []
    assert [skipped.what for skipped in again.skipped] == ["assignee 11"]


def test_the_tier_s_choice_is_heard_before_a_rule_s(staffed: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"down", "data"}))
    decision = decide(staffed, ticket, None, None, Ledger(ref=ticket.ref), ticket.created_at)
    assert decision.desired.assignee == "12"
    assert [(lost.what, lost.wanted, lost.by) for lost in decision.overruled] == [("assignee", "11", "rule:data")]


def test_when_nobody_is_there_the_ticket_waits_for_the_first_who_could(
    staffed: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"data"}))
    night = planned(staffed, ticket, hours=14)
    assert given(night) == []
    assert night.wake_at == ticket.created_at + timedelta(days=1)
    morning = planned(staffed, ticket, night.ledger, hours=24)
    assert [person for person, _ in given(morning)] == ["11"]


def test_a_solved_ticket_forgets_who_was_chosen(staffed: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"data"}))
    ledger = carried_out(planned(staffed, ticket), ticket.created_at)
    solved = make_ticket(tags=ticket.tags, assignee="11", status=StatusCategory.SOLVED)
    assert planned(staffed, solved, ledger).ledger.chosen == {}
