"""Lint of large policies: comparing every rule with every other one is quick, and finds what a search would find."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions.base import Condition, Scope
from rules.conditions.parse import parse_when
from rules.conflicts import contests
from rules.lint.anchors import anchors_of, touched_by
from rules.lint.choices import choices_of, exclude
from rules.lint.formula import Both, satisfiable, witness
from rules.lint.run import lint
from rules.lint.translate import formula_of
from rules.lint.worlds import World
from rules.load import load_document
from rules.policy import Policy
from rules.problems import Findings
from rules.yamltext import Tree

TODAY = date(2026, 3, 2)
WORLD = World(tiers=("tier1", "tier2"))
HEAD = """version: 1
default_calendar: desk
calendars:
  desk: {zone: Europe/Berlin, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: One, tag: one, timeout: 4h}
  - {id: tier2, name: Two, tag: two, terminal: true}
rules:
"""
LEAVES = st.sampled_from(
    [
        {"tags": {"contains": "vip"}},
        {"tags": {"lacks": "vip"}},
        {"tags": {"contains_any": ["vip", "beta"]}},
        {"tags": {"exists": True}},
        {"status": {"in": ["new", "open", "pending", "hold"]}},
        {"status": "open"},
        {"priority": {"at_least": "high"}},
        {"priority": "urgent"},
        {"product": {"in": ["Pump", "valve"]}},
        {"product": "PUMP"},
        {"product": {"is_not": "Pump"}},
        {"field.seats": 5},
        {"field.seats": "5.0"},
        {"field.seats": {"in": ["many", "true"]}},
        {"field.seats": {"in": ["few", True]}},
        {"field.seats": "Many"},
        {"subject": {"contains": "out"}},
        {"subject": {"contains": "outage"}},
        {"subject": {"contains_any": ["age", "slow"]}},
        {"subject": {"lacks": "out"}},
        {"subject": {"starts_with": "Outage"}},
        {"subject": {"matches": "out"}},
        {"subject": "Outage"},
        {"subject": {"exists": True}},
        {"field.seats": {"contains": "5"}},
        {"age": {"at_least": "2h"}},
        {"age": {"at_least": "1h"}},
        {"age": {"exists": True}},
        {"for": "2h", "tags": {"contains": "vip"}},
    ]
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda word, parts: {word: parts},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


def condition_of(raw: dict[str, Any], policy: Policy) -> Condition:
    tree = Tree(file="test", findings=Findings(), value=raw)
    scope = Scope(calendars=policy.calendars, default_calendar="office", tiers=("tier1", "tier2"))
    condition = parse_when(raw, (), tree, scope)
    assert condition is not None, tree.findings.problems
    return condition


@settings(max_examples=400, deadline=None)
@given(one=CONDITIONS, other=CONDITIONS)
def test_a_case_that_touches_no_anchor_makes_nothing_certain(
    one: dict[str, Any], other: dict[str, Any], policy: Policy
) -> None:
    case = witness(formula_of(condition_of(one, policy)), WORLD)
    if case is None:
        return
    asked = condition_of(other, policy)
    clauses = anchors_of(formula_of(asked), WORLD)
    if any(touched_by(case).misses(clause) for clause in clauses):
        assert satisfiable(formula_of(asked, holds=False), WORLD, case)


@settings(max_examples=400, deadline=None)
@given(one=CONDITIONS, other=CONDITIONS)
def test_conditions_that_leave_no_text_in_common_cannot_hold_together(
    one: dict[str, Any], other: dict[str, Any], policy: Policy
) -> None:
    formulas = [formula_of(condition_of(raw, policy)) for raw in (one, other)]
    if exclude(*map(choices_of, formulas)):
        assert not satisfiable(Both(tuple(formulas)), WORLD)


def test_a_table_of_600_products_is_looked_through_in_a_few_seconds() -> None:
    rules = [
        f"  - {{id: r{number}, description: R, when: {{product: P{number}, age: {{at_least: {number + 1}h}}}}, "
        f"set: {{groups: {{zendesk: Queue {number}}}}}}}\n"
        for number in range(600)
    ]
    loaded = load_document({"policy.yaml": HEAD + "".join(rules)})
    began = time.process_time()
    assert not [one for one in lint(loaded, TODAY) if one.code == "fighting-rules"]
    assert time.process_time() - began < 6


def test_600_rules_that_share_no_tags_are_compared_in_a_few_seconds() -> None:
    draw = Random(1)
    words = [f"t{number}" for number in range(60)]
    rules = [
        f"  - {{id: r{number}, description: R, when: {{tags: {{contains_any: [{draw.choice(words)}, x{number}]}}, "
        f"age: {{at_least: {draw.randint(1, 90)}h}}}}, escalate_to: {draw.choice(['tier1', 'tier2'])}}}\n"
        for number in range(600)
    ]
    loaded = load_document({"policy.yaml": HEAD + "".join(rules)})
    began = time.process_time()
    lint(loaded, TODAY)
    # A quarter of this on a laptop; a search for each pair takes several times as long.
    assert time.process_time() - began < 6


@pytest.mark.parametrize("operator", ["contains", "contains_any", "matches"])
def test_600_rules_that_look_for_words_in_the_subject_are_compared_in_a_few_seconds(operator: str) -> None:
    draw = Random(2)
    words = ("network", "printer", "mail", "login", "export", "import", "invoice", "backup", "report", "outage")
    phrases = [f"{draw.choice(words)} {draw.choice(words)} {number}" for number in range(600)]
    rules = [
        f"  - {{id: r{number}, description: R, escalate_to: tier1, "
        f"when: {{subject: {{{operator}: {[phrase, phrase[::-1]] if operator == 'contains_any' else phrase}}}}}}}\n"
        for number, phrase in enumerate(phrases)
    ]
    loaded = load_document({"policy.yaml": HEAD + "".join(rules)})
    began = time.process_time()
    shadowed = {one.message.split("'")[1] for one in lint(loaded, TODAY) if one.code == "shadowed-rule"}
    assert time.process_time() - began < 4
    # "mail export 53" has the words of "mail export 5"; of two patterns that is not known.
    longer = {number for number, text in enumerate(phrases) if any(one in text for one in phrases if one != text)}
    assert shadowed == (set() if operator == "matches" else {f"r{number}" for number in longer})
    assert longer


def test_of_a_rule_that_fights_with_many_the_first_three_are_told() -> None:
    values = ("low", "high")
    rules = [
        f"  - {{id: r{number}, description: R, when: {{tags: {{contains: t{number}}}}}, "
        f"set: {{priority: {values[number % 2]}}}}}\n"
        for number in range(12)
    ]
    loaded = load_document({"policy.yaml": HEAD + "".join(rules)})
    fights = [one for one in lint(loaded, TODAY) if one.code == "fighting-rules"]
    assert sum("'r11' is not heard" in one.message for one in fights) == 3
    assert [one.message.split("'")[1] for one in fights if "'r11' is not heard" in one.message] == ["r0", "r2", "r4"]


@pytest.mark.parametrize("number", [2, 5])
def test_every_pair_that_wants_different_values_is_a_contest(number: int, policy_of: Callable[[str], Policy]) -> None:
    rules = [
        f"  - {{id: r{index}, description: R, when: {{tags: {{contains: t{index}}}}}, "
        f"set: {{priority: {['low', 'high', 'urgent'][index % 3]}}}}}\n"
        for index in range(number)
    ]
    pairs = {(one.first, one.second) for one in contests(policy_of(HEAD + "".join(rules)))}
    wanted = {(f"r{a}", f"r{b}") for a in range(number) for b in range(a + 1, number) if a % 3 != b % 3}
    assert pairs == wanted
