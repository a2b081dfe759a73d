"""A drill is played on the emulator, told chapter by chapter, and scored; what is missed is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from escalade.settings import starter_directory

Drill = Callable[..., tuple[int, str]]


def test_alone_the_command_lists_the_scenarios_and_whom_one_can_play(drill: Drill) -> None:
    code, said = drill()
    assert code == 0
    assert "account-at-risk  An account at risk (9 chapters; --as maya, anna, sid)" in said
    assert "production-down  Production is down (7 chapters; --as ada, ben, mona)" in said


@pytest.mark.capability("D13", "L16")
def test_the_whole_scenario_is_told_with_answers_reasons_and_a_score(drill: Drill) -> None:
    code, said = drill("production-down")
    assert code == 0, said
    assert "1. Somebody asks for an escalation" in said
    assert "Mona on ticket 1: #accept | problem: yes | impact: nobody can bill" in said
    assert "→ Escalated to Tier 1 Support." in said
    assert "add tag esc_t1 (enters Tier 1 Support: people asked for it" in said
    assert said.count("the second run wrote nothing") == 7
    assert "Chapters passed: 7 of 7" in said
    assert "Mona, #accept: 16m" in said
    assert "✗" not in said


def test_for_programs_it_is_told_as_json_on_standard_output(
    drill: Drill, small: str, write: Callable[[str], Path]
) -> None:
    code, said = drill(write(small), "--json")
    told = json.loads(said[said.index("\n{\n") :])
    assert (code, told["passed"], told["scenario"]) == (0, True, "mine")
    came, asked = told["chapters"][0]["steps"]
    assert (came["who"], asked["who"], asked["reaction_minutes"]) == ("", "Ada", 6.5)
    assert asked["checks"] == [
        {"wanted": "says “The escalation is requested”", "holds": True, "found": asked["checks"][0]["found"]}
    ]
    assert {change["what"] for change in asked["changes"]} >= {"add tag esc_requested_open"}
    assert all(change["because"] for change in asked["changes"])


#: What is expected of the second step, what is missed then, and what there is.
MISSES = pytest.mark.parametrize(
    ("expect", "wanted", "found"),
    [
        ("{says: [Nonsense]}", "says “Nonsense”", "“The escalation is requested"),
        ("{never: [requested]}", "does not say “requested”", "“The escalation is requested"),
        ("{silent: true}", "says nothing", "“The escalation is requested"),
        ("{board: [RED]}", "the record shows “RED”", "nothing"),
        ("{lists: [down]}", "the record lists zendesk:1", "no record"),
        ("{colour: red}", "they wear red", "none"),
        ("{channels: [fire]}", "tells a channel “fire”", "nothing"),
        ("{writes: 0}", "writes at most 0 times", "1 times"),
        ("{tickets: [{ticket: down, wears: [x]}]}", "1 wears x", "esc_requested_open"),
        ("{tickets: [{ticket: down, lacks: [esc_requested_open]}]}", "1 does not wear", "esc_requested_open"),
        ("{tickets: [{ticket: down, status: solved}]}", "1 is solved", "open"),
        ("{tickets: [{ticket: down, priority: low}]}", "1 has the priority low", "high"),
        ("{subtasks: [{title: Call}]}", "there is a subtask “Call”", "none"),
        ("{subtasks: [{title: The pool is too small, exists: false}]}", "there is no subtask", "OPS-1"),
        ("{subtasks: [{title: The pool is too small, owner: bob}]}", "“The pool is too small” belongs to bob", "None"),
        ("{subtasks: [{title: The pool is too small, due: 2026-03-04}]}", "is due 2026-03-04", "None"),
        ("{subtasks: [{title: The pool is too small, status: solved}]}", "is solved", "new"),
        ("{public: [{ticket: down, times: 1}]}", "the customer heard Escalade 1 times on down", "0 times"),
        ("{public: [{ticket: down, times: 0, says: [Hello]}]}", "the customer reads “Hello”", "nothing"),
    ],
)


@MISSES
def test_what_is_not_as_expected_is_a_miss_that_says_what_there_is(  # noqa: PLR0917 - fixtures and cases
    drill: Drill, small: str, write: Callable[[str], Path], expect: str, wanted: str, found: str
) -> None:
    code, said = drill(write(small.replace("{says: [The escalation is requested]}", expect)), "--json")
    assert code == 1
    (miss,) = json.loads(said[said.index("\n{\n") :])["misses"]
    before, _, after = miss.partition("; found: ")
    assert wanted in before
    assert found in after


def test_what_a_helpdesk_refuses_is_a_miss_and_the_drill_goes_on(
    drill: Drill, small: str, write: Callable[[str], Path]
) -> None:
    more = "      - {who: ada, subtask: Call them, change: {status: solved}}\n      - {who: ada, writes: '#plan'}\n"
    code, said = drill(write(small + more))
    assert code == 1
    assert "there is no subtask “Call them” to change" in said
    assert "there is no record of the account's escalation to do this on" in said
    assert "Chapters passed: 0 of 1" in said


def test_a_policy_of_ones_own_is_played_with_the_scenarios_people(drill: Drill, tmp_path: Path) -> None:
    for file in starter_directory().glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    code, said = drill("production-down", tmp_path)
    assert code == 0, said
    commands = yaml.safe_load((tmp_path / "commands.yaml").read_text(encoding="utf-8"))
    commands["commands"]["allow"]["accept"] = ["support_manager"]
    (tmp_path / "commands.yaml").write_text(yaml.safe_dump(commands), encoding="utf-8")
    directory = yaml.safe_load((tmp_path / "directory.yaml").read_text(encoding="utf-8"))
    directory["directory"]["teams"]["it"]["members"] = [{"id": "joe", "name": "Joe"}]
    directory["directory"]["roles"]["support_manager"] = {"teams": ["management"]}
    (tmp_path / "directory.yaml").write_text(yaml.safe_dump(directory), encoding="utf-8")
    code, said = drill("production-down", tmp_path)
    assert code == 0, "whoever is in a role that the scenario does not know is of its team"
    (tmp_path / "brakes.yaml").write_text("version: 1\nbrakes: {max_tickets: 0}\n", encoding="utf-8")
    code, said = drill("production-down", tmp_path)
    assert code == 2
    assert "brakes.yaml:2" in said


def test_notices_of_a_policy_stay_in_the_drill(
    drill: Drill, small: str, write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOM_URL", "https://chat.example.com/secret")
    own = tmp_path / "own"
    own.mkdir()
    for file in starter_directory().glob("*.yaml"):
        (own / file.name).write_bytes(file.read_bytes())
    (own / "room.yaml").write_text("version: 1\nchannels:\n  room: {url_env: ROOM_URL}\n", encoding="utf-8")
    rules = yaml.safe_load((own / "rules.yaml").read_text(encoding="utf-8"))
    notices = [{"channel": "room", "template": "account-at-risk"}]
    told = {"id": "told", "description": "It is told", "when": {"priority": "high"}, "notify": notices}
    rules["rules"].append(told)
    (own / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    heard = "arrive: [down, pool]\n        expect: {channels: [Acme has several urgent tickets open]}"
    code, said = drill(write(small.replace("arrive: [down, pool]", heard)), own)
    assert code == 0, said


def test_a_drill_leaves_the_store_alone_that_the_environment_names(
    drill: Drill, small: str, write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "real.db"
    monkeypatch.setenv("ESCALADE_STORE", f"sqlite:///{store}")
    code, said = drill(write(small))
    assert code == 0, said
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "there is no scenario 'nowhere'; there are account-at-risk, production-down"),
        (["production-down", "--as", "rex"], "nobody is asked anything as 'rex' in production-down; there are ada"),
        (["production-down", "/nowhere"], "no rule files"),
    ],
)
def test_what_cannot_be_played_is_said_in_words(drill: Drill, arguments: list[str], message: str) -> None:
    code, said = drill(*arguments)
    assert code == 2
    assert message in said


def test_a_drill_needs_a_zendesk_and_a_jira(drill: Drill, tmp_path: Path) -> None:
    for file in starter_directory().glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = yaml.safe_load((tmp_path / "escalade.yaml").read_text(encoding="utf-8"))
    del settings["helpdesks"]["jira"]
    (tmp_path / "escalade.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    code, said = drill("production-down", tmp_path)
    assert code == 2
    assert "has no jira" in said
