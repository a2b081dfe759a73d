"""The page for those who train: its example is played, its commands run, and it names every key of the file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from escalade.cli import cli
from escalade.drill import shapes

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "train-with-drills.md").read_text(encoding="utf-8")
MODELS = [one for one in vars(shapes).values() if isinstance(one, type) and issubclass(one, BaseModel)]
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.capability("D13")
def test_the_example_of_the_page_goes_as_it_says(
    drill: Callable[..., tuple[int, str]], write: Callable[..., Path]
) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    code, said = drill(write(example), "--as", "mona", typed="#accept | problem: yes | impact: they wait\n")
    assert code == 0, said
    assert "You: 1 of 1 right first time" in said
    assert "Mona, #accept: 6m 30s" in said


def test_the_page_names_every_key_of_a_scenario() -> None:
    named = set(re.findall(r"`([a-z]+)`", PAGE.partition("The file:")[2]))
    keys = {key for model in MODELS if model is not shapes.Shape for key in model.model_fields}
    assert keys - named == set()


@pytest.mark.slow
@pytest.mark.parametrize("command", [one for one in COMMANDS if one[1] == "drill"], ids=" ".join)
def test_every_command_of_the_page_runs(
    drill: Callable[..., tuple[int, str]], command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from escalade.settings import starter_directory

    (tmp_path / "my-desk").mkdir()
    for file in starter_directory().glob("*.yaml"):
        (tmp_path / "my-desk" / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    code, said = drill(*command[2:], typed="#accept | problem: yes | impact: x\n#ack Together\n")
    assert code == 0, said


@pytest.mark.parametrize("command", [one for one in COMMANDS if one[1] != "drill"], ids=" ".join)
def test_every_quiz_of_the_page_is_asked(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = command[1 : command.index(">")] if ">" in command else command[1:]
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["init", "my-desk"]).exit_code == 0
    result = CliRunner().invoke(cli, arguments, input="1\n" * 20)
    assert arguments[0] == "quiz"
    assert result.exit_code in {0, 1}, result.output
    assert "?" in result.output
