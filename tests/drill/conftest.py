"""Scenarios for tests, and the command as people call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalade.cli import cli

#: Two steps are enough to show a mistake; ada and bob may do everything that the starter policy lets anybody do.
SMALL = """\
version: 1
title: A small one
tells: Somebody asks, and somebody takes it up.
starts: 2026-03-02T09:00Z
cast:
  company: Acme
  customers: {cora: Cora}
  people:
    ada: {name: Ada, roles: [escalation_engineer]}
    bob: {name: Bob, roles: [duty_manager, regional_manager]}
desk:
  tickets:
    down: {subject: It is down, priority: high}
  bugs:
    pool: {subject: The pool is too small, behind: [down]}
chapters:
  - title: It is asked for
    tells: A ticket comes in.
    steps:
      - id: came
        arrive: [down, pool]
      - who: ada
        on: down
        writes: "#escalate It is down"
        task: Ask for it.
        answers: came
        expect: {says: [The escalation is requested]}
"""


@pytest.fixture
def small() -> str:
    """A scenario of two steps, as text."""
    return SMALL


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a scenario into a file."""

    def write(text: str) -> Path:
        file = tmp_path / "mine.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


@pytest.fixture
def drill() -> Callable[..., tuple[int, str]]:
    """What `escalade drill …` ends with and says, with lines typed on standard input."""

    def run(*arguments: object, typed: str = "") -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["drill", *map(str, arguments)], input=typed, env={"COLUMNS": "200"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run
