"""The name guard: a foreign package under one of our import names is told before anything else happens."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from escalade import names

ESCALADE = str(Path(sys.executable).with_name("escalade"))


def install(site: Path, distribution: str, *packages: str) -> None:
    """Lay down what pip leaves of a distribution that provides these packages."""
    about = site / f"{distribution}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
    (about / "top_level.txt").write_text("\n".join(packages), encoding="utf-8")
    (about / "RECORD").write_text("".join(f"{name}/__init__.py,,\n" for name in packages), encoding="utf-8")


def start(site: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run([ESCALADE, "--help"], env=environment, capture_output=True, text=True, check=False)


def test_a_foreign_package_under_our_name_stops_every_command_and_is_named(tmp_path: Path) -> None:
    install(tmp_path, "business-rules-kit", "rules", "harmless")
    ended = start(tmp_path)
    assert ended.returncode == 2
    assert "'rules' is also installed by business-rules-kit" in ended.stderr
    assert "pip uninstall business-rules-kit" in ended.stderr
    assert "harmless" not in ended.stderr
    assert ended.stdout == ""


def test_packages_of_other_names_are_no_matter(tmp_path: Path) -> None:
    install(tmp_path, "harmless", "harmless", "rulesets", "synchronise")
    assert start(tmp_path).returncode == 0


def found_beside(site: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """The intruders where nothing else is installed."""
    monkeypatch.setattr(names, "distributions", lambda: distributions(path=[str(site)]))
    return names.intruders()


@pytest.mark.parametrize("name", ["connectors", "rules", "escalade", "sync"])
def test_each_of_our_names_is_guarded(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "Escalade", name)
    install(tmp_path, "intruder", name, "other")
    install(tmp_path, "neighbour", "other")
    assert found_beside(tmp_path, monkeypatch) == {name: ("intruder",)}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["rules/__init__.py,,", "rules/sub/part.py,,"], ["rules"]),
        (["sync.py,sha256=1,2", "harmless.py,,"], ["sync"]),
        (["harmless/rules/__init__.py,,", "rulesets/a.py,,", "sync.pyi,,", "synchronise.py,,"], []),
    ],
    ids=["a package", "a module", "names that are like ours"],
)
def test_without_a_list_of_names_the_list_of_files_tells(
    files: list[str], found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "kit")
    about = tmp_path / "kit-1.0.dist-info"
    (about / "top_level.txt").unlink()
    (about / "RECORD").write_text("\n".join(["bin/kit,,", *files, ""]), encoding="utf-8")
    assert found_beside(tmp_path, monkeypatch) == dict.fromkeys(found, ("kit",))


def test_our_own_distribution_is_no_intruder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "escalade", *names.OURS)
    assert found_beside(tmp_path, monkeypatch) == {}


def test_all_intruders_are_told_at_once() -> None:
    told = names.message({"rules": ("a", "b"), "sync": ("b",)})
    assert "'rules' is also installed by a, b" in told
    assert "'sync' is also installed by b" in told
    assert told.endswith("pip uninstall a b")
