"""The quiz: whatever it calls right is what the engine decides, and equal seeds ask equal questions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.load import Loaded, load_document
from rules.quiz.draft import Draft
from rules.quiz.question import Question
from rules.quiz.quiz import paper, questions
from rules.quiz.scene import Scene
from rules.reports.written import Form, written

ROOT = Path(__file__).parents[2]
STARTER = load_document(
    {
        file.name: file.read_text(encoding="utf-8")
        for file in (ROOT / "config").glob("*.yaml")
        if file.stem != "escalade"
    }
)
SMALL = """
version: 1
default_calendar: office
calendars: {office: {zone: Europe/London, week: {mon-fri: ["09:00-17:00"]}}}
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h, groups: {desk: First}}
  - {id: tier2, name: Tier 2, tag: esc_t2, groups: {desk: Second}}
rules:
  - {id: down, description: Production is down, when: {tags: {contains: down}}, escalate_to: tier1}
sla:
  - {id: answer, metric: first_response, targets: {normal: 4h, high: 2h}, breach_tag: late}
"""
MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)


def small(**replaced: str) -> Loaded:
    text = SMALL
    for old, new in replaced.items():
        text = text.replace(old, new)
    return load_document({"p.yaml": text})


def a_question(**said: Any) -> Question:
    asked: dict[str, Any] = {"kind": "tier", "situation": (), "ask": "?", "choices": ("Yes", "No"), "right": 1}
    return Question(**{**asked, "because": (), **said})


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("b", True), ("B)", True), (" b. ", True), ("no", True), ("a", False), ("yes", False), ("c", None), ("", None)],
)
def test_an_answer_is_a_letter_or_the_words_of_a_choice(said: str, verdict: bool | None) -> None:
    assert a_question().is_right(said) is verdict


def test_the_same_seed_asks_the_same_and_another_one_other_questions() -> None:
    assert questions(STARTER, 7, 12) == questions(STARTER, 7, 12)
    assert questions(STARTER, 7, 12) != questions(STARTER, 8, 12)


def test_more_questions_begin_with_those_of_fewer() -> None:
    assert questions(STARTER, 7, 16)[:8] == questions(STARTER, 7, 8)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_every_question_has_one_right_choice_among_different_ones_and_says_why(seed: int) -> None:
    for question in questions(STARTER, seed, 9):
        assert len(set(question.choices)) == len(question.choices) >= 2
        assert 0 <= question.right < len(question.choices) <= 8
        assert question.because
        assert question.is_right(question.letter)
        assert [question.is_right(choice) for choice in question.choices].count(True) == 1


def test_the_starter_policy_is_asked_about_in_every_way_with_every_outcome() -> None:
    asked = questions(STARTER, 1, 64)
    assert len({(question.situation, question.ask) for question in asked}) == 64
    kinds = Counter(question.kind for question in asked)
    assert kinds.keys() == {"tier", "rule", "due", "group", "climb", "told", "may", "command"}
    assert {question.answer for question in asked if question.kind == "rule"} == {"yes", "no"}
    tiers = {question.answer for question in asked if question.kind == "tier"}
    assert tiers <= {"none: it is not escalated", *(tier.name for tier in STARTER.policy.tiers)}
    assert len(tiers) > 2
    assert "none: it is not escalated" in tiers


def test_a_policy_with_little_in_it_is_asked_about_what_it_has() -> None:
    asked = questions(small(), 1, 20)
    assert {question.kind for question in asked} == {"tier", "rule", "due", "group", "climb", "command"}


# The engine answers


def scene(loaded: Loaded, **said: Any) -> Scene:
    return Scene(loaded, Draft(helpdesk="desk", **said), MONDAY)


def test_a_scene_is_decided_on_from_its_creation_on() -> None:
    played = scene(small(), tags=["down"], age=timedelta(days=3))
    assert played.tier == "tier2", "the working day in the first tier is over"
    assert played.group == "Second"
    assert scene(small(), tags=["down"]).tier == "tier1"
    assert scene(small()).tier is None


def test_a_scene_tells_everything_that_was_given_and_nothing_of_what_followed() -> None:
    draft = {
        "tags": ["down"],
        "fields": {"impact": "high"},
        "account_tags": ["gold"],
        "account_fields": {"tier": "big"},
        "others": {"urgent": 2, "low": 0},
        "replies": 2,
        "age": timedelta(hours=5),
    }
    assert list(scene(small(), **draft).told()) == [
        "Ticket 4711 in desk: Something does not work",
        "Status open, priority normal",
        "Opened Mon 2026-03-02 05:00; it is Mon 2026-03-02 10:00 now (Europe/London), and nobody of ours wrote",
        "Since then the customer wrote 2 times more",
        "Tags: down",
        "Fields: impact high",
        "Of the customer's account: tier big",
        "Tags of the customer's account: gold",
        "Other open tickets of the account with priority urgent: 2",
    ]


def test_the_due_instant_is_the_clock_s_own() -> None:
    dues = [question for question in questions(small(), 3, 40) if question.kind == "due"]
    assert dues
    assert all(f"due {question.answer}" == question.because[0] for question in dues)


@pytest.mark.parametrize(
    ("changed", "kind"),
    [({"contains: down": "contains: broken"}, "tier"), ({"normal: 4h": "normal: 6h", "high: 2h": "high: 3h"}, "due")],
)
def test_another_policy_gives_other_answers(changed: dict[str, str], kind: str) -> None:
    before = [question for question in questions(small(), 5, 40) if question.kind == kind]
    after = [question for question in questions(small(**changed), 5, 40) if question.kind == kind]
    assert [one.answer for one in before] != [one.answer for one in after] or [one.situation for one in before] != [
        one.situation for one in after
    ]


CONDITIONS = {
    "status": ({"status": {"in": ["hold"]}}, "status", "hold"),
    "equal": ({"field.impact": "high"}, "fields", {"impact": "high"}),
    "all": ({"all": [{"tags": {"contains": "a"}}, {"tags": {"contains_any": ["b"]}}]}, "tags", ["a", "b"]),
    "any": ({"any": [{"tags": {"contains_all": ["a", "b"]}}]}, "tags", ["a", "b"]),
    "named": ({"condition": "vip"}, "tags", ["vip"]),
    "set": ({"account.tier": {"in": {"set": "big"}}}, "account_fields", {"tier": "gold"}),
    "count": ({"account.open_urgent": {"more_than": 2}}, "others", {"urgent": 3}),
    "age": ({"age": {"at_least": "5h"}}, "age", timedelta(hours=8)),
    "replies": ({"unanswered_replies": {"at_least": 3}}, "replies", 3),
    "not": ({"not": {"status": "hold"}}, "status", "open"),
    "unset": ({"priority": None}, "priority", "normal"),
}


@pytest.mark.parametrize(("condition", "name", "value"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_draft_is_made_to_fit(condition: Any, name: str, value: Any) -> None:
    draft = Draft(helpdesk="desk")
    draft.fit(condition, {"conditions": {"vip": {"tags": {"contains": "vip"}}}, "sets": {"big": ["gold"]}}, Random(1))
    assert getattr(draft, name) == value


@pytest.mark.parametrize("rule", STARTER.tree.value["rules"], ids=lambda rule: rule["id"])
def test_a_ticket_can_be_made_to_fit_every_rule_of_the_starter(rule: Any) -> None:
    for seed in range(12):
        draft = Draft(helpdesk="zendesk")
        draft.fit(rule["when"], STARTER.tree.value, Random(seed))
        played = Scene(STARTER, draft, MONDAY + timedelta(days=3, hours=5))
        if any(reason.source == f"rule:{rule['id']}" for reason in played.decision.reasons):
            return
    pytest.fail("it never held")


def test_a_disturbed_draft_differs_in_one_thing() -> None:
    for seed in range(30):
        draft = Draft(helpdesk="desk", tags=["a", "b"], replies=2, others={"urgent": 2}, age=timedelta(days=9))
        draft.disturb(Random(seed))
        changed = [draft.status != "open", draft.priority != "normal", len(draft.tags) < 2, draft.replies < 2]
        assert sum(changed) <= 1


# On paper


def test_the_answers_stand_at_the_end_of_the_paper() -> None:
    asked = questions(STARTER, 1, 8)
    text = written(paper(asked, "Quiz", "abc"), Form.MARKDOWN)
    front, _, back = text.partition("## Answers")
    assert front.count("## Question") == 8
    assert back.count("### Answer") == 8
    for question in asked:
        assert f": {question.letter}" in back
    assert "8 questions about policy abc." in front
