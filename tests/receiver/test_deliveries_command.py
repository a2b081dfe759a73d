"""`escalade deliveries`: the odd ones are listed, and shown as they came without what proves anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from escalade.cli import cli
from escalade.store.sql import open_store

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, serving: Callable[..., Any], wire: Any) -> Run:
    """Runs the command where one odd delivery of each kind was taken in."""
    with open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as store, serving(store) as hooks:
        hooks.zendesk(wire.event(35, subject="zen:ticket:", detail={"note": "my \x1b[31mred\nprinter"}))
        hooks.send("/hooks/rule", b"<html>" + b"x" * 70_000, wire.signed_by("rule", b""))

    def command(*words: str) -> Result:
        return CliRunner().invoke(cli, ["deliveries", *words, "-c", str(tmp_path)], catch_exceptions=False)

    return command


def test_the_odd_ones_are_listed_the_newest_first_without_their_bodies(run: Run) -> None:
    listed = run()
    assert listed.exit_code == 0
    first, second, last = listed.stdout.splitlines()
    assert first.split()[0] == "2"
    assert first.endswith("rule             unreadable               the body is not JSON")
    assert second.split()[0] == "1"
    assert second.endswith("zendesk          ticket.status_changed    the body names no ticket, though it should")
    assert last == "As it came: escalade deliveries show ID."
    assert "printer" not in listed.stdout


def test_one_is_shown_as_it_came_and_harmless_to_the_terminal(run: Run) -> None:
    shown = run("show", "1").stdout
    assert "x-zendesk-webhook-id: 01F1KRFQ6BG29CNWFR60NK5FNY" in shown
    assert "x-zendesk-webhook-signature: (not kept)" in shown
    assert '"subject": "zen:ticket:"' in shown
    assert "printer" in shown
    assert "\x1b" not in shown


def test_a_long_body_is_cut_and_says_so(run: Run) -> None:
    shown = run("show", "2").stdout
    assert shown.endswith("(the first 65,536 of 70,006 bytes)\n")
    assert "x-escalade-token: (not kept)" in shown


def test_programs_get_json(run: Run) -> None:
    listed = json.loads(run("--json").stdout)["deliveries"]
    assert [listed[0][key] for key in ("id", "webhook", "size")] == [2, "rule", 70_006]
    assert "body" not in listed[0]
    [shown] = json.loads(run("show", "1", "--json").stdout)["deliveries"]
    assert json.loads(shown["body"])["subject"] == "zen:ticket:"


def test_an_unknown_one_is_told_as_such(run: Run) -> None:
    assert run("show", "77").exit_code == 1
    assert run("show").exit_code == 2
    assert run("list", "1").exit_code == 2


def test_nothing_odd_is_a_line_too(tmp_path: Path, wire: Any) -> None:
    (tmp_path / "escalade.yaml").write_text(wire.settings, encoding="utf-8")
    told = CliRunner().invoke(cli, ["deliveries", "-c", str(tmp_path)])
    assert (told.exit_code, told.stdout) == (0, "No odd delivery is kept.\n")
