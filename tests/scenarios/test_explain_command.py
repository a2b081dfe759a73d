"""`escalade explain`: tickets of the store, freshly read ones, and those of rule tests. It writes nothing, anywhere."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rules.explaining.explanation import explanation_schema

STARTER_TESTS = Path(__file__).parents[2] / "config" / "tests"


@pytest.fixture
def hot(desk: Any) -> Any:
    """A desk with a ticket that is in a tier, and the ticket."""
    ref = desk.ticket("The export \x1b[31mstops", "complaint")
    desk.settle()
    return desk, ref


def rows(desk: Any) -> dict[str, list[Any]]:
    """Everything that is in the database."""
    with closing(sqlite3.connect(desk.directory / "escalade.db")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"')))  # noqa: S608 - the database's own names
            for name in names
        }


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--live",),
        ("--format", "json"),
        ("--format", "markdown", "--live"),
        ("--at", "2026-03-05T09:00Z"),
        ("--at", "2026-03-02T09:00:01Z"),
    ],
    ids=" ".join,
)
def test_explaining_writes_nothing_anywhere(hot: Any, options: tuple[str, ...]) -> None:
    desk, ref = hot
    desk.pass_time(timedelta(hours=2))
    before, told = rows(desk), {}
    written = desk.written(
        lambda: told.update(zip(("code", "out"), desk.command("explain", str(ref), *options), strict=True))
    )
    assert told["code"] == 0, told["out"]
    assert written == {}
    assert rows(desk) == before
    assert str(ref) in told["out"].replace("\\", "")
    assert "\x1b[31m" not in told["out"]


def test_without_live_no_helpdesk_is_asked_at_all(hot: Any) -> None:
    desk, ref = hot
    before = desk.world.calls.counts()
    code, _ = desk.command("explain", str(ref))
    assert code == 0
    assert desk.world.calls.counts() == before


def test_the_answer_comes_first(hot: Any) -> None:
    desk, ref = hot
    code, told = desk.command("explain", str(ref))
    assert code == 0
    first = told.splitlines()
    assert first[0].startswith(str(ref))
    assert first[2].startswith("In tier tier1")
    assert first[4].startswith("Now: nothing to write.") or first[3].startswith("Now: nothing to write.")
    assert "Next: nothing happens before" in told
    assert "What does not, and what failed first" in told


def test_what_it_says_comes_next_is_what_then_happens_and_nothing_before(hot: Any) -> None:
    desk, ref = hot
    coming = json.loads(desk.command("explain", str(ref), "--format", "json")[1])["next"]
    at = datetime.fromisoformat(coming["at"])
    assert "enters tier2" in " ".join(coming["because"])
    desk.go_to(at - timedelta(seconds=1))
    assert desk.written(desk.sync) == {}
    desk.go_to(at)
    before = len(desk.journal(ref))
    assert desk.written(desk.sync)
    told = "\n".join(desk.journal(ref)[before:])
    assert all(one["what"].partition(" (was")[0] in told for one in coming["writes"])


def test_the_json_is_as_the_reference_says(hot: Any) -> None:
    desk, ref = hot
    told = json.loads(desk.command("explain", str(ref), "--format", "json")[1])
    jsonschema.Draft202012Validator(explanation_schema()).validate(told)
    assert told["ticket"] == str(ref)
    assert told["stands"]["tier"] == "tier1"


def test_live_shows_what_happened_since_the_last_run(hot: Any) -> None:
    desk, ref = hot
    desk.pass_time()
    desk.solve(ref)
    desk.pass_time()
    stored = json.loads(desk.command("explain", str(ref), "--format", "json")[1])
    fresh = json.loads(desk.command("explain", str(ref), "--format", "json", "--live")[1])
    assert (stored["status"], fresh["status"]) == ("open", "solved")
    assert any("--live asks" in text for text in stored["unknown"])
    assert fresh["writes"], "all that is ours would be taken back"
    assert fresh["stands"] is None


def test_a_change_by_a_person_is_wanted_and_not_written(hot: Any) -> None:
    desk, ref = hot
    desk.pass_time()
    desk.act(ref, tags=sorted(desk.tags(ref) - {"esc_t1"}))
    desk.pass_time()
    told = json.loads(desk.command("explain", str(ref), "--format", "json", "--live")[1])
    assert any("esc_t1" in kept["what"] for kept in told["kept_back"])


def test_one_rule_alone_can_be_asked_for(hot: Any) -> None:
    desk, ref = hot
    code, told = desk.command("explain", str(ref), "--rule", "complaint")
    assert code == 0
    assert "✓ rule:complaint" in told
    assert "rule:outage" not in told
    code, told = desk.command("explain", str(ref), "--rule", "complant")
    assert code == 2
    assert "there are: " in told


def test_another_policy_can_be_asked(hot: Any, tmp_path: Path) -> None:
    desk, ref = hot
    other = tmp_path / "other"
    other.mkdir()
    (other / "p.yaml").write_text(
        "version: 1\ndefault_calendar: always\n"
        "rules: [{id: cold, description: Cold, when: {tags: {lacks: cold}}, tags: [cold]}]\n",
        encoding="utf-8",
    )
    code, told = desk.command("explain", str(ref), "--policy", str(other))
    assert code == 0, told
    assert "✓ rule:cold: Cold" in told
    assert "+ add tag cold" in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("zendesk:999999",), "the store does not know zendesk:999999"),
        (("zendsk:35",), "the settings have no helpdesk 'zendsk'; did you mean zendesk:35?"),
        (("servicenow:35",), "the settings have no helpdesk 'servicenow'; there are: zendesk, jira"),
        (("zendesk:1", "--at", "yesterday"), "is no instant"),
        (("zendesk:1", "--at", "2026-03-02T09:00"), "is no instant"),
        (("nonsense",), "nonsense"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_line(desk: Any, arguments: tuple[str, ...], says: str) -> None:
    code, told = desk.command("explain", *arguments)
    assert code == 2
    assert says in told


@pytest.mark.parametrize("command", ["explain", "journal", "timeline", "facts"])
def test_a_ticket_is_named_by_its_id_or_by_the_key_that_people_see(desk: Any, command: str) -> None:
    issue = desk.issue("The pump is loud", project="SUP", priority="High")
    desk.settle()
    code, by_id = desk.command(command, f"jira:{issue.id}")
    assert code == 0, by_id
    assert desk.command(command, f"jira:{issue.key}") == (0, by_id)
    assert desk.command(command, "jira:SUP-999")[0] == 2


def test_a_rule_test_is_explained_at_its_end_and_at_any_instant(desk: Any) -> None:
    file = str(STARTER_TESTS / "sla.yaml")
    case = ("--case", "first answer is warned")
    code, told = desk.command("explain", file, *case)
    assert code == 0, told
    assert "In tier tier1" in told
    code, told = desk.command("explain", file, *case, "--at", "2026-02-02T10:00Z")
    assert "Not escalated." in told
    assert "Next: nothing happens before Mon 2026-02-02 11:00 UTC (in 1h)" in told
    assert "clock first-response passes 75%" in told


def test_of_several_tests_the_one_that_is_meant_has_to_be_said(desk: Any) -> None:
    code, told = desk.command("explain", str(STARTER_TESTS / "sla.yaml"), "--case", "answer")
    assert code == 2
    assert "say which test is meant" in told
    assert "'An answer in time keeps everything quiet'" in told


HISTORY = [
    {
        "at": "2026-03-02T09:00:00Z",
        "ticket": "zendesk:7",
        "event": "created",
        "fields": {
            "subject": "It stops",
            "status": "open",
            "priority": "normal",
            "tags": [],
            "links": [],
            "custom": {},
        },
        "about": {"source": "zendesk", "lacks": [{"kind": "bodies", "told": "the words of comments"}]},
    },
    {"at": "2026-03-02T10:00:00Z", "ticket": "zendesk:7", "event": "changed", "fields": {"tags": ["complaint"]}},
    {"at": "2026-03-02T11:00:00Z", "ticket": "zendesk:7", "event": "changed", "fields": {"status": "solved"}},
]


@pytest.fixture
def history(tmp_path: Path) -> str:
    file = tmp_path / "history.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in HISTORY), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("at", "tier", "status"),
    [
        ("2026-03-02T09:30Z", None, "open"),
        ("2026-03-02T10:30Z", "tier1", "open"),
        (None, None, "solved"),
    ],
)
def test_a_ticket_of_a_history_is_explained_as_the_policy_would_have_left_it(
    desk: Any, history: str, at: str | None, tier: str | None, status: str
) -> None:
    instant = () if at is None else ("--at", at)
    code, told = desk.command("explain", history, "--ticket", "zendesk:7", "--format", "json", *instant)
    assert code == 0, told
    answer = json.loads(told)
    assert (answer["stands"] and answer["stands"]["tier"], answer["status"]) == (tier, status)
    assert "the words of comments" in answer["unknown"]
    assert at is None or answer["at"] == at.replace("Z", ":00Z")


def test_of_a_history_the_ticket_has_to_be_named(desk: Any, history: str) -> None:
    assert "say which ticket" in desk.command("explain", history)[1]
    code, told = desk.command("explain", history, "--ticket", "zendesk:8")
    assert code == 2
    assert "the history has no ticket zendesk:8" in told
