"""The JSON Schema and the loader agree on conditions: what one takes the other takes, operator by operator."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions.base import Scope
from rules.conditions.parse import parse_when
from rules.conditions.registry import operators_of
from rules.facts import FACTS, FactType
from rules.load import load_policy
from rules.problems import Findings, PolicyErrors
from rules.schema.export import json_schema
from rules.yamltext import read_yaml

POLICY: dict[str, Any] = {
    "version": 1,
    "default_calendar": "always",
    "tiers": [{"id": "tier1", "name": "Tier 1", "tag": "esc_t1"}, {"id": "tier2", "name": "Tier 2", "tag": "esc_t2"}],
    "sets": {"words": ["a", "b"]},
    "conditions": {"open": {"status": "open"}},
    "sla": [{"id": "answer", "metric": "first_response", "targets": {"low": "1d"}}],
    "criteria": [{"id": "vip", "description": "VIP", "owner": "support", "when": {"tags": {"contains": "vip"}}}],
}

RIGHT = [
    {"status": "open"},
    {"status": {"in": ["new", "open"]}},
    {"tier": {"at_least": "tier2"}},
    {"priority": {"more_than": "low", "is_not": "urgent"}},
    {"account": {"in": {"set": "words"}}},
    {"account": {"in": ["c", {"set": "words"}]}},
    {"tags": {"contains_any": {"set": "words"}}},
    {"subject": {"matches": "^a"}},
    {"unanswered_replies": {"at_least": 2}},
    {"field.seats": {"at_least": 2}},
    {"field.seats": 2},
    {"field.due": {"within": "90d", "calendar": "always"}},
    {"account.renewal_date": {"past": True}},
    {"age": {"at_least": "1d 4h"}},
    {"sla.answer.remaining": {"less_than": "30m"}},
    {"sla.answer.state": "running"},
    {"now": {"inside": "always"}},
    {"now": {"weekday": ["sat", "sun"]}},
    {"now": {"weekday": "sat"}},
    {"now": {"date": ["2026-12-24"]}},
    {"linked.status": {"contains": "open"}},
    {"account.tickets": 3},
    {"account.tickets": {"at_least": 3, "where": {"status": "open"}, "same": ["product"], "within": "14d"}},
    {"account.tickets": {"at_least": 3, "distinct": "field.area", "within": "14d", "calendar": "always"}},
    {"status": "pending", "for": "30m"},
    {"status": "pending", "for": {"at_least": "30m", "calendar": "always"}},
    {"condition": "open"},
    {"criterion": "vip"},
]
WRONG = [
    {"status": "opne"},
    {"status": {"at_least": "open"}},
    {"priority": {"at_least": 3}},
    {"account": {"in": "Acme"}},
    {"account": {"in": []}},
    {"account": {"set": "words"}},
    {"tags": {"contains": ["a"]}},
    {"unanswered_replies": {"at_least": "two"}},
    {"first_reply": "yes"},
    {"field.due": {"within": 90}},
    {"account.renewal_date": {"past": "yes"}},
    {"account.renewal_date": "2026-12-01"},
    {"age": {"at_least": "4 hours"}},
    {"age": {"at_least": 4}},
    {"now": "always"},
    {"now": {"weekday": ["saturday"]}},
    {"now": {"date": "24.12.2026"}},
    {"linked.status": {"contains": "opne"}},
    {"account.tickets": {"at_least": 2.5}},
    {"account.tickets": {"at_least": 3, "same": "product"}},
    {"account.tickets": {"at_least": 3, "wihtin": "14d"}},
    {"status": "pending", "for": 30},
    {"status": "pending", "for": {"calendar": "always"}},
    {"condition": ["open"]},
]


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(json_schema())


def policy(when: Any) -> dict[str, Any]:
    return {**POLICY, "rules": [{"id": "a", "description": "A", "tags": ["a"], "when": when}]}


def loads(when: Any) -> bool:
    """Whether the loader takes the policy; JSON is YAML."""
    try:
        load_policy({"policy.yaml": json.dumps(policy(when))})
    except PolicyErrors:
        return False
    return True


@pytest.mark.parametrize("when", RIGHT, ids=str)
def test_both_take(when: dict[str, Any], validator: Any) -> None:
    assert loads(when)
    assert [error.message for error in validator.iter_errors(policy(when))] == []


@pytest.mark.parametrize("when", WRONG, ids=str)
def test_both_refuse(when: dict[str, Any], validator: Any) -> None:
    assert not loads(when)
    assert not validator.is_valid(policy(when))


OPERANDS = st.sampled_from(
    [
        "open",
        "low",
        "tier1",
        "4h",
        "sat",
        "2026-12-24",
        "always",
        "",
        3,
        2.5,
        True,
        ["open"],
        ["low", "urgent"],
        [3],
        [],
        {"set": "words"},
    ]
)
#: Names of teams are the policy's own, and it has none here.
OF_TEAMS = {"staffed", "unstaffed"}
ASKED = st.sampled_from(sorted(FACTS)).flatmap(
    lambda fact: st.tuples(
        st.just(fact),
        st.sampled_from(sorted({*operators_of(FACTS[fact]), "is", "within"} - OF_TEAMS)),
        OPERANDS,
    )
)


@settings(max_examples=500, deadline=None)
@given(asked=ASKED)
def test_what_the_loader_takes_the_schema_takes(asked: tuple[str, str, Any], validator: Any) -> None:
    fact, word, operand = asked
    when = {fact: {word: operand}}
    scope = Scope(default_calendar="always", tiers=("tier1", "tier2"), sets={"words": ("a", "b")})
    findings = Findings()
    tree = read_yaml("p.yaml", json.dumps(when), findings)
    assert tree is not None
    assert tree.value == when
    taken = parse_when(when, (), tree, scope) is not None
    if taken:
        assert validator.is_valid(policy(when)), asked
    elif FACTS[fact].type not in {FactType.TEXT, FactType.TAGS} and not isinstance(operand, dict | str):
        assert not validator.is_valid(policy(when)), asked
