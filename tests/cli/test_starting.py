"""The first files and the helpdesks to try things out with."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_SECONDS = 120


def test_init_copies_the_starter_and_never_over_a_file(tmp_path: Path, escalade: Any) -> None:
    first = escalade("init", "desk", at=tmp_path)
    assert (first.code, first.out.splitlines()[-1]) == (0, "escalade plan -c desk")
    desk, starter = tmp_path / "desk", ROOT / "config"
    copied = {file.relative_to(desk): file.read_bytes() for file in desk.rglob("*.yaml")}
    assert copied == {file.relative_to(starter): file.read_bytes() for file in starter.rglob("*.yaml")}
    assert Path("tests/rules.yaml") in copied
    again = escalade("init", "desk", at=tmp_path)
    assert again.code == 2
    assert "nothing was copied" in again.err


def test_the_starter_comes_from_inside_the_package_when_that_is_what_is_installed(tmp_path: Path, process: Any) -> None:
    """The layout of the wheel: config/ lies in escalade/, and there is no checkout around it."""
    site = tmp_path / "site"
    for package in ("connectors", "rules", "escalade"):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "sync.py", site)
    (site / "escalade" / "config").mkdir()
    (site / "escalade" / "config" / "marked.yaml").write_text("version: 1\n", encoding="utf-8")
    ended = process(sys.executable, "-m", "escalade.cli", "init", "desk", at=tmp_path, PYTHONPATH=str(site))
    assert ended.code == 0, ended
    assert [file.name for file in (tmp_path / "desk").glob("*.yaml")] == ["marked.yaml"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_emulator_serves_until_it_is_told_to_end(how: signal.Signals, tmp_path: Path, program: str) -> None:
    command = [program, "emulator", "--port", "0", "--world", "empty"]
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


def test_an_emulator_of_an_unknown_world_says_which_there_are(tmp_path: Path, escalade: Any) -> None:
    ended = escalade("emulator", "--world", "moon", at=tmp_path)
    assert ended.code == 2
    assert "demo, demo:N, empty, big:N" in ended.err
