"""Sets and named conditions: said once, used by name, and shown by name in the proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.conditions.groups import All, AnyOf
from rules.conditions.named import NamedCondition
from rules.facts import Facts, facts_of
from rules.ledger import Ledger
from rules.policy import NameKind, Policy
from rules.ticket import Account, AccountRef, Ticket

PolicyOf = Callable[[str], Policy]
MakeTicket = Callable[..., Ticket]

TEXT = """
version: 1
default_calendar: always
sets:
  vip: [Acme, Globex]
  outages: [production_down, data_loss]
  impacts: [high, severe]
conditions:
  vip-down: {all: [{condition: down}, {account: {in: {set: vip}}}]}
  down: {tags: {contains_any: {set: outages}}}
rules:
  - {id: a, description: A, when: {condition: vip-down}, tags: [a]}
  - {id: b, description: B, when: {none: [{condition: down}]}, tags: [b]}
  - {id: c, description: C, when: {field.impact: {in: [outage, {set: impacts}]}, group: Tier 1, helpdesk: zendsk}, tags: [c]}
"""


@pytest.fixture
def policy(policy_of: PolicyOf) -> Policy:
    return policy_of(TEXT)


def facts(ticket: Ticket, account: str = "Acme") -> Facts:
    known = Account(ref=AccountRef("zendesk", "7"), name=account)
    return facts_of(ticket, known, None, Ledger(ref=ticket.ref), ticket.created_at)


@pytest.mark.parametrize(
    ("tags", "account", "holds"),
    [
        ({"data_loss"}, "Globex", (True, False)),
        ({"data_loss"}, "Initech", (False, False)),
        ({"slow"}, "Acme", (False, True)),
    ],
)
def test_a_name_means_what_it_stands_for(
    tags: set[str], account: str, holds: tuple[bool, bool], policy: Policy, make_ticket: MakeTicket
) -> None:
    asked = facts(make_ticket(tags=frozenset(tags)), account)
    assert tuple(rule.when.evaluate(asked).holds for rule in policy.rules[:2]) == holds


def test_a_set_may_stand_among_other_values(policy: Policy, make_ticket: MakeTicket) -> None:
    def holds(impact: str) -> bool:
        ticket = make_ticket(fields={"impact": impact}, group="Tier 1")
        return policy.rules[2].when.evaluate(facts(ticket)).children[0].holds

    assert [holds(impact) for impact in ("outage", "high", "severe", "low")] == [True, True, True, False]


def test_the_proof_shows_the_name_with_the_whole_below(policy: Policy, make_ticket: MakeTicket) -> None:
    verdict = policy.rules[0].when.evaluate(facts(make_ticket(tags=frozenset({"data_loss"}))))
    assert (verdict.wanted, verdict.observed) == ("condition vip-down", "holds")
    (whole,) = verdict.children
    assert [child.wanted for child in whole.children] == ["condition down", "is one of Acme, Globex"]
    (tags,) = whole.children[0].children
    assert (tags.subject, tags.wanted) == ("tags", "contains any of production_down, data_loss")


def test_a_named_condition_is_made_once_and_shared(policy: Policy) -> None:
    first, second = policy.rules[0].when, policy.rules[1].when
    assert isinstance(first, NamedCondition)
    assert isinstance(first.meaning, All)
    assert isinstance(second, AnyOf)
    assert first.meaning.children[0] is second.children[0]
    assert first.facts == {"tags", "account"}


def test_words_for_the_helpdesks_are_found_wherever_they_stand(policy: Policy) -> None:
    found = {(name.kind, name.name, name.path) for name in policy.names}
    assert found == {
        (NameKind.FIELD, "impact", "rules[2].when.field.impact"),
        (NameKind.FIELD_VALUE, "outage", "rules[2].when.field.impact.in[0]"),
        (NameKind.FIELD_VALUE, "high", "sets.impacts[0]"),
        (NameKind.FIELD_VALUE, "severe", "sets.impacts[1]"),
        (NameKind.GROUP, "Tier 1", "rules[2].when.group"),
        (NameKind.HELPDESK, "zendsk", "rules[2].when.helpdesk"),
    }
