"""The JSON Schema for editors describes the same language that the loader reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rules.conditions.registry import OPERATORS
from rules.facts import FACTS
from rules.problems import Findings
from rules.schema.export import json_schema, rule_tests_schema
from rules.yamltext import read_yaml

CONFIG = Path(__file__).parents[2] / "config"
FILES = sorted(file for file in CONFIG.glob("*.yaml") if file.name != "escalade.yaml")


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_starter_policy_fits_the_schema(file: Path, validator: Any) -> None:
    tree = read_yaml(file.name, file.read_text(encoding="utf-8"), Findings())
    assert tree is not None
    assert [error.message for error in validator.iter_errors(tree.value)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"version": 2},
        {"version": 1, "ruels": []},
        {"version": 1, "rules": [{"id": "a", "description": "A", "when": {"statsu": "open"}}]},
        {"version": 1, "rules": [{"id": "a", "description": "A", "when": {"age": "4h"}}]},
        {"version": 1, "rules": [{"id": "a", "description": "A", "when": {"age": {"contains": "4h"}}}]},
        {"version": 1, "rules": [{"id": "a", "description": "A", "when": {"all": []}}]},
        {"version": 1, "rules": [{"id": "a", "description": "A", "when": {"any": [{"tags": "vip"}]}}]},
        {"version": 1, "sla": [{"id": "a", "metric": "reply", "targets": {"low": "1d"}}]},
        {"version": 1, "sla": [{"id": "a", "metric": "resolution", "targets": {"low": "1d"}, "when": {"x": 1}}]},
        {"version": 1, "tiers": [{"id": "A B", "name": "A", "tag": "a"}]},
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_loader_refuses(wrong: dict[str, Any], validator: Any) -> None:
    assert not validator.is_valid(wrong)


def test_the_schema_knows_every_fact_and_every_operator() -> None:
    text = json.dumps(json_schema())
    schema = json_schema()
    assert set(FACTS) < set(schema["$defs"]["condition"]["properties"])
    assert all(f'"{operator.name}"' in text for operator in OPERATORS)
    assert "$comment" not in text


@pytest.mark.parametrize("file", sorted((CONFIG / "tests").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_file_of_the_starters_rule_tests_fits_their_schema(file: Path) -> None:
    schema = rule_tests_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    tree = read_yaml(file.name, file.read_text(encoding="utf-8"), Findings())
    assert tree is not None
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(tree.value)] == []


def test_the_schema_of_rule_tests_refuses_what_the_loader_refuses() -> None:
    wrong = {"version": 1, "tests": [{"name": "A", "at": "2026-03-02 09:00", "expect": {"teir": "tier1"}}]}
    (error,) = jsonschema.Draft202012Validator(rule_tests_schema()).iter_errors(wrong)
    assert "teir" in error.message
