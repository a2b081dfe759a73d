"""The files to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.failures import explained
from escalade.settings import starter_directory


def init(
    directory: Annotated[Path, typer.Argument(help="Where to put the files; must not hold any of them yet.")] = Path(),
) -> None:
    """Copy the starter policy and settings into a directory, to edit."""
    console = Console()
    with explained(console):
        files = sorted(starter_directory().glob("*.yaml"))
        taken = [file.name for file in files if (directory / file.name).exists()]
        if taken:
            raise typer.BadParameter(f"{directory} already holds {', '.join(taken)}; nothing was copied")
        directory.mkdir(parents=True, exist_ok=True)
        for file in files:
            (directory / file.name).write_bytes(file.read_bytes())
        console.print(f"Copied {len(files)} files to {directory}. Next: edit escalade.yaml there, then run:")
        console.print(f"escalade plan -c {shlex.quote(str(directory))}", soft_wrap=True, markup=False)
