"""A scenario file says each of its mistakes with its place, all of them at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalade.drill.catalogue import load_scenario, scenario_files
from escalade.drill.reading import read_scenario
from rules.problems import PolicyErrors, Problem

_STEP = "      - who: ada\n        on: down\n"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyErrors) as raised:
        read_scenario("mine", "mine.yaml", text)
    return raised.value.problems


def test_a_scenario_is_read_with_its_instants_in_utc(small: str) -> None:
    scenario = read_scenario("mine", "mine.yaml", small.replace("09:00Z", "10:00+01:00"))
    assert scenario.starts == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert scenario.tickets["down"].customer == "cora"
    assert scenario.tickets["down"].text == "It is down"
    assert [step.answers for step in scenario.steps] == [None, "came"]
    assert scenario.tasks_of("ada") == tuple(scenario.steps)[1:]
    assert scenario.tasks_of("bob") == ()


def test_what_passes_round_the_clock_is_a_plain_length_of_time(small: str) -> None:
    scenario = read_scenario("mine", "mine.yaml", f"{small}      - {{wait: 1d4h, since: came}}\n")
    assert tuple(scenario.steps)[-1].wait == timedelta(hours=28)


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("starts: 2026-03-02T09:00Z", "starts: 2026-03-02T09:00", "starts", "this is no instant; write date"),
        ("starts: 2026-03-02T09:00Z", "starts: soon", "starts", "this is no instant; write date"),
        ("tells: A ticket comes in.", "tell: x", "chapters[0]", "'tells' is missing"),
        ("behind: [down]", "behind: [up]", "desk.bugs.pool.behind[0]", "there is no such ticket"),
        ("priority: high}", "customer: joe}", "desk.tickets.down.customer", "there is no such customer"),
        ("{cora: Cora}", "{ada: Cora}", "cast.customers.ada", "one of our people has this id"),
        ("[down, pool]", "[down, pond]", "chapters[0].steps[0].arrive[1]", "there is no such ticket or bug"),
        ("[down, pool]", "[down, down]", "chapters[0].steps[0].arrive[1]", "it has come in before"),
        (
            "[down, pool]",
            "[pool, down]",
            "chapters[0].steps[0].arrive[0]",
            "it is linked with down, which has not come in yet",
        ),
        ("arrive: [down, pool]", "on: down", "chapters[0].steps[0]", "nothing happens in this step"),
        ("who: ada", "public: true", "chapters[0].steps[1]", "somebody has to do this"),
        ("who: ada", "who: joe", "chapters[0].steps[1].who", "there is no such person"),
        ("on: down", "on: up", "chapters[0].steps[1].on", "there is no such ticket"),
        ("[down, pool]", "[]\n        wait: 1h", "chapters[0].steps[1].on", "this ticket has not come in yet"),
        ("who: ada", "who: cora", "chapters[0].steps[1].task", "a trainee is asked for what one of our people writes"),
        (
            f"{_STEP}        writes",
            "      - who: cora\n        writes",
            "chapters[0].steps[1].who",
            "a customer writes on a ticket, and does nothing else",
        ),
        ("answers: came", "answers: went", "chapters[0].steps[1].answers", "there is no such step before this one"),
        ("answers: came", "since: came", "chapters[0].steps[1].since", "how much time is it?"),
        ("answers: came", "id: came", "chapters[0].steps[1].id", "another step has this id"),
        ("answers: came", "subtask: Call", "chapters[0].steps[1].subtask", "what becomes of the subtask?"),
        (
            "answers: came",
            "change: {owner: joe}",
            "chapters[0].steps[1].change.owner",
            "there is no such person",
        ),
        (
            "answers: came",
            "wait: 1h\n        until: 2026-03-03T09:00Z",
            "chapters[0].steps[1].until",
            "a step has wait: or until:, not both",
        ),
        (
            "{says: [The",
            "{silent: true, says: [The",
            "chapters[0].steps[1].expect.silent",
            "it cannot be silent and say something",
        ),
        (
            "{says: [The escalation is requested]}",
            "{lists: [up]}",
            "chapters[0].steps[1].expect.lists[0]",
            "there is no such ticket",
        ),
        (
            "{says: [The escalation is requested]}",
            "{public: [{ticket: up, times: 1}]}",
            "chapters[0].steps[1].expect.public[0].ticket",
            "there is no such ticket",
        ),
        (
            "{says: [The escalation is requested]}",
            "{subtasks: [{title: Call, owner: joe}]}",
            "chapters[0].steps[1].expect.subtasks[0].owner",
            "there is no such person",
        ),
        (
            "{says: [The escalation is requested]}",
            "{colour: blue}",
            "chapters[0].steps[1].expect.colour",
            "this value is not allowed here",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(small: str, old: str, new: str, path: str, message: str) -> None:
    assert old in small
    told = {problem.path: problem for problem in problems(small.replace(old, new))}
    assert path in told, sorted(told)
    assert told[path].message.startswith(message)
    assert told[path].line > 1


def test_all_mistakes_are_said_at_once_with_the_word_that_was_meant(small: str) -> None:
    text = (
        small.replace("who: ada", "who: adda").replace("on: down", "on: dwon").replace("answers: came", "answers: cam")
    )
    found = problems(text)
    assert [(one.found, one.hint) for one in found] == [
        ("'adda'", "did you mean 'ada'?"),
        ("'dwon'", "did you mean 'down'?"),
        ("'cam'", "did you mean 'came'?"),
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_a_file_that_is_no_yaml_is_said_in_words() -> None:
    (found,) = problems("version: 1\n\ttitle: x\n")
    assert "not valid YAML" in found.message


@pytest.mark.parametrize("name", sorted(scenario_files()))
def test_the_scenarios_that_come_with_it_load_and_ask_somebody(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert sum(bool(scenario.tasks_of(who)) for who in scenario.cast.people) >= 3


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'production-down'"):
        load_scenario("production_down")
    with pytest.raises(ValueError, match="there are account-at-risk, production-down"):
        load_scenario("xyz")
    with pytest.raises(FileNotFoundError, match=r"no scenario file nowhere\.yaml"):
        load_scenario("nowhere.yaml")
