"""Somebody plays one of the people: they are asked, answered by Escalade, and scored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from escalade.drill.catalogue import load_scenario

Drill = Callable[..., tuple[int, str]]

ACCEPT = "#accept | problem: yes | impact: they cannot bill anybody"


def scored(said: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(said[said.index("\n{\n") :])
    return told


@pytest.mark.capability("D13", "L16")
def test_who_finds_every_command_passes_in_words_of_their_own(drill: Drill) -> None:
    code, said = drill("production-down", "--as", "mona", typed=f"{ACCEPT}\n#ack We look at it together\n")
    assert code == 0, said
    assert "You are Mona (duty_manager), on ticket 1." in said
    assert "Accept the request. The problem statement is right (problem)" in said
    assert "Mona on ticket 1: #accept | problem: yes | impact: they cannot bill anybody" in said
    assert "You: 2 of 2 right first time, 0 not found; tries: 2" in said


@pytest.mark.capability("D13")
def test_a_wrong_try_is_answered_takes_time_and_may_be_repeated(drill: Drill) -> None:
    typed = f"#accept\nNothing to add\n{ACCEPT}\n#ack Together\n"
    code, said = drill("production-down", "--as", "mona", "--json", typed=typed)
    told = scored(said)
    assert code == 0, told["misses"]
    assert (told["asked"], told["right_first_time"], told["tries"], told["skipped"]) == (2, 1, 4, 0)
    assert "→ This does not count yet. Missing: an answer to: Is the problem statement correct?" in said
    assert "→ Escalade has nothing to say to that." in said
    assert said.count("That is not what the situation needs yet.") == 2
    accepted = told["chapters"][1]["steps"][1]
    assert [one["wrote"] for one in accepted["attempts"]] == ["#accept", "Nothing to add", ACCEPT]
    assert accepted["reaction_minutes"] == pytest.approx(16 + 2 * 6.5), "every try takes its time"


def test_another_command_than_the_one_that_is_due_is_not_right_even_if_it_is_answered(drill: Drill) -> None:
    typed = f"{ACCEPT}\n#tried Looked at it\n#ack Together\n"
    _, said = drill("production-down", "--as", "mona", "--json", typed=typed)
    answered = scored(said)["chapters"][3]["steps"][1]
    assert [one["wrote"] for one in answered["attempts"]] == ["#tried Looked at it", "#ack Together"]
    assert answered["attempts"][0]["said"].startswith("Noted what was tried.")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "who"),
    [("production-down", "ada"), ("production-down", "ben"), ("account-at-risk", "anna"), ("account-at-risk", "sid")],
)
def test_what_a_scenario_has_its_people_write_is_right_the_first_time(drill: Drill, name: str, who: str) -> None:
    tasks = load_scenario(name).tasks_of(who)
    typed = "".join(f"{(task.writes or '').replace(chr(10), chr(92) + chr(10))}\n" for task in tasks)
    code, said = drill(name, "--as", who, typed=typed)
    assert code == 0, said
    assert f"You: {len(tasks)} of {len(tasks)} right first time" in said


@pytest.mark.parametrize("typed", ["skip\nskip\n", ""])
def test_who_does_not_know_is_shown_what_would_be_right_and_it_counts_as_missed(drill: Drill, typed: str) -> None:
    code, said = drill("production-down", "--as", "mona", typed=typed)
    assert code == 1
    assert "It would have been: #accept | problem: yes | impact: nobody can bill" in said
    assert "You: 0 of 2 right first time, 2 not found; tries: 0" in said
    assert "Steps done: 26 of 28" in said
    assert "✗ A manager takes it up: the trainee did not find: #accept" in said
    assert "Chapters passed: 5 of 7" in said
    assert "as expected; you did not find 1; the second run wrote nothing" in said


def test_one_may_look_at_what_escalade_said_before_one_answers(drill: Drill) -> None:
    _, said = drill("production-down", "--as", "mona", typed=f"look\n{ACCEPT}\n#ack Together\n")
    assert "> This does not count yet. Missing: an answer to" in said
    assert "You: 2 of 2 right first time" in said


def test_a_line_that_ends_with_a_backslash_goes_on_in_the_next_one(drill: Drill, small: str, write: Any) -> None:
    file = write(small.replace('"#escalate It is down"', '"#escalate It is down\\n#concern Nobody cares"'))
    _, said = drill(file, "--as", "ada", "--json", typed="#escalate It is down \\\n#concern Nobody looks\n")
    (attempt,) = scored(said)["chapters"][0]["steps"][1]["attempts"]
    assert attempt["wrote"] == "#escalate It is down\n#concern Nobody looks"
