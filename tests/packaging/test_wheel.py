"""The wheel: what a user installs is complete, and holds nothing else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip builds it from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    if importlib.util.find_spec("hatchling") is not None:
        command.append("--no-build-isolation")
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode != 0 and "hatchling" in built.stderr and not os.environ.get("CI"):
        pytest.skip("the build needs hatchling, which is neither installed nor reachable")
    assert built.returncode == 0, built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.mark.parametrize("package", ["connectors", "rules", "escalade"])
def test_every_module_and_marker_of_a_package_is_in_the_wheel(names: frozenset[str], package: str) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert f"{package}/py.typed" in here
    assert here <= names


def test_the_loop_and_the_migrations_are_in_the_wheel(names: frozenset[str]) -> None:
    assert {"sync.py", "escalade/store/migrations/env.py"} <= names
    assert any(name.startswith("escalade/store/migrations/versions/0001_") for name in names)


def test_the_starter_policy_travels_inside_the_package(names: frozenset[str]) -> None:
    policies = {path.relative_to(ROOT / "config").as_posix() for path in (ROOT / "config").rglob("*.yaml")}
    assert policies
    assert {f"escalade/config/{name}" for name in policies} <= names


def test_nothing_else_is_in_the_wheel(names: frozenset[str]) -> None:
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"connectors", "rules", "escalade", "sync.py"}
    assert not {name for name in names if name.endswith((".pyc", ".db", ".sqlite3")) or name.startswith("tests/")}


def test_the_wheel_names_its_command_connectors_and_licence(wheel: Path, names: frozenset[str]) -> None:
    folder = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{folder}/entry_points.txt").decode()
    assert "escalade = escalade.cli:main" in entry_points
    assert {"zendesk = connectors.zendesk", "jira = connectors.jira"} <= set(entry_points.splitlines())
    assert f"{folder}/licenses/LICENSE" in names
