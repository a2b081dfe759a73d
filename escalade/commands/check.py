"""The command that checks policy files without asking any helpdesk."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import open_app, policy_sources
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import CONFIGURATION, FAILED, explained
from escalade.live import reach_all
from escalade.render import harmless
from escalade.settings import find_settings, load_settings
from rules.lint.finding import Severity
from rules.lint.report import report_text
from rules.lint.run import lint
from rules.load import load_document


def check(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 when there are warnings.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also see whether helpdesks and channels can be reached, and when last.")
    ] = False,
    config: Config = None,
) -> None:
    """Check the policy files: every mistake, or else everything that loads and still goes wrong. Asks no helpdesk.

    With --live every helpdesk is asked who we are, and the host of every channel whether it takes a connection; nobody
    is told anything. What does not answer counts as a warning.

    The findings are described in docs/reference/lint.md. Whether the helpdesks know the policy's words is checked by
    the next plan or sync. Exit codes: 0 nothing worse than a note (without --strict: than a warning); 1 warnings, with
    --strict; 2 errors.
    """
    console = Console()
    with explained(console):
        sources = sources_of(directory, config)
        findings = lint(load_document(sources), SystemClock().now().astimezone(UTC).date())
        console.print(harmless(report_text(findings, sources).rstrip()), highlight=False, markup=False, soft_wrap=True)
        worst = {finding.severity for finding in findings}
        if Severity.ERROR in worst:
            raise typer.Exit(CONFIGURATION)
        reached = _reached(console, config) if live else True
        if strict and (Severity.WARNING in worst or not reached):
            raise typer.Exit(FAILED)


def _reached(console: Console, config: Path | None) -> bool:
    """Say of every helpdesk and channel whether it answers; whether all that can be asked do."""
    with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        found = list(reach_all(app))
    for one in found:
        style = "yellow" if one.answers is False else None
        console.print(harmless(f"{one.what}: {one.said}"), highlight=False, markup=False, soft_wrap=True, style=style)
    return all(one.answers is not False for one in found)


def sources_of(directory: Path | None, config: Path | None) -> dict[str, str]:
    """The texts of the policy in a directory, else of the one that the settings name."""
    if directory is not None:
        return policy_sources(directory)
    settings = load_settings(find_settings(config))
    return policy_sources(settings.policy, settings.path)
