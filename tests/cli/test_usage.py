"""How the command line ends when something is wrong, and what it says of it."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from escalade.render import show_skew


def test_the_loop_started_as_a_script_is_the_sync_command(escalade: Any, process: Any) -> None:
    assert process(sys.executable, "sync.py", "--help") == escalade("sync", "--help")


@pytest.mark.parametrize("arguments", [("frobnicate",), ("sync", "--onse"), ("sync", "--once", "--every", "5m")])
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    arguments: tuple[str, ...], tmp_path: Path, escalade: Any
) -> None:
    ended = escalade(*arguments, at=tmp_path)
    assert ended.code == 2
    assert "Error" in ended.err


def test_wrong_credentials_end_with_2(place: Any) -> None:
    ended = place.escalade("sync", "--json", "-", DEMO_ZENDESK_TOKEN="guess-4711", DEMO_JIRA_TOKEN="guess-4711")
    assert ended.code == json.loads(ended.out)["exit_code"] == 2
    assert "Helpdesks in trouble: zendesk" in ended.err
    assert "guess-4711" not in ended.out + ended.err


def test_a_missing_secret_is_named_with_its_place_in_the_settings(place: Any) -> None:
    ended = place.escalade("sync", DEMO_JIRA_TOKEN="")
    assert ended.code == 2
    assert "DEMO_JIRA_TOKEN is not set" in ended.err
    assert "escalade.yaml:" in ended.err


def test_one_helpdesk_that_does_not_answer_leaves_the_other_one_working(place: Any) -> None:
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
def test_broken_settings_end_with_2_and_name_the_file(content: bytes, told: str, tmp_path: Path, escalade: Any) -> None:
    (tmp_path / "escalade.yaml").write_bytes(content)
    ended = escalade("plan", at=tmp_path)
    assert ended.code == 2
    assert told.lower() in ended.err.lower()
    assert "escalade.yaml" in ended.err


def test_no_settings_at_all_lead_to_the_starter(tmp_path: Path, escalade: Any) -> None:
    ended = escalade("sync", at=tmp_path)
    assert ended.code == 2
    assert "copy the starter with: escalade init" in ended.err


def test_a_log_that_cannot_be_written_is_said_in_words(tmp_path: Path, process: Any, program: str) -> None:
    ended = process(program, "sync", at=tmp_path, ESCALADE_LOG=str(tmp_path / "no" / "such.log"))
    assert ended.code == 2
    assert "that ESCALADE_LOG names: No such file or directory" in ended.err


def test_a_file_where_a_directory_belongs_is_said_in_words(tmp_path: Path, escalade: Any) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    ended = escalade("init", "taken", at=tmp_path)
    assert ended.code == 2
    assert "cannot use taken: File exists" in ended.err


def test_clocks_that_disagree_are_told_with_the_direction_and_the_cure() -> None:
    file = StringIO()
    show_skew(Console(file=file, width=200), {"zendesk": 312.4, "jira": -75.0})
    said = file.getvalue()
    assert "The clock of zendesk is 312 s ahead of this machine's: escalations will be as much too late." in said
    assert "The clock of jira is 75 s behind this machine's: escalations will be as much too early." in said
    assert said.count("NTP") == 2
