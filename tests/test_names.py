"""The name guard: a foreign package under one of our import names is told before anything else happens."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.mark.parametrize("name", ["connectors", "rules", "escalade", "sync"])
def test_each_of_our_names_is_guarded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "packages_distributions", lambda: {name: ["Escalade", "intruder"], "other": ["x"]})
    assert names.intruders() == {name: ("intruder",)}


def test_our_own_distribution_is_no_intruder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "packages_distributions", lambda: {name: ["escalade"] for name in names.OURS})
    assert names.intruders() == {}


def test_all_intruders_are_told_at_once() -> None:
    told = names.message({"rules": ("a", "b"), "sync": ("b",)})
    assert "'rules' is also installed by a, b" in told
    assert "'sync' is also installed by b" in told
    assert told.endswith("pip uninstall a b")
