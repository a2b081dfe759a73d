"""The command line, inside the test's own process or as one of its own, and a desk on a real emulator for it.

A process of its own shows how `escalade` starts, is told to end, and behaves without a terminal. All else that a
command does and says is the same inside the test's process, where it costs a tenth.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.demo.desk import demo_settings
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator

ROOT = Path(__file__).parents[2]
SECRETS = {"DEMO_ZENDESK_TOKEN": "emulator-api-token", "DEMO_JIRA_TOKEN": "jira-token"}
_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def _process(*command: str, at: Path = ROOT, **environment: str) -> Ended:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ESCALADE_")}
    done = subprocess.run(
        command,
        cwd=at,
        stdin=subprocess.DEVNULL,
        env={**clean, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def _escalade(*arguments: str, at: Path = ROOT, stdin: str = "", **environment: str) -> Ended:
    unset = dict.fromkeys(name for name in os.environ if name.startswith("ESCALADE_"))
    env = {**unset, "COLUMNS": "200", **environment}
    with contextlib.chdir(at):
        done = CliRunner().invoke(cli, arguments, input=stdin, env=env, prog_name="escalade")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Internal error" not in done.output
    return Ended(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def program() -> str:
    """The installed `escalade`."""
    return str(Path(sys.executable).with_name("escalade"))


@pytest.fixture
def process() -> Callable[..., Ended]:
    """Runs a program to its end, without a terminal: `process(*command, at=directory, **environment)`."""
    return _process


@pytest.fixture
def escalade() -> Callable[..., Ended]:
    """Runs a command inside this process: `escalade(*arguments, at=directory, stdin=text, **environment)`."""
    return _escalade


@dataclass(frozen=True)
class Place:
    """A directory with settings, and the emulator that they point at."""

    emulator: RunningEmulator
    directory: Path

    def escalade(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        """Run a command in another directory, so that nothing is found by chance."""
        settings = {**SECRETS, "ESCALADE_CONFIG": str(self.directory)}
        return _escalade(*arguments, at=self.directory.parent, stdin=stdin, **{**settings, **environment})

    @property
    def secrets(self) -> dict[str, str]:
        """The environment that the settings ask for."""
        return SECRETS

    @property
    def writes(self) -> int:
        return self.emulator.world.calls.writes


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A small desk, and settings that point at it."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    start = datetime.now(UTC).replace(microsecond=0)
    with RunningEmulator(build_desk(seed=3, start=start, tickets=12, organizations=4, linked=2)) as emulator:
        directory = tmp_path / f"desk-{emulator.port}"
        directory.mkdir()
        demo_settings(directory, emulator.url)
        yield Place(emulator, directory)
