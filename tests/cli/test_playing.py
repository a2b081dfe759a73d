"""Many rule tests are played on several cores: sooner, and with the same result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest

from escalade import playing
from escalade.playing import play_on_all_cores
from rules.load import load_document
from rules.testing.load import load_rule_tests
from rules.testing.machine import suite_json
from rules.testing.rule_test import RuleTest
from rules.testing.suite import play_all

POLICY = """\
version: 1
default_calendar: always
tiers: [{id: first, name: First, tag: esc_first}]
rules:
  - {id: vip, description: A VIP waits, when: {tags: {contains: vip}}, escalate_to: first}
  - {id: never, description: Nobody asks for it, when: {tags: {contains: never}}, escalate_to: first}
"""
SOURCES = {"rules.yaml": POLICY}
LOADED = load_document(SOURCES)
COUNT = 160


def stories(failing: Sequence[int]) -> tuple[RuleTest, ...]:
    """Tests of which some expect what does not come."""
    told = "".join(
        f"  - {{name: Number {number}, at: 2026-03-02 09:00, given: {{ticket: {{tags: [vip]}}}}, "
        f"expect: {{tier: {'none' if number in failing else 'first'}}}}}\n"
        for number in range(COUNT)
    )
    text = "version: 1\nevery_ticket: {helpdesk: zendesk}\ntests:\n" + told
    return load_rule_tests({"many.yaml": text}, LOADED, SOURCES)


@pytest.mark.parametrize("failing", [(), (0,), (3, 60, 61, 159)], ids=str)
def test_several_cores_say_what_one_says(failing: Sequence[int]) -> None:
    tests = stories(failing)
    alone, together = (
        suite_json(play_all(tests, LOADED.policy)),
        suite_json(play_on_all_cores(tests, LOADED.policy, 3)),
    )
    assert together == alone
    assert sum(not one.passed for one in play_on_all_cores(tests, LOADED.policy, 3).outcomes) == len(failing)


def test_a_part_whose_process_dies_is_played_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tests = stories((150,))

    def dies(*_: Any) -> None:
        os._exit(9)

    monkeypatch.setattr(playing, "_tell", dies)
    assert suite_json(play_on_all_cores(tests, LOADED.policy, 3)) == suite_json(play_all(tests, LOADED.policy))


def test_few_tests_begin_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "_begun", pytest.fail)
    assert play_on_all_cores(stories(())[:99], LOADED.policy, 8).failed == 0


def test_what_one_process_touches_counts_for_all() -> None:
    share = play_on_all_cores(stories(()), LOADED.policy, 3).share
    assert [part.name for part in share.untouched] == ["never"]
