"""The files to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.failures import explained
from escalade.settings import starter_directory

#: Files that are there already and are named; the rest is not.
_MOST_NAMED = 3


def init(
    directory: Annotated[Path, typer.Argument(help="Where to put the files; must not hold any of them yet.")] = Path(),
) -> None:
    """Copy the starter policy and settings into a directory, to edit."""
    console = Console()
    with explained(console):
        starter = starter_directory()
        files = [file.relative_to(starter) for file in sorted(starter.rglob("*.yaml"))]
        taken = [str(file) for file in files if (directory / file).exists()]
        if taken:
            named = f"{', '.join(taken[:_MOST_NAMED])}{', …' if len(taken) > _MOST_NAMED else ''}"
            raise typer.BadParameter(f"nothing was copied: {directory} already holds {named}")
        for file in files:
            (directory / file).parent.mkdir(parents=True, exist_ok=True)
            (directory / file).write_bytes((starter / file).read_bytes())
        console.print(f"Copied {len(files)} files to {directory}. Next: edit escalade.yaml there, then run:")
        console.print(f"escalade plan -c {shlex.quote(str(directory))}", soft_wrap=True, markup=False)
