"""A concern on a record: who hears of it at once, how it is answered, and what comes of it when nobody does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.escalation.record.as_json import record_as_json
from rules.escalation.record.work import DutyKind

MakeStory = Callable[..., Any]
Words = tuple[tuple[float, str, str], ...]
CONCERN = (5.0, "max", "#concern Nothing moves")
ANSWER = (6.0, "anna", "#ack Two more people are on it")


def _said(told: Any, hour: float, kind: str) -> list[str]:
    return [note.body for note in told.decide(hour).desired.notes if note.key.startswith(kind)]


@pytest.mark.capability("B24")
def test_a_concern_is_for_the_owner_and_the_sponsor_at_once_and_told_once(story: MakeStory, beginning: Words) -> None:
    told = story(*beginning, CONCERN)
    (note,) = _said(told, 5, "concern:")
    assert note.splitlines() == [
        "Max Roth raises a concern: Nothing moves",
        "This is for Anna Berg and Eve Stone. Answer it: #ack and what is done about it.",
    ]
    assert _said(told.carried_out(told.decide(5)), 6, "concern:") == []


def test_an_answer_ends_it(story: MakeStory, beginning: Words) -> None:
    told = story(*beginning, CONCERN, ANSWER)
    assert "Concern: Nothing moves (Max Roth)" in told.decide(5.5).desired.kept[0].body
    assert "Concern:" not in told.decide(7).desired.kept[0].body
    assert _said(told, 7, "concern:") == []
    assert [one.kind for one in told.at(500).late if one.kind is DutyKind.CONCERN] == []
    (one,) = record_as_json(told.at(7))["concerns"]
    assert (one["concern"]["note"], one["answer"]["note"]) == ("Nothing moves", "Two more people are on it")


def test_one_that_nobody_answers_is_overdue_after_four_open_hours(story: MakeStory, beginning: Words) -> None:
    told = story(*beginning, CONCERN)
    # From two in the afternoon on, over the night.
    due = 25.0
    assert _said(told, due - 0.001, "late:concern") == []
    assert _said(told, due, "late:concern")[0].startswith(
        "Overdue since 2026-03-03: Answer to the concern of Max Roth: Nothing moves. It belongs to Anna Berg"
    )


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (((6.0, "anna", "#ack On it"),), "there is no concern that waits for an answer"),
        ((CONCERN, (6.0, "anna", "#ack")), "say what is done about it: #ack, and then the words"),
        ((CONCERN, ANSWER, (7.0, "anna", "#ack Again")), "there is no concern that waits for an answer"),
    ],
    ids=["without a concern", "without words", "answered already"],
)
def test_an_answer_that_lacks_something_is_told_what(
    words: Words, missing: str, story: MakeStory, beginning: Words
) -> None:
    answer = story(*beginning, *words).at(8).answers[-1]
    assert (answer.accepted, answer.text) == (False, missing)
