"""`escalade backtest`: the page about it does what it says; mistakes are told in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalade.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "backtest-a-policy.md"
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def example(language: str) -> str:
    return next(text for found, text in _FENCED.findall(PAGE.read_text(encoding="utf-8")) if found == language)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the history and the policy of the page."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "policy.yaml").write_text(example("yaml"), encoding="utf-8")
    (tmp_path / "history.jsonl").write_text(example("json"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["backtest", *arguments], env={"COLUMNS": "80"})
    assert done.exit_code == code, done.output
    return done.output


PLAYED = ("--history", "history.jsonl", "--policy", "rules")


@pytest.mark.usefixtures("place")
def test_the_example_of_the_page_comes_to_what_the_page_shows() -> None:
    shown = re.sub(r"policy [0-9a-f]{12}", "policy HASH", told(*PLAYED, "--truth", "priority: urgent"))
    assert example("text") in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.capability("L1")
@pytest.mark.usefixtures("place")
def test_json_has_every_climb_with_its_lead() -> None:
    done = CliRunner().invoke(cli, ["backtest", *PLAYED, "--truth", "priority: urgent", "--json", "-"])
    found = json.loads(done.stdout)
    (climb,) = [one for one in found["climbs"] if one["ticket"] == "desk:1"]
    # Noon in Berlin and four open hours from 9:00 on are 13:00 there.
    assert climb["at"] == "2026-03-02T12:00:00Z"
    assert climb["truth_at"] == "2026-03-03T13:00:00Z"
    assert climb["before_truth"] == 25 * 3600
    assert found["truth"]["recall"] == 1.0


def test_a_policy_compared_with_itself_treats_no_ticket_otherwise(place: Path) -> None:
    assert "Treated otherwise: 0 tickets" in told(*PLAYED, "--compare", str(place / "rules"))


@pytest.mark.usefixtures("place")
def test_counting_up_to_a_day_stops_there() -> None:
    shown = told(*PLAYED, "--to", "2026-03-03")
    assert "counted: 2026-03-02 08:00 UTC to 2026-03-03 00:00 UTC" in shown


def test_a_helpdesk_of_another_name_is_called_as_the_policy_does(place: Path) -> None:
    policy = place / "rules" / "policy.yaml"
    policy.write_text(
        example("yaml").replace("when: {customer", "when: {helpdesk: zendesk, customer"), encoding="utf-8"
    )
    assert "0 of 2 tickets" in told(*PLAYED)
    assert "1 of 2 tickets" in told(*PLAYED, "--as", "desk=zendesk")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which past"),
        (("--history", "history.jsonl", "--from-store"), "say which past"),
        ((*PLAYED, "--as", "zendesk"), "is no renaming"),
        ((*PLAYED, "--from", "soon"), "is no date"),
        ((*PLAYED, "--truth", "priorty: urgent"), "--truth:1:1: there is no such fact (at priorty)"),
        ((*PLAYED, "--truth", "priority: urgnt"), "--truth:1:11: priority never has this value (at priority)"),
        (("--history", "gone.jsonl", "--policy", "rules"), "gone.jsonl"),
    ],
)
@pytest.mark.usefixtures("place")
def test_mistakes_are_told_in_words(arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(told(*arguments, code=2).split())


def test_a_history_that_is_not_in_order_is_refused_with_its_line(place: Path) -> None:
    lines = example("json").splitlines()
    (place / "history.jsonl").write_text("\n".join([lines[-1], lines[0]]), encoding="utf-8")
    assert "history.jsonl:2" in told(*PLAYED, code=2)


def test_an_empty_history_is_refused(place: Path) -> None:
    (place / "history.jsonl").write_text("", encoding="utf-8")
    assert "no events" in told(*PLAYED, code=2)
