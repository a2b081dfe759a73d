"""The files to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.commands.schema import write_schemas
from escalade.demo.desk import secrets_line, settings_text
from escalade.failures import explained
from escalade.settings import FILE_NAME, starter_directory

#: Files that are there already and are named; the rest is not.
_MOST_NAMED = 3
#: What is to be done before the first plan: by whether the helpdesks are the local ones.
_NEXT = {
    False: "edit escalade.yaml there",
    True: "start the helpdesks with `escalade emulator --present` in a second terminal",
}
#: Where the JSON Schemas go that the first line of each file names to editors.
SCHEMAS = "schemas"


def init(
    directory: Annotated[Path, typer.Argument(help="Where to put the files; must not hold any of them yet.")] = Path(),
    demo: Annotated[
        bool, typer.Option("--demo", help="Settings for the local helpdesks of `escalade emulator --present`.")
    ] = False,
) -> None:
    """Copy the starter policy and settings into a directory, to edit.

    Below it, in schemas/, are the JSON Schemas with which editors complete and check these files as you type.
    """
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
        write_schemas(directory / SCHEMAS)
        if demo:
            (directory / FILE_NAME).write_text(settings_text(), encoding="utf-8")
        console.print(f"Copied {len(files)} files to {directory}. Next: {_NEXT[demo]}, then run:", soft_wrap=True)
        if demo:
            console.print(secrets_line(), soft_wrap=True, markup=False, highlight=False)
        console.print(f"escalade plan -c {shlex.quote(str(directory))}", soft_wrap=True, markup=False)
