"""The reference page of rule tests: its examples are played, its tables have every key, its output is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rules.load import Loaded, load_document
from rules.schema import rule_tests
from rules.schema.base import Shape
from rules.testing.load import load_rule_tests
from rules.testing.report import suite_text
from rules.testing.suite import Suite, play_all

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "rule-tests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"<!-- tested: (\w+) -->\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL)
POLICY = {"policy.yaml": next(text for kind, text in EXAMPLES if kind == "policy")}
SHAPES = sorted(
    (one for one in vars(rule_tests).values() if isinstance(one, type) and issubclass(one, Shape) and one is not Shape),
    key=lambda one: one.__name__,
)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_document(POLICY)


def of_kind(kind: str) -> list[str]:
    return [text for name, text in EXAMPLES if name == kind]


def played(text: str, loaded: Loaded) -> Suite:
    return play_all(load_rule_tests({"tests/complaints.yaml": text}, loaded, POLICY), loaded.policy)


def test_every_yaml_of_the_page_is_tested() -> None:
    assert PAGE.count("```yaml") == len(EXAMPLES) - len(of_kind("output"))


@pytest.mark.parametrize("example", of_kind("passes"))
def test_the_example_passes(example: str, loaded: Loaded) -> None:
    suite = played(example, loaded)
    assert suite.failed == 0, suite_text(suite, coverage=False)


def test_the_example_that_fails_is_told_as_the_page_shows(loaded: Loaded) -> None:
    (example,), (output,) = of_kind("fails"), of_kind("output")
    assert suite_text(played(example, loaded), coverage=False) == output.rstrip("\n")


@pytest.mark.parametrize(
    "shape", [one for one in SHAPES if one.__module__ == rule_tests.__name__], ids=lambda one: one.__name__
)
def test_the_page_names_every_key_of(shape: type[BaseModel]) -> None:
    assert [name for name in shape.model_fields if f"`{name}`" not in PAGE] == []


def test_the_tables_name_nothing_else() -> None:
    known = {name for shape in SHAPES for name in shape.model_fields}
    rows = re.findall(r"^\| (`.*?`) \| ", PAGE, flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} <= known
