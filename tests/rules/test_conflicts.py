"""Who is heard when several parts of a policy want different values of one thing, and who is named as overruled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conflicts import Want, contests, settle
from rules.decide import decide
from rules.decision import Decision
from rules.explain import decision_json, decision_markdown, decision_text
from rules.ledger import Ledger, Override
from rules.ownership import after, observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.ticket import Priority, Ticket
from rules.wants import Asked

MakeTicket = Callable[..., Ticket]
PolicyOf = Callable[[str], Policy]

POLICY = """
version: 1
default_calendar: always
tiers:
  - id: tier1
    name: Tier 1
    tag: esc_t1
    priority_floor: high
    groups: {zendesk: Front line}
    fields: {zendesk: {stage: one}}
  - {id: tier2, name: Tier 2, tag: esc_t2, groups: {zendesk: Specialists}}
rules:
  - id: escalated
    description: Escalated
    when: {tags: {contains: hot}}
    escalate_to: tier1
    set: {fields: {zendesk: {owner: crew}}}
  - id: payments
    description: Money is at stake
    when: {tags: {contains: payments}}
    set: {priority_floor: high, groups: {zendesk: Billing}, fields: {zendesk: {stage: review}}}
  - id: trial
    description: Trials wait
    when: {tags: {contains: trial}}
    set: {priority: low, groups: {zendesk: Sales, jira: Growth}}
"""


@pytest.fixture(scope="module")
def busy(policy_of: PolicyOf) -> Policy:
    return policy_of(POLICY)


def decided(policy: Policy, ticket: Ticket, ledger: Ledger | None = None) -> Decision:
    return decide(policy, ticket, None, None, ledger or Ledger(ref=ticket.ref), ticket.created_at)


def planned(policy: Policy, ticket: Ticket, ledger: Ledger | None = None) -> Plan:
    ledger = ledger or Ledger(ref=ticket.ref)
    return plan(ticket, decided(policy, ticket, ledger), ledger, policy, 0, ticket.created_at)


def lost(decision: Decision) -> list[tuple[str, object, str, str]]:
    return [(one.what, one.wanted, one.by, one.winner) for one in decision.overruled]


@pytest.mark.parametrize(
    ("tags", "priority", "group", "fields", "overruled"),
    [
        ({"trial"}, "low", "Sales", {}, []),
        ({"payments"}, "high", "Billing", {"stage": "review"}, []),
        (
            {"payments", "trial"},
            "high",
            "Billing",
            {"stage": "review"},
            [("priority", "low", "rule:trial", "rule:payments"), ("group", "Sales", "rule:trial", "rule:payments")],
        ),
        ({"hot"}, "high", "Front line", {"stage": "one", "owner": "crew"}, []),
        (
            {"hot", "payments"},
            "high",
            "Front line",
            {"stage": "one", "owner": "crew"},
            [
                ("group", "Billing", "rule:payments", "tier:tier1"),
                ("field stage", "review", "rule:payments", "tier:tier1"),
            ],
        ),
        (
            {"hot", "trial"},
            "high",
            "Front line",
            {"stage": "one", "owner": "crew"},
            [("priority", "low", "rule:trial", "tier:tier1"), ("group", "Sales", "rule:trial", "tier:tier1")],
        ),
    ],
    ids=["one rule", "another", "the first rule", "the tier", "tier and rule", "the tier's floor"],
)
def test_the_tier_is_heard_before_rules_and_rules_in_the_order_of_the_files(  # noqa: PLR0917 - one table
    tags: set[str],
    priority: str,
    group: str,
    fields: dict[str, str],
    overruled: list[tuple[str, str, str, str]],
    busy: Policy,
    make_ticket: MakeTicket,
) -> None:
    decision = decided(busy, make_ticket(tags=frozenset(tags)))
    desired = decision.desired
    assert (desired.priority or desired.priority_floor, desired.group, desired.fields) == (priority, group, fields)
    assert lost(decision) == overruled


def test_a_rule_speaks_only_of_the_helpdesk_that_it_names(busy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"trial"}))
    assert decided(busy, ticket).desired.group == "Sales"
    there = decided(busy, make_ticket(ref=type(ticket.ref)("jira", "1"), tags=frozenset({"trial"})))
    assert there.desired.group == "Growth"


def test_the_matrix_is_heard_before_rules(ladder_text: str, policy_of: PolicyOf, make_ticket: MakeTicket) -> None:
    rule = "  - {id: calm, description: Calm, when: {status: open}, set: {priority: low}}\nmatrix:\n"
    policy = policy_of(ladder_text.replace("matrix:\n", rule, 1))
    decision = decided(policy, make_ticket(fields={"impact": "low", "urgency": "high"}))
    assert decision.desired.priority is None
    assert decision.desired.priority_floor is Priority.HIGH
    assert lost(decision) == [("priority", "low", "rule:calm", "matrix:low/high")]


def test_the_overruled_are_named_with_the_reason_wherever_a_decision_is_explained(
    busy: Policy, make_ticket: MakeTicket
) -> None:
    decision = decided(busy, make_ticket(tags=frozenset({"hot", "payments", "trial"})))
    told = (
        "rule:payments: wants group Billing, and is not heard: tier:tier1 wants group Front line, and a tier is heard"
    )
    assert told in decision_text(decision)
    assert "### Overruled" in decision_markdown(decision)
    assert decision_json(decision)["overruled"][0] == {
        "what": "group",
        "wanted": "Billing",
        "by": "rule:payments",
        "winner": "tier:tier1",
        "because": "tier:tier1 wants group Front line, and a tier is heard before a rule",
    }
    assert "Overruled" not in decision_text(decided(busy, make_ticket()))


def test_where_people_brought_the_ticket_higher_no_rule_s_group_steps_in_for_the_tier_s(
    busy: Policy, make_ticket: MakeTicket
) -> None:
    decision = decided(busy, make_ticket(tags=frozenset({"hot", "payments"}), group="Specialists"))
    assert decision.desired.group is None


def test_every_change_names_the_part_of_the_policy_that_wants_it(busy: Policy, make_ticket: MakeTicket) -> None:
    made = planned(busy, make_ticket(tags=frozenset({"hot", "payments"})))
    assert [(change.rule, change.because) for change in made.changes[1:]] == [
        ("tier:tier1", "Tier 1 wants high at least"),
        ("tier:tier1", "Front line owns Tier 1"),
        ("tier:tier1", "enters Tier 1: Escalated"),
        ("rule:escalated", "Escalated"),
    ]


def test_an_exact_priority_lowers_what_people_set_and_is_put_back(busy: Policy, make_ticket: MakeTicket) -> None:
    ticket = make_ticket(tags=frozenset({"trial"}), priority=Priority.URGENT, group="Sales")
    made = planned(busy, ticket)
    assert [(change.priority, change.was) for change in made.changes] == [("low", "urgent")]  # type: ignore[union-attr]  # a SetPriority
    ledger = after(made.ledger, made.changes, {}, {}, ticket.created_at)
    paid = make_ticket(priority=Priority.LOW, group="Sales")
    assert [(change.priority, change.rule) for change in planned(busy, paid, ledger).changes] == [  # type: ignore[union-attr]  # a SetPriority
        ("urgent", "release")
    ]


@pytest.mark.parametrize("theirs", [Priority.NORMAL, Priority.HIGH])
def test_whoever_leaves_an_exact_priority_that_was_met_is_respected_whichever_way_they_go(
    theirs: Priority, busy: Policy, make_ticket: MakeTicket
) -> None:
    tags = frozenset({"trial"})
    met = planned(busy, make_ticket(tags=tags, priority=Priority.LOW, group="Sales"))
    assert met.changes == ()
    ticket = make_ticket(tags=tags, priority=theirs, group="Sales")
    seen = observe(met.ledger, ticket, ticket.created_at + timedelta(hours=1))
    assert seen.notes == ("somebody took back priority, which we wanted at low; we leave it so",)
    assert seen.ledger.overrides["priority"] == Override(wanted="low", seen_at=ticket.created_at + timedelta(hours=1))
    again = planned(busy, ticket, seen.ledger)
    assert again.changes == ()
    assert again.ledger.overrides == seen.ledger.overrides


def test_a_group_that_a_rule_gave_to_a_ticket_without_one_is_the_people_s_to_change(
    busy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=frozenset({"payments"}), priority=Priority.HIGH, fields={"stage": "review"})
    made = planned(busy, ticket)
    ledger = after(made.ledger, made.changes, {}, {}, ticket.created_at)
    billed = make_ticket(tags=ticket.tags, priority=Priority.HIGH, fields=ticket.fields, group="Billing")
    settled = planned(busy, billed, ledger)
    assert settled.changes == ()
    moved = make_ticket(tags=ticket.tags, priority=Priority.HIGH, fields=ticket.fields, group="Front desk")
    seen = observe(settled.ledger, moved, ticket.created_at)
    assert planned(busy, moved, seen.ledger).changes == ()


def test_rules_that_could_fight_are_listed_for_whoever_checks_the_policy(busy: Policy) -> None:
    assert [(one.first, one.second, one.asked.part, one.asked.value) for one in contests(busy)] == [
        ("payments", "trial", "priority", "low"),
        ("payments", "trial", "group", "Sales"),
    ]


ASKED = st.one_of(
    st.builds(Asked, part=st.just("priority"), value=st.sampled_from([p.value for p in Priority]), floor=st.booleans()),
    st.builds(Asked, part=st.sampled_from(["group", "field:a"]), value=st.sampled_from(["x", "y"])),
)


@given(asked=st.lists(ASKED, max_size=8))
def test_what_is_heard_agrees_with_itself_and_who_is_overruled_contradicts_the_winner(asked: Sequence[Asked]) -> None:
    wants = [Want(asked=one, by=f"rule:{place}", because="") for place, one in enumerate(asked)]
    settled = settle(wants)
    heard = [*settled.won.values(), *([settled.floor] if settled.floor else [])]
    assert not any(one.asked.contradicts(other.asked) for one in heard for other in heard)
    by = {want.by: want.asked for want in wants}
    assert all(by[one.by].contradicts(by[one.winner]) for one in settled.overruled)
    assert all(int(one.winner.removeprefix("rule:")) < int(one.by.removeprefix("rule:")) for one in settled.overruled)
    told = {one.by for one in settled.overruled}
    silent = [want for want in wants if want.by not in told]
    # Nobody is passed over in silence: who is not overruled has what they asked for.
    assert not any(want.asked.contradicts(one.asked) for want in silent for one in heard)
