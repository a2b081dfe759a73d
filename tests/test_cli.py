"""The command line: what each command says of itself, what it does against real APIs, and how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.demo.desk import demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator
from escalade.render import show_skew
from escalade.store.sql import open_store
from rules.load import load_policy

ROOT = Path(__file__).parents[1]
ESCALADE = str(Path(sys.executable).with_name("escalade"))
COMMANDS = (
    "sync",
    "plan",
    "apply",
    "journal",
    "init",
    "emulator",
    "demo",
    "policies",
    "calendars",
    "check",
    "rebase",
    "facts",
)
SECRETS = {"DEMO_ZENDESK_TOKEN": "emulator-api-token", "DEMO_JIRA_TOKEN": "jira-token"}
_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def run(*command: str, at: Path = ROOT, stdin: str = "", **environment: str) -> Ended:
    """Run a program to its end, without a terminal."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ESCALADE_")}
    done = subprocess.run(
        command,
        cwd=at,
        input=stdin,
        env={**clean, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Place:
    """A directory with settings, and the emulator that they point at."""

    emulator: RunningEmulator
    directory: Path

    def escalade(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        """Run `escalade` in another directory, so that nothing is found by chance."""
        home = self.directory.parent
        return run(ESCALADE, *arguments, at=home, stdin=stdin, ESCALADE_CONFIG=str(self.directory), **environment)

    @property
    def writes(self) -> int:
        return self.emulator.world.calls.writes


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    running: list[RunningEmulator] = []

    def make(tickets: int = 12) -> Place:
        start = datetime.now(UTC).replace(microsecond=0)
        emulator = RunningEmulator(build_desk(seed=3, start=start, tickets=tickets, organizations=4, linked=2)).start()
        running.append(emulator)
        directory = tmp_path / f"desk-{emulator.port}"
        directory.mkdir()
        demo_settings(directory, emulator.url)
        return Place(emulator, directory)

    yield make
    for emulator in running:
        emulator.stop()


@pytest.fixture
def place(make_place: Callable[..., Place], monkeypatch: pytest.MonkeyPatch) -> Place:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return make_place()


# What the program says of itself


def test_help_names_every_command() -> None:
    ended = run(ESCALADE, "--help")
    assert ended.code == 0
    assert all(f"│ {command} " in ended.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_page(command: str) -> None:
    ended = CliRunner().invoke(cli, [command, "--help"], prog_name="escalade")
    assert ended.exit_code == 0
    assert f"Usage: escalade {command}" in ended.output


def test_the_loop_started_as_a_script_is_the_sync_command() -> None:
    assert run(sys.executable, "sync.py", "--help") == run(ESCALADE, "sync", "--help")


@pytest.mark.parametrize("arguments", [("frobnicate",), ("sync", "--onse"), ("sync", "--once", "--every", "5m")])
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = run(ESCALADE, *arguments, at=tmp_path)
    assert ended.code == 2
    assert "Error" in ended.err


# Runs


def test_a_run_reads_decides_and_writes_and_ends_with_0(place: Place) -> None:
    ended = place.escalade("sync", "--once", "--force")
    assert ended.code == 0, ended
    assert "Tickets read: " in ended.out
    assert "12 from zendesk" in ended.out
    assert place.writes > 0


def test_the_script_does_what_the_command_does(place: Place) -> None:
    ended = run(sys.executable, "sync.py", "--force", "--config", str(place.directory), **SECRETS)
    assert ended.code == 0, ended
    before = place.writes
    assert before > 0
    again = place.escalade("sync")
    assert "0 writes to 0 tickets" in again.out
    assert place.writes == before


def test_without_a_terminal_progress_is_plain_lines(place: Place) -> None:
    ended = place.escalade("sync", "--dry-run")
    assert "Reading tickets of zendesk: 12\n" in ended.out
    assert "\x1b[" not in ended.out
    assert "\r" not in ended.out


def test_a_dry_run_shows_the_plan_and_writes_nothing(place: Place) -> None:
    ended = place.escalade("sync", "--dry-run")
    assert ended.code == 0
    assert "Would be written" in ended.out
    assert "nothing written (dry run)" in ended.out
    assert place.writes == 0


def test_the_summary_for_programs_is_json_on_standard_output_alone(place: Place) -> None:
    ended = place.escalade("sync", "--force", "--json", "-")
    found = json.loads(ended.out)
    assert (found["exit_code"], found["dry_run"], found["parked"], found["troubled"]) == (0, False, {}, {})
    assert sum(found["writes"].values()) == place.writes
    assert "Tickets read" in ended.err


def test_the_summary_can_go_to_a_file(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    ended = place.escalade("plan", "--json", str(file))
    assert "Would be written" in ended.out
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["dry_run"] is True
    assert found["planned_tickets"] > 0


def test_a_plan_is_saved_reviewed_and_carried_out(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    planned = place.escalade("plan", "--out", str(file))
    assert planned.code == 0
    assert f"escalade apply {file}" in planned.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    count = len(json.loads(file.read_text(encoding="utf-8"))["plans"])
    assert place.writes == 0
    applied = place.escalade("apply", "--yes", "--force", "--json", "-", str(file))
    assert applied.code == 0, applied
    assert json.loads(applied.out)["written_tickets"] == count
    assert not (place.directory.parent / "-").exists()


def test_reviewed_tickets_are_written_to_even_when_they_are_not_due_any_more(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    place.escalade("plan", "--out", str(file))
    with open_store(f"sqlite:///{place.directory / 'escalade.db'}") as store:
        store.finish_all([(visit, None, "asleep") for visit in store.due(datetime.now(UTC), 1000)])
    place.escalade("apply", "--yes", "--force", str(file))
    assert place.writes > 0


def test_apply_without_a_file_plans_shows_and_asks(place: Place) -> None:
    refused = place.escalade("apply", "--force", stdin="n\n")
    assert refused.code == 0
    assert "Would be written" in refused.out
    assert place.writes == 0
    place.escalade("apply", "--force", stdin="y\n")
    assert place.writes > 0


def test_apply_writes_nothing_when_nobody_is_there_to_ask(place: Place) -> None:
    assert place.escalade("apply", "--force").code == 1
    assert place.writes == 0


def test_the_journal_tells_what_was_done_and_why(place: Place) -> None:
    nothing = place.escalade("journal", "zendesk:1")
    assert (nothing.code, "Nothing is written in the journal" in nothing.out) == (0, True)
    found = json.loads(place.escalade("sync", "--dry-run", "--json", "-").out)
    assert found["planned_tickets"]
    place.escalade("sync", "--force")
    ticket = next(one for one in place.emulator.world.zendesk.tickets.values() if "esc_t" in " ".join(one.tags))
    told = place.escalade("journal", f"zendesk:{ticket.id}")
    assert "write.applied" in told.out
    assert " — " in told.out


def test_a_run_over_the_brakes_ends_with_1_and_says_how_to_go_on(place: Place) -> None:
    (place.directory / "brakes.yaml").write_text("version: 1\nbrakes: {max_tickets: 1}\n", encoding="utf-8")
    ended = place.escalade("sync")
    assert ended.code == 1
    assert "--force" in ended.err
    assert place.writes == 0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_repeated_runs_go_on_until_told_to_end(how: signal.Signals, code: int, place: Place) -> None:
    command = [ESCALADE, "sync", "--every", "1h", "--config", str(place.directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any("Tickets read" in line for line in process.stdout)
        process.send_signal(how)
        _, err = process.communicate(timeout=_SECONDS)
        assert process.returncode == code
        assert "Traceback" not in err
    finally:
        process.kill()
        process.communicate()


# How it fails


def test_wrong_credentials_end_with_2(place: Place) -> None:
    ended = place.escalade("sync", "--json", "-", DEMO_ZENDESK_TOKEN="guess-4711", DEMO_JIRA_TOKEN="guess-4711")
    assert ended.code == json.loads(ended.out)["exit_code"] == 2
    assert "Helpdesks in trouble: zendesk" in ended.err
    assert "guess-4711" not in ended.out + ended.err


def test_a_missing_secret_is_named_with_its_place_in_the_settings(place: Place) -> None:
    ended = place.escalade("sync", DEMO_JIRA_TOKEN="")
    assert ended.code == 2
    assert "DEMO_JIRA_TOKEN is not set" in ended.err
    assert "escalade.yaml:" in ended.err


def test_one_helpdesk_that_does_not_answer_leaves_the_other_one_working(place: Place) -> None:
    settings = place.directory / "escalade.yaml"
    head, jira = settings.read_text(encoding="utf-8").split("  jira:\n")
    dead = jira.replace(f"url: {place.emulator.url}", "url: http://127.0.0.1:9")
    settings.write_text(f"{head}  jira:\n{dead}", encoding="utf-8")
    ended = place.escalade("sync", "--dry-run")
    assert ended.code == 1
    assert "12 from zendesk" in ended.out
    assert "Helpdesks in trouble: jira" in ended.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"version: 1\nstore: [1]\nhelpdesks: {z: {vendor: zendesk}}\n", "store is the address of a database"),
        (b"version: 1\nhelpdesk: {}\n", "did you mean"),
        (b"", "escalade.yaml"),
    ],
)
def test_broken_settings_end_with_2_and_name_the_file(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "escalade.yaml").write_bytes(content)
    ended = run(ESCALADE, "plan", at=tmp_path)
    assert ended.code == 2
    assert told.lower() in ended.err.lower()
    assert "escalade.yaml" in ended.err


def test_no_settings_at_all_lead_to_the_starter(tmp_path: Path) -> None:
    ended = run(ESCALADE, "sync", at=tmp_path)
    assert ended.code == 2
    assert "copy the starter with: escalade init" in ended.err


def test_a_log_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    ended = run(ESCALADE, "sync", at=tmp_path, ESCALADE_LOG=str(tmp_path / "no" / "such.log"))
    assert ended.code == 2
    assert "that ESCALADE_LOG names: No such file or directory" in ended.err


def test_a_file_where_a_directory_belongs_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    ended = run(ESCALADE, "init", "taken", at=tmp_path)
    assert ended.code == 2
    assert "cannot use taken: File exists" in ended.err


# Starting out


def test_init_copies_the_starter_and_never_over_a_file(tmp_path: Path) -> None:
    first = run(ESCALADE, "init", "desk", at=tmp_path)
    assert (first.code, first.out.splitlines()[-1]) == (0, "escalade plan -c desk")
    copied = {file.name: file.read_bytes() for file in (tmp_path / "desk").iterdir()}
    assert copied == {file.name: file.read_bytes() for file in (ROOT / "config").glob("*.yaml")}
    again = run(ESCALADE, "init", "desk", at=tmp_path)
    assert again.code == 2
    assert "nothing was copied" in again.err


def test_the_starter_comes_from_inside_the_package_when_that_is_what_is_installed(tmp_path: Path) -> None:
    """The layout of the wheel: config/ lies in escalade/, and there is no checkout around it."""
    site = tmp_path / "site"
    for package in ("connectors", "rules", "escalade"):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "sync.py", site)
    (site / "escalade" / "config").mkdir()
    (site / "escalade" / "config" / "marked.yaml").write_text("version: 1\n", encoding="utf-8")
    ended = run(sys.executable, "-m", "escalade.cli", "init", "desk", at=tmp_path, PYTHONPATH=str(site))
    assert ended.code == 0, ended
    assert [file.name for file in (tmp_path / "desk").iterdir()] == ["marked.yaml"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_serves_until_it_is_told_to_end(how: signal.Signals, tmp_path: Path) -> None:
    command = [ESCALADE, "emulator", "--port", "0", "--world", "empty"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(how)
        _, err = process.communicate(timeout=_SECONDS)
        assert "Traceback" not in err
        assert process.returncode in {0, 130, 143}
    finally:
        process.kill()
        process.communicate()


def test_an_emulator_of_an_unknown_world_says_which_there_are(tmp_path: Path) -> None:
    ended = run(ESCALADE, "emulator", "--world", "moon", at=tmp_path)
    assert ended.code == 2
    assert "demo, empty, big:N" in ended.err


def test_clocks_that_disagree_are_told_with_the_direction_and_the_cure() -> None:
    file = StringIO()
    show_skew(Console(file=file, width=200), {"zendesk": 312.4, "jira": -75.0})
    said = file.getvalue()
    assert "The clock of zendesk is 312 s ahead of this machine's: escalations will be as much too late." in said
    assert "The clock of jira is 75 s behind this machine's: escalations will be as much too early." in said
    assert said.count("NTP") == 2


# Calendars


def test_calendars_prints_a_policy_file_with_the_schedules_of_a_helpdesk(place: Place) -> None:
    ended = place.escalade("calendars", "--from", "zendesk")
    assert ended.code == 0, ended
    rule = "version: 1\nrules: [{id: r, description: R, when: {status: open}, tags: [r]}]\n"
    policy = load_policy({"calendars.yaml": ended.out, "rules.yaml": rule})
    calendar = policy.calendars["business-hours"]
    assert calendar.zone.key == "Europe/Berlin"
    assert calendar.is_open(datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert place.escalade("calendars", "--from", "zendesk", "--name", "Business hours").out == ended.out
    assert place.writes == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--from", "zendsk"], "did you mean 'zendesk'"),
        (["--from", "zendesk", "--name", "Busines hours"], "did you mean 'Business hours'"),
        (["--from", "jira"], "whose business hours Escalade cannot read"),
    ],
    ids=str,
)
def test_calendars_says_what_there_is_instead(place: Place, options: list[str], told: str) -> None:
    ended = place.escalade("calendars", *options)
    assert ended.code == 2
    assert told in " ".join(ended.err.replace("│", " ").split())


def test_check_finds_nothing_in_the_starter_policy_and_asks_no_helpdesk(tmp_path: Path) -> None:
    run(ESCALADE, "init", str(tmp_path))
    ended = run(ESCALADE, "check", str(tmp_path), "--strict")
    assert ended.code == 0, ended.out
    assert run(ESCALADE, "check", at=tmp_path).out == ended.out


@pytest.mark.parametrize(
    ("policy", "options", "code", "said"),
    [
        ("always-holds.yaml", (), 0, "warning [always-holds]"),
        ("always-holds.yaml", ("--strict",), 1, "Found 2 warnings."),
        ("never-holds.yaml", (), 2, "never-holds.yaml:8:11: error [never-holds]"),
        ("unused-template.yaml", ("--strict",), 0, "Found 1 note."),
    ],
)
def test_check_tells_findings_and_ends_by_the_worst(
    tmp_path: Path, policy: str, options: tuple[str, ...], code: int, said: str
) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "lint" / policy, tmp_path)
    ended = run(ESCALADE, "check", str(tmp_path), *options)
    assert ended.code == code
    assert said in ended.out


def test_check_tells_every_mistake_with_its_place(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "errors" / "cadences.yaml", tmp_path)
    ended = run(ESCALADE, "check", str(tmp_path))
    assert ended.code == 2
    assert "cadences.yaml:11:12: there is no such fact" in ended.err
    assert "23 problems found." in ended.err
