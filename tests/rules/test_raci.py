"""Who does, answers for, is asked and is told; in whose name Escalade acts; and who has a role at an instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.decide import decide
from rules.escalation.people import name_meant, person_meant, who
from rules.ledger import Ledger
from rules.load import load_policy
from rules.plan import plan
from rules.policy import Policy
from rules.raci import Raci
from rules.ticket import Ticket

POLICY = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams:
    csms:
      members:
        - {id: ada, name: Ada Low, accounts: {jira: "557058:ada"}, absent: [{from: 2026-03-03, to: 2026-03-03}], deputy: bob}
        - {id: ben, name: Ben High, absent: [{from: 2026-03-03, to: 2026-03-04}]}
    desk: {members: [{id: bob, name: Bob}, {id: ben2, name: Ben High}]}
    pool: {calendar: always, members: [{id: eve, name: Eve}]}
  roles:
    csm: {teams: [csms], duties: [Answers the complainant], serves: [tier]}
    lead: {members: [bob], serves: ["tier:t2", sla]}
    board: {members: [eve]}
  raci: {R: [desk, csm], A: csm, C: [lead], I: [board, csm]}
tiers:
  - {id: t1, name: One, tag: esc_t1, note: entered}
  - {id: t2, name: Two, tag: esc_t2, note: entered}
rules:
  - {id: one, description: One, when: {tags: {contains: one}}, escalate_to: t1, tags: [seen]}
  - {id: two, description: Two, when: {tags: {contains: two}}, escalate_to: t2}
templates: {entered: Entered}
"""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy({"policy.yaml": POLICY})


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.mark.capability("D22", "D23", "D24", "D25")
def test_everybody_has_one_part_and_one_role_answers_for_the_whole(policy: Policy) -> None:
    assert policy.directory.raci == Raci(
        responsible=("desk", "csm"), accountable="csm", consulted=("lead",), informed=("board", "csm")
    )
    assert policy.directory.raci.only_informed == {"board"}


@pytest.mark.capability("D14")
@pytest.mark.parametrize(
    ("source", "role"),
    [("tier:t1", "csm"), ("tier:t2", "lead"), ("sla:answer", "lead"), ("commands", "csm"), ("rule:one", "csm")],
)
def test_what_escalade_does_is_done_for_the_role_that_names_it_most_closely(
    policy: Policy, source: str, role: str
) -> None:
    assert policy.directory.served_by(source) == role


@pytest.mark.capability("D14")
def test_each_automated_act_names_the_role_that_it_serves(
    policy: Policy, make_ticket: Callable[..., Ticket], monday: datetime
) -> None:
    ticket = make_ticket(tags=frozenset({"one", "two"}))
    ledger = Ledger(ref=ticket.ref)
    made = plan(ticket, decide(policy, ticket, None, None, ledger, monday), ledger, policy, 0, monday)

    assert {change.because.rpartition(" ")[2] for change in made.changes} == {"[lead]", "[csm]"}
    assert all(change.because.endswith(f"[{policy.directory.served_by(change.rule)}]") for change in made.changes)


@pytest.mark.capability("B3")
@pytest.mark.parametrize(
    ("day", "hour", "person", "why"),
    [
        (2, 10, "ada", "Ada Low is on duty"),
        (3, 10, "bob", "stands in for Ada Low"),
        (4, 10, "ada", "Ada Low is on duty"),
        (7, 10, "eve", "nobody of csm can take it; Eve is on duty"),
    ],
)
def test_the_manager_on_shift_is_asked_then_the_deputy_then_the_pool(
    policy: Policy, day: int, hour: int, person: str, why: str
) -> None:
    choice = who(policy.directory, ("csm", "pool"), at(day, hour))

    assert choice.person is not None
    assert choice.person.id == person
    assert why in choice.reason


def test_where_nobody_is_there_it_is_told_who_was_asked_and_when_somebody_could(policy: Policy) -> None:
    choice = who(policy.directory, ("csm",), at(3, 20))

    assert choice.person is None
    assert {one.person: one.why for one in choice.passed} == {
        "Ada Low": "absent until 2026-03-03",
        "Ben High": "absent until 2026-03-04",
        "Bob": "off duty (calendar office)",
    }
    assert choice.flips_at == at(4, 0)


def test_nobody_is_found_where_nobody_was_named(policy: Policy) -> None:
    assert who(policy.directory, (), at(3, 10)).person is None
    with pytest.raises(KeyError):
        who(policy.directory, ("nobody-knows",), at(3, 10))


@given(minutes=st.integers(0, 14 * 24 * 60))
def test_who_it_is_stays_the_same_until_the_instant_that_is_named(minutes: int) -> None:
    directory = load_policy({"policy.yaml": POLICY}).directory
    now = at(1, 0) + timedelta(minutes=minutes)
    choice = who(directory, ("csm", "pool"), now)
    assert choice.flips_at is not None
    last = choice.flips_at - timedelta(microseconds=1)

    assert now < choice.flips_at
    assert who(directory, ("csm", "pool"), last).person == choice.person


@pytest.mark.parametrize(
    ("text", "helpdesk", "person"),
    [
        ("ada", "zendesk", "ada"),
        (" Ada ", "zendesk", "ada"),
        ("ada low", "zendesk", "ada"),
        ("@ada", "zendesk", "ada"),
        ("557058:ada", "jira", "ada"),
        ("[~accountid:557058:ada]", "jira", "ada"),
        ("[~bob]", "jira", "bob"),
        ("557058:ada", "zendesk", None),
        ("Ben High", "zendesk", None),
        ("somebody", "zendesk", None),
    ],
)
def test_people_are_meant_by_id_name_mention_or_account_and_never_guessed(
    policy: Policy, text: str, helpdesk: str, person: str | None
) -> None:
    found = person_meant(policy.directory, text, helpdesk)

    assert (None if found is None else found.id) == person


def test_a_role_may_be_meant_as_well(policy: Policy) -> None:
    assert name_meant(policy.directory, " CSM ", "zendesk") == "csm"
    assert name_meant(policy.directory, "[~accountid:557058:ada]", "jira") == "ada"
    assert name_meant(policy.directory, "Ben High", "zendesk") is None
