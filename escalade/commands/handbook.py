"""The handbook: the policy in words, for the people who work by it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.commands.check import sources_of
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.render import harmless_lines
from rules.load import load_document
from rules.reports.handbook import handbook as handbook_of
from rules.reports.written import Form, written


def handbook(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Its heading.")] = "Escalation handbook",
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = Form.MARKDOWN,
    config: Config = None,
) -> None:
    """Write the policy as a handbook: tiers, reasons, promised times, roles, texts. Asks no helpdesk.

    It is made of the files that decide, so it says what Escalade does: `escalade handbook > handbook.md`.
    """
    console = Console()
    with explained(console):
        sheet = handbook_of(load_document(sources_of(directory, config)), title)
        sys.stdout.write(harmless_lines(written(sheet, form)) + "\n")
