"""`escalade check`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def test_check_finds_nothing_in_the_starter_policy_and_asks_no_helpdesk(tmp_path: Path, escalade: Any) -> None:
    escalade("init", str(tmp_path))
    ended = escalade("check", str(tmp_path), "--strict")
    assert ended.code == 0, ended.out
    assert escalade("check", at=tmp_path).out == ended.out


@pytest.mark.parametrize(
    ("policy", "options", "ended"),
    [
        ("always-holds.yaml", (), (0, "warning [always-holds]")),
        ("always-holds.yaml", ("--strict",), (1, "Found 2 warnings.")),
        ("never-holds.yaml", (), (2, "never-holds.yaml:8:11: error [never-holds]")),
        ("unused-template.yaml", ("--strict",), (0, "Found 1 note.")),
    ],
)
def test_check_tells_findings_and_ends_by_the_worst(
    tmp_path: Path, policy: str, options: tuple[str, ...], ended: tuple[int, str], escalade: Any
) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "lint" / policy, tmp_path)
    found = escalade("check", str(tmp_path), *options)
    code, said = ended
    assert found.code == code
    assert said in found.out


def test_check_tells_every_mistake_with_its_place(tmp_path: Path, escalade: Any) -> None:
    shutil.copy(ROOT / "tests" / "rules" / "errors" / "cadences.yaml", tmp_path)
    ended = escalade("check", str(tmp_path))
    assert ended.code == 2
    assert "cadences.yaml:11:12: there is no such fact" in ended.err
    assert "23 problems found." in ended.err
