"""The handbook says everything that the policy says, in words, and nothing that it does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.load import load_document
from rules.problems import Findings
from rules.reports.conditions_told import condition_told
from rules.reports.handbook import handbook
from rules.reports.written import Form, written
from rules.yamltext import read_yaml

ROOT = Path(__file__).parents[2]
STARTER = {
    file.name: file.read_text(encoding="utf-8") for file in (ROOT / "config").glob("*.yaml") if file.stem != "escalade"
}


def told(files: dict[str, str]) -> str:
    return written(handbook(load_document(files)), Form.TEXT)


def leaves(value: Any) -> Iterator[str]:
    """Every plain value of a document, in one line as the handbook writes it."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key != "version":
                yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)
    elif not isinstance(value, bool) and value is not None:
        yield " ".join(str(value).split())


@pytest.mark.capability("C6", "D8", "D12")
@pytest.mark.parametrize("file", sorted(STARTER))
def test_every_word_of_the_starter_policy_stands_in_the_handbook(file: str) -> None:
    text = " ".join(told(STARTER).split())
    document = load_document(STARTER).tree.value
    own = read_yaml(file, STARTER[file], Findings())
    assert own is not None
    part = {key: value for key, value in document.items() if key in own.value}
    assert [leaf for leaf in leaves(part) if leaf not in text] == []


@pytest.mark.capability("C6", "D8")
def test_whatever_changes_in_the_policy_changes_the_handbook(ladder_text: str) -> None:
    document = yaml.safe_load(ladder_text)
    before = told({"p.yaml": ladder_text}).split("\n", 3)[-1]
    changed = 0
    for path in (["tiers", 0, "timeout"], ["rules", 1, "when", "age", "at_least"], ["sla", 0, "targets", "high"]):
        other = copy.deepcopy(document)
        spot: Any = other
        for step in path[:-1]:
            spot = spot[step]
        spot[path[-1]] = "7h"
        after = told({"p.yaml": yaml.safe_dump(other, sort_keys=False)}).split("\n", 3)[-1]
        assert after != before
        assert "7h" in after
        changed += 1
    assert changed == 3


@pytest.fixture
def ladder_text() -> str:
    return """
version: 1
default_calendar: office
calendars:
  office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}
tiers:
  - {id: tier1, name: Tier 1, scope: General questions, tag: esc_t1, timeout: 8h}
  - {id: tier2, name: Tier 2, tag: esc_t2}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: down}}, escalate_to: tier2}
  - {id: stale, description: Open for a working day, when: {age: {at_least: 1d}}, escalate_to: tier1}
sla:
  - {id: answer, metric: first_response, targets: {normal: 4h, high: 2h}, breach_tag: late}
"""


@pytest.mark.capability("C6", "D1")
def test_a_tier_is_told_with_its_scope_and_its_time(ladder_text: str) -> None:
    sheet = handbook(load_document({"p.yaml": ladder_text}))
    (tier,) = [part for part in sheet.sections if part.heading == "Tier 1"]
    assert tier.points == ("id: tier1", "name: Tier 1", "scope: General questions", "tag: esc_t1", "timeout: 8h")


def test_the_handbook_names_the_version_that_decides(ladder_text: str) -> None:
    loaded = load_document({"p.yaml": ladder_text})
    assert f"This is policy {loaded.policy.hash}, as it decides." in handbook(loaded).sentences


def test_the_matrix_is_a_table_with_every_cell() -> None:
    (matrix,) = [part for part in handbook(load_document(STARTER)).sections if part.heading == "Decision matrix"]
    assert matrix.table is not None
    assert len(matrix.table.rows) == len(load_document(STARTER).tree.value["matrix"]["cells"]) ** 2


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"status": "open"}, "status is open"),
        ({"status": {"in": ["new", "open"]}}, "status is one of new, open"),
        ({"age": {"at_least": "3d", "calendar": "support"}}, "age is at least 3d, calendar support"),
        ({"any": [{"tags": {"contains": "a"}}, {"priority": "high"}]}, "any of (tags has a or priority is high)"),
        ({"none": [{"priority": "high"}]}, "none of (priority is high)"),
        ({"all": [{"priority": "high"}]}, "priority is high"),
        ({"not": {"priority": "high"}}, "not (priority is high)"),
        ({"condition": "vip"}, "the condition vip"),
        ({"account.tier": {"in": {"set": "big"}}}, "account.tier is one of the set big"),
        ({"status": "open", "field.impact": None}, "status is open and field.impact is not set"),
        ({}, "always"),
    ],
)
def test_a_condition_is_told_in_words(condition: Any, words: str) -> None:
    assert condition_told(condition) == words
