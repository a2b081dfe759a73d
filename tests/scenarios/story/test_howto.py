"""Every command of the page for those who lead escalations is understood, in the order of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "lead-an-escalation.md"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def commands(cell: str) -> list[str]:
    """The commands of a cell, as somebody would type them."""
    return [found.replace("\\|", "|") for found in re.findall(r"`(#[^`]+)`", cell)]


def test_the_commands_for_one_ticket_are_taken_in_their_order(make_stage: Callable[..., Any]) -> None:
    stage = make_stage()
    stage.arrive("export")
    ref = stage.refs["export"]
    stage.engine.settle(stage)
    typed = [command for _, cell, _ in rows("One ticket") for command in commands(cell) if "#decline" not in command]
    assert len(typed) > 10
    for command in typed:
        before = len(stage.look(ref).said)
        stage.pass_time(timedelta(minutes=20))
        stage.write("maya", ref, command)
        stage.engine.settle(stage)
        said = "\n".join(one.text for one in stage.look(ref).said[before:])
        assert said, command
        # The customer's agreement is still missing for the way back, and the page says that it is asked for.
        assert "does not count" not in said or command == "#de-escalate", said
