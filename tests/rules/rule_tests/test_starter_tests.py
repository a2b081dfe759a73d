"""The tests of the starter policy: they pass, they touch everything, and each of them can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.load import Loaded, load_document
from rules.testing.load import load_rule_tests
from rules.testing.machine import suite_json
from rules.testing.report import failure_text
from rules.testing.rule_test import RuleTest
from rules.testing.suite import play_all

CONFIG = Path(__file__).parents[3] / "config"
SOURCES = {str(file): file.read_text(encoding="utf-8") for file in sorted(CONFIG.glob("*.yaml"))}
STARTER = load_document(SOURCES)
KINDS = {
    "rule",
    "criterion",
    "matrix cell",
    "tier",
    "clock",
    "warning",
    "breach",
    "cadence",
    "chase",
    "reminder",
}


def load_tests_of(starter: Loaded) -> tuple[RuleTest, ...]:
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted((CONFIG / "tests").glob("*.yaml"))}
    return load_rule_tests(files, starter, SOURCES)


TESTS = load_tests_of(STARTER)


@pytest.mark.capability("L9")
@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_the_starter_does_what_its_tests_say(test: RuleTest) -> None:
    (outcome,) = play_all([test], STARTER.policy).outcomes
    assert outcome.passed, failure_text(outcome)


def test_no_part_of_the_starter_is_left_untouched() -> None:
    suite = play_all(TESTS, STARTER.policy)
    assert len(TESTS) >= 80
    assert {part.kind for part in suite.share.parts} == KINDS
    assert [(part.kind, part.name) for part in suite.share.untouched] == []


def test_the_tests_of_the_starter_say_the_same_every_time() -> None:
    first, again = (suite_json(play_all(load_tests_of(STARTER), STARTER.policy)) for _ in range(2))
    assert first == again
