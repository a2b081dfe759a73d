"""Update reminders: said after our silence, again after as much more, at most so often, and not after an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

HOUR = timedelta(hours=1)


@pytest.fixture
def silent(desk: Any) -> Any:
    """A desk with one ticket of tier 2 on which nobody has answered since it came in at nine."""
    desk.silent = desk.ticket("Refund", "loud", created_at=desk.now)
    desk.settle()
    return desk


def reminders(desk: Any) -> list[str]:
    return [body for _, body in desk.seen(desk.silent).notes if "heard nothing" in body]


def hours_pass(desk: Any, *each: float) -> list[int]:
    """How many reminders have been said after each span."""
    counts = []
    for hours in each:
        desk.pass_time(hours * HOUR)
        desk.sync()
        counts.append(len(reminders(desk)))
    return counts


@pytest.mark.capability("E12")
def test_a_reminder_appears_after_the_silence_and_again_after_as_much_more(silent: Any) -> None:
    assert hours_pass(silent, 1.9, 0.1, 1, 1) == [0, 1, 1, 2]


def test_reminders_of_one_silence_have_a_cap(silent: Any) -> None:
    assert hours_pass(silent, 2, 2, 2, 1.5) == [1, 2, 2, 2]


def test_a_backlog_of_missed_reminders_says_one_thing(silent: Any) -> None:
    assert hours_pass(silent, 7) == [1]


def test_a_public_answer_of_an_agent_stops_the_reminders_and_begins_a_new_silence(silent: Any) -> None:
    assert hours_pass(silent, 1) == [0]
    silent.act(silent.silent, comment={"body": "We are on it.", "public": True})
    assert hours_pass(silent, 1.5, 0.6) == [0, 1]


def test_an_internal_note_of_an_agent_is_no_answer(silent: Any) -> None:
    assert hours_pass(silent, 1) == [0]
    silent.act(silent.silent, comment={"body": "Has anybody looked?", "public": False})
    assert hours_pass(silent, 1) == [1]


def test_our_own_reminder_is_no_answer_either(silent: Any) -> None:
    assert hours_pass(silent, 2, 2) == [1, 2]
    assert all(not public for public, _ in silent.seen(silent.silent).notes)


def test_reminders_end_with_the_escalation(silent: Any) -> None:
    silent.solve(silent.silent)
    assert hours_pass(silent, 3, 3) == [0, 0]
