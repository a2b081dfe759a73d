"""The handbook: the policy in words and pictures, for the people who work by it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.clock import SystemClock
from escalade.commands.check import sources_of
from escalade.commands.options import Config
from escalade.commands.sheet_options import SheetForm
from escalade.drawings import svg_of
from escalade.failures import explained
from escalade.sheets import show_sheet
from rules.load import load_document
from rules.reports.handbook import handbook as handbook_of
from rules.reports.written import Form


def handbook(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Its heading.")] = "Escalation handbook",
    form: SheetForm = Form.MARKDOWN,
    year: Annotated[
        list[int] | None,
        typer.Option(
            "--year", help="List the days off of this year; may be repeated. Default: this year and the next."
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Write the policy as a handbook: tiers, reasons, promised times, roles, texts. Asks no helpdesk.

    It is made of the files that decide, so it says what Escalade does: `escalade handbook > handbook.md`. Pictures of
    the tiers and of the stages are Mermaid in Markdown, which code hosts and wikis draw, and drawings in HTML:
    `escalade handbook --format html > handbook.html` is one page that loads nothing, also for print.
    """
    console = Console()
    with explained(console):
        now = SystemClock().now().year
        years = year or [now, now + 1]
        sheet = handbook_of(load_document(sources_of(directory, config)), title, years)
        show_sheet(sheet, form, svg_of)
