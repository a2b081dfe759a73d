"""Catalogue: the scenarios that come with Escalade, and how to find one by its name or file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from escalade.drill.reading import read_scenario
from escalade.drill.scenario import Scenario
from escalade.settings import read_text
from rules.problems import did_you_mean

_ENDING = ".yaml"


def scenario_files() -> dict[str, Path]:
    """The scenarios that come with Escalade: name → file."""
    folder = Path(str(resources.files("escalade.drill"))) / "scenarios"
    return {file.stem: file for file in sorted(folder.glob(f"*{_ENDING}"))}


def load_scenario(name: str) -> Scenario:
    """A scenario by its name, or from a file of one's own.

    Args:
        name: One of `scenario_files`, or the path of a YAML file.

    Raises:
        PolicyErrors: with every mistake in the file.
        ValueError: there is no scenario of that name.
        FileNotFoundError: there is no such file.
    """
    known = scenario_files()
    file = known.get(name) or Path(name)
    if name not in known and file.suffix not in {_ENDING, ".yml"}:
        close = did_you_mean(name, known)
        advice = f"did you mean {close!r}?" if close else f"there are {', '.join(known)}, or give the path of a file"
        raise ValueError(f"there is no scenario {name!r}; {advice}")
    if not file.is_file():
        raise FileNotFoundError(f"there is no scenario file {file}")
    return read_scenario(file.stem, str(file), read_text(file))
