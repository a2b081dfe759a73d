"""Proofs made together are those that each condition gives itself, whatever it is made of, and take little room."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.clocks.book import facts_for
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.policy import Policy
from rules.proofs.prover import WRITTEN_FROM, Prover, prover_of
from rules.ticket import Account, AccountRef, AccountSummary, Priority, StatusCategory, Ticket

PolicyOf = Callable[[str], Policy]
MakeTicket = Callable[..., Ticket]

TEXT = """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
directory:
  teams: {desk: {members: [{id: ann, name: Ann, calendar: office, accounts: {zendesk: "7"}}]}}
conditions:
  down: {tags: {contains: outage}}
  old: {age: {at_least: 8h}}
criteria:
  - {id: outage, weight: 50, description: An outage, when: {condition: down}}
  - {id: late, weight: 30, description: Late, when: {any: [{condition: old}, {priority: urgent}]}}
sla:
  - {id: reply, metric: first_response, calendar: office, targets: {high: 4h, urgent: 1h}}
rules:
  - {id: a, description: A, tags: [a], when: {any: [{condition: down}, {condition: old}], status: open}}
  - {id: b, description: B, tags: [b], when: {none: [{condition: down}, {status: open}], age: {at_least: 8h}}}
  - {id: c, description: C, tags: [c], when: {criterion: outage}}
  - {id: d, description: D, tags: [d], when: {criteria: {of: all, at_least: 60, needs: [late]}}}
  - {id: e, description: E, tags: [e], when: {status: open, for: 4h}}
  - {id: f, description: F, tags: [f], when: {now: {inside: office}, sla.reply.state: breached}}
  - {id: g, description: G, tags: [g], when: {account.tickets: {at_least: 1, where: {status: open}}}}
  - {id: h, description: H, tags: [h], when: {field.due: {within: 2d}, now: {weekday: [mon, fri]}}}
  - {id: i, description: I, tags: [i], when: {now: {staffed: desk}, sla.reply.remaining: {less_than: 1h}}}
  - {id: j, description: J, tags: [j], when: {status: open}}
  - {id: k, description: K, tags: [k], when: {field.seats: {at_least: 1}, age: {exists: true}, field.paid: true}}
"""


@pytest.fixture(scope="module")
def policy(policy_of: PolicyOf) -> Policy:
    return policy_of(TEXT)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_kind_of_condition_is_proved_as_it_proves_itself(
    data: st.DataObject, policy: Policy, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(
        status=data.draw(st.sampled_from([StatusCategory.OPEN, StatusCategory.PENDING])),
        priority=data.draw(st.sampled_from([Priority.HIGH, Priority.URGENT, None])),
        tags=data.draw(st.sampled_from([frozenset(), frozenset({"outage"})])),
        fields=data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "due": st.sampled_from(["2026-03-04", "soon"]),
                    "seats": st.sampled_from([1, True, 1.0, "1", 0.0, -0.0]),
                    "paid": st.sampled_from([True, 1, "true"]),
                },
            )
        ),
    )
    summary = AccountSummary(ref=AccountRef("zendesk", "1"), open_tickets=0)
    now = ticket.created_at + timedelta(minutes=data.draw(st.integers(0, 72 * 60)))
    facts = facts_for(policy, ticket, None, summary, Ledger(ref=ticket.ref), now)
    assert list(prover_of(policy).prove(facts)) == [rule.when.evaluate(facts) for rule in policy.rules]


def facts(ticket: Ticket) -> Facts:
    account = Account(ref=AccountRef("zendesk", "1"), name="Acme")
    return facts_of(ticket, account, None, Ledger(ref=ticket.ref), ticket.created_at)


def test_values_that_python_takes_for_equal_are_told_in_their_own_words(
    policy: Policy, make_ticket: MakeTicket
) -> None:
    def observed(value: Any) -> str:
        (_, _, last) = prover_of(policy).prove(facts(make_ticket(fields={"paid": value})))[-1].children
        return f"{last.observed}: {last.holds}"

    assert [observed(value) for value in (1, True, 1.0, "1", "true", True, 1)] == [
        "1: False",
        "yes: True",
        "1: False",
        "1: False",
        "true: True",
        "yes: True",
        "1: False",
    ]


def test_many_conditions_and_groups_of_many_are_proved_alike_however_often(
    policy_of: PolicyOf, make_ticket: MakeTicket
) -> None:
    types = ", ".join(f"{{type: t{number}}}" for number in range(40))
    text = "\n".join(
        f"  - {{id: r{number}, description: R, tags: [t], when: {{type: t{number}, any: [{types}, {{age: {{more_than: 1h}}}}]}}}}"
        for number in range(150)
    )
    policy = policy_of(f"version: 1\ndefault_calendar: always\nrules:\n{text}\n")
    for number in range(WRITTEN_FROM + 4):
        asked = facts(make_ticket(type=f"t{number}"))
        assert list(prover_of(policy).prove(asked)) == [rule.when.evaluate(asked) for rule in policy.rules]


def test_a_zero_is_asked_with_its_own_sign(policy_of: PolicyOf, make_ticket: MakeTicket) -> None:
    text = "version: 1\nrules: [{id: r, description: R, tags: [t], when: {field.balance: {starts_with: '-'}}}]\n"
    prover = prover_of(policy_of(text))
    asked = [prover.prove(facts(make_ticket(fields={"balance": value})))[0].holds for value in (0.0, -0.0, 0.0)]
    assert asked == [False, True, False]


def test_what_several_conditions_ask_is_answered_once(policy: Policy, make_ticket: MakeTicket) -> None:
    proofs = prover_of(policy).prove(facts(make_ticket(status=StatusCategory.OPEN)))
    first, ninth = proofs[0].children, proofs[9]
    assert first[1] is ninth


def test_answers_to_ever_new_texts_take_bounded_room(policy_of: PolicyOf, make_ticket: MakeTicket) -> None:
    text = "\n".join(
        f"  - {{id: r{index}, description: R, tags: [t], when: {{subject: {{contains: word{index}}}}}}}"
        for index in range(20)
    )
    prover = Prover([rule.when for rule in policy_of(f"version: 1\nrules:\n{text}\n").rules])
    tracemalloc.start()
    try:
        for number in range(4000):
            prover.prove(facts(make_ticket(subject=f"{number:0>240}")))
        assert tracemalloc.get_traced_memory()[0] < 3_000_000
    finally:
        tracemalloc.stop()
