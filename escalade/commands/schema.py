"""JSON Schemas for editors and other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.failures import explained
from escalade.schemas import Kind, file_name, schema_text


def schema(
    kind: Annotated[
        Kind | None,
        typer.Argument(metavar="KIND", help="`policy`, `rule-tests`, `settings`, `history` or `explanation`."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it into this file; without KIND, all into this directory.")
    ] = None,
) -> None:
    """Print the JSON Schema of policy files, rule tests, settings, histories or explanations, for editors.

    How an editor completes policy files with it is in docs/howto/edit-with-completion.md.
    """
    console = Console(stderr=True)
    with explained(console):
        if kind is not None and out is None:
            sys.stdout.write(schema_text(kind))
        elif kind is not None and out is not None:
            out.write_text(schema_text(kind), encoding="utf-8")
        elif out is not None:
            write_schemas(out)
        else:
            raise typer.BadParameter("say which one (policy, rule-tests, …), or where all of them go: --out DIR")


def write_schemas(directory: Path) -> None:
    """Write every schema into a directory, which is made where it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    for kind in Kind:
        (directory / file_name(kind)).write_text(schema_text(kind), encoding="utf-8")
