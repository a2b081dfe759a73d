"""Other values of a policy on the past, and what a change of the rules does."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.histories.file import write_history
from rules.histories.event import EventKind, Fields, PastEvent
from rules.replay.tuning import Trade, Tried, Tuning, with_the_beaten
from rules.replay.variants import Knob, knob_of, value_at, variants
from rules.ticket import Priority, StatusCategory

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = """\
version: 1
default_calendar: always
tiers:
  - {id: tier1, name: Tier 1, tag: esc_t1, timeout: 8h, note: entered}
  - {id: tier2, name: Tier 2, tag: esc_t2, note: entered}
rules:
  - id: old            # how long is too long?
    description: Open for too long
    when: {status: {in: [new, open]}, age: {at_least: 4h}}
    escalate_to: tier1
sla:
  - {id: resolution, metric: resolution, calendar: always, targets: {normal: 10h, urgent: 10h}}
templates:
  entered: "Escalated to {{ tier.name }}: {{ reason }}"
"""
OLD = "rules.old.when.age.at_least"


def history(tickets: int = 60) -> list[PastEvent]:
    """A ticket every seven hours, solved after one to twelve hours; those that take nine or more turn urgent after nine."""
    found: list[PastEvent] = []
    for number in range(tickets):
        at = START + timedelta(hours=7 * number)
        hours = 1 + number % 12
        new = Fields(subject="Words of a customer", status=StatusCategory.OPEN, priority=Priority.NORMAL, group="Desk")
        ref = f"zendesk:{number + 1}"
        found.append(PastEvent(at=at, ticket=ref, kind=EventKind.CREATED, fields=new))
        if hours > 9:
            urgent = Fields(priority=Priority.URGENT)
            found.append(PastEvent(at=at + timedelta(hours=9), ticket=ref, kind=EventKind.CHANGED, fields=urgent))
        if number < tickets - 3:
            solved = Fields(status=StatusCategory.SOLVED)
            done = at + timedelta(hours=hours)
            found.append(PastEvent(at=done, ticket=ref, kind=EventKind.CHANGED, fields=solved))
    return sorted(found, key=lambda event: event.at)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a policy, the same with another value, and a history."""
    for name, text in (("now", POLICY), ("then", POLICY.replace("at_least: 4h", "at_least: 10h"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rules.yaml").write_text(text, encoding="utf-8")
    write_history(tmp_path / "history.jsonl", iter(history()))
    return tmp_path


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def tuned(desk: Path, *more: object) -> tuple[int, str]:
    past = ("--history", desk / "history.jsonl", "--policy", desk / "now", "--truth", "priority: urgent")
    return call("tune", *past, "--jobs", 1, *more)


def test_a_sweep_finds_the_value_at_which_people_acted_and_leaves_the_policy_alone(desk: Path) -> None:
    code, output = tuned(desk, "--vary", f"{OLD}=2h,4h,9h,11h", "--least", 5, "--format", "json")
    assert code == 0
    found = json.loads(output)
    by_value = {one["values"][0]: one for one in found["tried"]}
    # By hand: of twelve tickets in a row, three last longer than nine hours, and people act after exactly nine.
    assert by_value["9h"]["judged"]["precision"] > by_value["4h"]["judged"]["precision"]
    assert by_value["9h"]["judged"]["recall"] == 1.0
    assert by_value["9h"]["judged"]["lead"] == 0
    assert by_value["2h"]["judged"]["lead"] == 7 * 3600
    assert by_value["11h"]["judged"]["recall"] < 1.0
    assert by_value["4h"]["is_today"]
    assert (desk / "now" / "rules.yaml").read_text(encoding="utf-8") == POLICY


@pytest.mark.capability("L18")
def test_the_counts_of_a_sweep_are_those_of_plain_arithmetic(desk: Path) -> None:
    _, output = tuned(desk, "--vary", f"{OLD}=6h", "--least", 5, "--format", "json")
    found = json.loads(output)
    split = datetime.fromisoformat(found["split"])
    events = history()
    created = {event.ticket: event.at for event in events if event.kind is EventKind.CREATED}
    ended = {event.ticket: event.at for event in events if event.fields.status is StatusCategory.SOLVED}
    urgent = {event.ticket for event in events if event.fields.priority is Priority.URGENT and event.at < split}
    # What falls due at an instant comes before what people do at it.
    old = {
        ref
        for ref, at in created.items()
        if at + timedelta(hours=6) < split and ended.get(ref, split + timedelta(days=9)) >= at + timedelta(hours=6)
    }
    (one,) = found["tried"]
    assert one["judged"]["tickets"] == len(old)
    assert one["judged"]["missed"] == len(urgent - old)
    assert found["positives"] == len(urgent)


def test_in_words_the_best_value_today_s_and_what_came_later_are_told(desk: Path) -> None:
    code, output = tuned(desk, "--vary", f"{OLD}=3h..9h/3h", "--least", 5, "--html", desk / "page.html")
    assert code == 0
    assert "Best: 9h" in output
    assert "On what came later" in output or "Beware" in output
    assert "<svg" in (desk / "page.html").read_text(encoding="utf-8")


@pytest.mark.capability("L18")
def test_nothing_is_recommended_on_a_handful_of_tickets(desk: Path) -> None:
    code, output = tuned(desk, "--vary", f"{OLD}=2h,9h", "--least", 500)
    assert code == 0
    assert "Nothing is recommended" in output
    assert "Best:" not in output


def test_processes_give_what_one_gives(desk: Path) -> None:
    more = ("--vary", f"{OLD}=2h,9h", "--format", "csv")
    _, alone = tuned(desk, *more)
    _, beside = tuned(desk, *more, "--jobs", 2)
    assert alone == beside
    rows = list(csv.DictReader(io.StringIO(alone)))
    assert [(row[OLD], row["stretch"]) for row in rows] == [
        ("2h", "judged"),
        ("2h", "later"),
        ("9h", "judged"),
        ("9h", "later"),
    ]


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ("rules.old.when.age=1h", "leads to no value of the policy; rules.old.when.age has at_least"),
        ("rules.gone.when=1h", "leads to no value of the policy; rules has "),
        ("rules.odl.when.age.at_least=1h", "did you mean rules.old?"),
        ("rules.old.age.at_least=1h", "did you mean rules.old.when.age.at_least?"),
        (f"{OLD}.more=1h", "rules.old.when.age.at_least is a value itself"),
        ("rule.old=1h", "the policy has version, "),
        (f"{OLD}=soon", "soon"),
        (OLD, "says not what to try"),
        (f"{OLD}=9h..1h/1h", "has no steps"),
        (f"{OLD}=1h,1h", "there twice"),
        (f"{OLD}=1h}}: {{", "no plain value"),
    ],
)
def test_what_cannot_be_tried_is_told_before_anything_is_played(desk: Path, vary: str, told: str) -> None:
    past = ("--history", f"{desk / 'history.jsonl'}", "--policy", f"{desk / 'now'}", "--truth", "priority: urgent")
    result = CliRunner().invoke(cli, ["tune", *past, "--vary", vary])
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_a_range_has_its_end_where_a_step_meets_it() -> None:
    assert knob_of("x=2h..6h/2h").values == ("2h", "4h", "6h")
    assert knob_of("x=0.5..1.2/0.25").values == ("0.5", "0.75", "1")


def test_a_place_in_a_list_is_written_as_messages_of_check_write_it() -> None:
    texts = {"rules.yaml": "rules: [{id: deep, when: {all: [{tags: {contains: vip}}, {age: {at_least: 4h}}]}}]"}
    assert value_at(texts, knob_of("rules.deep.when.all[1].age.at_least=1h,2h").path) == "4h"


def test_a_variant_differs_in_its_value_alone() -> None:
    texts = {"rules.yaml": POLICY}
    knobs = [Knob(path=OLD, values=("8h",)), Knob(path="sla.resolution.targets.normal", values=("1d", "2d"))]
    found = variants(texts, knobs)
    assert [one.values for one in found] == [("8h", "1d"), ("8h", "2d")]
    assert found[1].texts["rules.yaml"] == POLICY.replace("at_least: 4h", "at_least: 8h").replace(
        "normal: 10h", "normal: 2d"
    )
    assert value_at(texts, OLD) == "4h"
    assert [knob.source for knob in knobs] == ["rule:old", "sla:resolution"]


def trade(precision: float, recall: float, alerts: float) -> Trade:
    f1 = 2 * precision * recall / (precision + recall)
    return Trade(
        tickets=9, true=5, false=4, missed=1, precision=precision, recall=recall, f1=f1, lead=None, alerts=alerts
    )


def test_a_variant_that_another_beats_in_every_respect_is_marked_and_luck_is_told() -> None:
    good, bad, other = trade(0.9, 0.9, 2.0), trade(0.8, 0.9, 2.0), trade(0.95, 0.3, 1.0)
    rows = [Tried(values=(str(n),), is_today=False, judged=one, later=bad) for n, one in enumerate((good, bad, other))]
    marked = with_the_beaten(rows)
    assert [one.is_beaten for one in marked] == [False, True, False]
    tuning = Tuning(
        paths=("x",),
        source=None,
        truth="t",
        begins=START,
        split=START,
        ends=START,
        tried=marked,
        positives=30,
        needed=20,
    )
    assert tuning.best is marked[0]
    assert not tuning.is_luck
    unlucky = Tried(values=("0",), is_today=False, judged=good, later=other)
    assert Tuning(
        paths=("x",),
        source=None,
        truth="t",
        begins=START,
        split=START,
        ends=START,
        tried=(unlucky,),
        positives=30,
        needed=20,
    ).is_luck


def impact(desk: Path, *more: object) -> tuple[int, str]:
    past = ("--history", desk / "history.jsonl", "--days", 10)
    return call("impact", desk / "then", desk / "now", *past, *more)


@pytest.mark.capability("L2")
def test_the_impact_of_a_change_counts_open_tickets_that_move_and_the_days_before(desk: Path) -> None:
    code, output = impact(desk, "--format", "json", "--exit-code")
    assert code == 1
    found = json.loads(output)
    events = history()
    last = events[-1].at
    created = {event.ticket: event.at for event in events if event.kind is EventKind.CREATED}
    ended = {event.ticket for event in events if event.fields.status is StatusCategory.SOLVED}
    ages = {ref: last - at for ref, at in created.items() if ref not in ended}
    moved = {ref for ref, age in ages.items() if timedelta(hours=4) <= age < timedelta(hours=10)}
    assert found["open_tickets"] == len(ages) == 3
    assert moved
    assert moved <= {one["ticket"] for one in found["shifts"] if one["steps"] > 0}
    assert found["past"]["after"]["escalations"] > found["past"]["before"]["escalations"]


@pytest.mark.capability("L2")
def test_the_comment_for_a_pull_request_is_the_same_each_time_and_has_no_words_of_customers(desk: Path) -> None:
    code, output = impact(desk, "--format", "markdown")
    assert code == 0
    assert output == impact(desk, "--format", "markdown")[1]
    assert output.startswith("# What this change of the rules does\n\nOf 3 open tickets it moves ")
    assert "Words of a customer" not in output
    assert "| ticket |" in output
    assert "## What the rules say otherwise" in output
    assert re.search(r"\| rules\.old\.when\.age\.at\\?_least \| \d+h +\| 4h +\|", output)


def test_a_change_of_nothing_does_nothing_and_says_so(desk: Path) -> None:
    (desk / "then" / "rules.yaml").write_text(f"# a remark\n{POLICY}", encoding="utf-8")
    code, output = impact(desk, "--exit-code")
    assert code == 0
    assert "Nothing: 3 open tickets stand as before" in output


def test_a_revision_that_git_keeps_is_a_policy_as_well(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@desk.example", "-c", "init.defaultBranch=main")
    for command in (("init", "-q"), ("add", "then"), ("commit", "-qm", "The rules")):
        subprocess.run([*git, *command], cwd=desk, check=True)
    (desk / "then" / "rules.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.chdir(desk)
    past = ("--history", desk / "history.jsonl", "--days", 10, "--exit-code")
    assert call("impact", "git:HEAD:then", "then", *past)[0] == 1
    assert call("impact", "then", "now", *past)[0] == 0


@pytest.mark.parametrize("place", ["git:nowhere:then", "git:HEAD", "git:--output=x:y"])
def test_a_revision_that_is_not_there_is_told(desk: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(desk)
    result = CliRunner().invoke(cli, ["impact", place, "now", "--history", "history.jsonl"])
    assert result.exit_code == 2
    assert "git" in result.output


def test_the_examples_of_the_how_to_do_what_it_says(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "howto" / "review-a-change.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(escalade .*)\n```", text, re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["impact", "tune"]
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@desk.example", "-c", "init.defaultBranch=main")
    (desk / "then").rename(desk / "config")
    for command in (("init", "-q"), ("add", "config"), ("commit", "-qm", "The rules")):
        subprocess.run([*git, *command], cwd=desk, check=True)
    (desk / "config" / "rules.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.chdir(desk)
    outputs = [call(*shlex.split(command)[1:]) for command in commands]
    assert [code for code, _ in outputs] == [0, 0]
    assert "it moves 2 up and 0 down" in outputs[0][1]
    assert "Best: " in outputs[1][1]
