"""The reference page of the policy language tells what the code does: its tables are the code's, its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.clocks.told import clock_names
from rules.conditions.base import Operator
from rules.conditions.registry import OPERATORS
from rules.facts import ACCOUNT_FIELD_PREFIX, FACTS, FIELD_PREFIX, FactType, spec_of
from rules.load import load_policy
from rules.schema.document import PolicyShape
from rules.templates import TEMPLATE_FILTERS, TEMPLATE_NAMES
from rules.verbs import VERBS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def types(kinds: frozenset[FactType]) -> str:
    return "all" if kinds == frozenset(FactType) else ", ".join(kind for kind in FactType if kind in kinds)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_policy(example: str) -> None:
    assert load_policy({"example.yaml": example}).rules


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: f"{operator.name}-{types(operator.types)}")
def test_the_table_of_operators_has(operator: Operator) -> None:
    assert row(f"`{operator.name}`", types(operator.types), operator.doc) in PAGE


@pytest.mark.parametrize("name", [*FACTS, f"{FIELD_PREFIX}NAME", f"{ACCOUNT_FIELD_PREFIX}NAME", *clock_names("NAME")])
def test_the_table_of_facts_has(name: str) -> None:
    spec = spec_of(name)
    assert spec is not None
    values = f" One of {', '.join(spec.values)}." if spec.values else ""
    assert row(f"`{name}`", spec.type, f"{spec.doc}{values}") in PAGE


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_the_table_of_template_names_has(name: str) -> None:
    assert row(f"`{name}`", TEMPLATE_NAMES[name]) in PAGE


@pytest.mark.parametrize("verb", VERBS)
def test_the_table_of_commands_has(verb: str) -> None:
    assert row(f"`#{verb}`", VERBS[verb]) in PAGE


def test_nothing_stands_in_the_tables_that_the_code_does_not_know() -> None:
    known = {operator.name for operator in OPERATORS} | set(FACTS) | set(TEMPLATE_NAMES) | set(PolicyShape.model_fields)
    known |= {f"{FIELD_PREFIX}NAME", f"{ACCOUNT_FIELD_PREFIX}NAME", *clock_names("NAME")}
    known |= {f"#{verb}" for verb in VERBS}
    assert set(re.findall(r"^\| `([^`]+)` \|", PAGE, flags=re.MULTILINE)) == known


def test_every_filter_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in TEMPLATE_FILTERS)
