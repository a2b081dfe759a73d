"""The command line's list of commands: complete, true, and there at once."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalade.cli import COMMANDS, cli
from escalade.commands.late import LateCommand


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_a_command_is_listed_with_the_first_line_of_its_own_help(command: LateCommand) -> None:
    about = (inspect.getdoc(command.function()) or "").splitlines()[0]
    assert command.help == about
    shown = CliRunner().invoke(cli, [str(command.name), "--help"], prog_name="escalade", env={"COLUMNS": "250"})
    assert shown.exit_code == 0
    assert f"Usage: escalade {command.name} " in shown.output
    assert about in shown.output


def test_all_commands_are_listed() -> None:
    shown = CliRunner().invoke(cli, ["--help"], env={"COLUMNS": "250"})
    assert shown.exit_code == 0
    for command in COMMANDS:
        assert f"{command.name} " in shown.output
        assert str(command.help) in shown.output


def test_a_command_that_there_is_not_is_told_with_the_one_that_was_meant() -> None:
    shown = CliRunner().invoke(cli, ["polices"])
    assert shown.exit_code == 2
    assert "policies" in shown.output


def test_the_list_waits_for_no_database_no_policy_and_no_helpdesk() -> None:
    program = (
        "import sys; from escalade.cli import cli; cli(['--help'], standalone_mode=False); "
        "print(sorted({'alembic', 'jinja2', 'pydantic', 'requests', 'sqlalchemy', 'structlog'} & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_a_run_on_a_database_of_this_version_waits_for_no_migrations(tmp_path: Path) -> None:
    program = (
        "import sys; from escalade.store.sql import open_store; open_store(sys.argv[1]).close(); "
        "print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'escalade.db'}"]
    loaded = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert loaded == ["True\n", "False\n"]
