"""The command that checks policy files; with --live it also asks the helpdesks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.checking.remark import Form, Remark, of_findings, of_problems, worst_of
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import CONFIGURATION, FAILED, explained
from escalade.harmless import harmless, harmless_lines
from escalade.policy_files import policy_sources
from escalade.settings import EnvironmentSecrets, find_settings, load_settings, read_text
from rules.lint.finding import Severity
from rules.lint.report import report_text
from rules.lint.run import lint
from rules.load import load_document
from rules.problems import PolicyErrors, Problem, render


def check(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 when there are warnings.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Also ask the helpdesks: their words, and whether all can be reached.")
    ] = False,
    form: Annotated[
        Form, typer.Option("--format", metavar="FORM", help="`text`, `json`, `sarif`, or `github` annotations.")
    ] = Form.TEXT,
    config: Config = None,
) -> None:
    """Check the policy files: every mistake, or else everything that loads and still goes wrong. Asks no helpdesk.

    With --live every helpdesk is asked who we are, whether it has the words of policy and settings (fields, priorities,
    statuses, groups, people, projects, types of tickets and links), what we may do there, whether its webhooks call us
    as they should, and about its clock, schedules and limits; and the host of every channel whether it takes a
    connection. Nothing is written, and nobody is told anything. What does not answer counts as a warning.

    The findings are described in docs/reference/lint.md, the formats in docs/reference/check.md. Exit codes: 0 nothing
    worse than a note (without --strict: than a warning); 1 warnings, with --strict; 2 errors.
    """
    console = Console(stderr=form is not Form.TEXT)
    with explained(console):
        remarks = _offline(console, directory, config, form)
        if live and worst_of(remarks) is not Severity.ERROR:
            remarks += _live(console, config, form)
        code = _exit_code(remarks, strict=strict)
        if form is not Form.TEXT:
            sys.stdout.write(_written(remarks, form, code))
        if code:
            raise typer.Exit(code)


def _offline(console: Console, directory: Path | None, config: Path | None, form: Form) -> list[Remark]:
    """What the files alone tell; as text it is shown at once."""
    problems: list[Problem] = []
    remarks: list[Remark] = []
    try:
        if directory is None:
            problems, remarks = _of_settings(config)
        sources = sources_of(directory, config)
        findings = lint(load_document(sources), SystemClock().now().astimezone(UTC).date(), sources)
    except PolicyErrors as error:
        problems += error.problems
    if problems:
        if form is Form.TEXT:
            raise PolicyErrors(problems)
        return of_problems(problems)
    if form is Form.TEXT:
        _show(console, report_text(findings, sources))
        for one in remarks:
            place = f"{one.file}:{one.line}:{one.column}: "
            _show(console, f"{place}{one.severity} [{one.code}]: {one.message} (at {one.path}); {one.hint}")
    return [*of_findings(findings), *remarks]


def _of_settings(config: Path | None) -> tuple[list[Problem], list[Remark]]:
    """Mistakes in the blocks of the settings file that connectors judge, and warnings about what is not there."""
    from escalade.checking.blocks import missing_secrets, mistakes_in_blocks  # noqa: PLC0415 - files alone need no connector

    settings = load_settings(find_settings(config))
    return mistakes_in_blocks(settings), missing_secrets(settings)


def _show(console: Console, text: str) -> None:
    console.print(harmless_lines(text.rstrip()), highlight=False, markup=False, soft_wrap=True)


def _live(console: Console, config: Path | None, form: Form) -> list[Remark]:
    """Say of every helpdesk and channel whether it answers, and of the policy whether the helpdesks know its words."""
    from escalade.app import open_app, unknown_words  # noqa: PLC0415 - files alone need no store and no helpdesk
    from escalade.checking.told import told  # noqa: PLC0415
    from escalade.inspecting import inspect_all  # noqa: PLC0415
    from escalade.live import reach_all, remarks_of  # noqa: PLC0415

    settings = load_settings(find_settings(config))
    with open_app(settings, SystemClock(), preflight=False) as app:
        found = list(reach_all(app))
        unknown = unknown_words(app)
        unfit = list(inspect_all(app, EnvironmentSecrets()))
        sources = {**app.policies.texts, str(settings.path): read_text(settings.path)}
    if form is Form.TEXT:
        for one in found:
            style = "yellow" if one.answers is False else None
            console.print(
                harmless(f"{one.what}: {one.said}"), highlight=False, markup=False, soft_wrap=True, style=style
            )
        if unknown:
            text = harmless_lines(render(unknown, sources).rstrip())
            Console(stderr=True).print(text, style="red", highlight=False, markup=False, soft_wrap=True)
        if unfit:
            console.print(harmless_lines(told(unfit, sources)), highlight=False, markup=False, soft_wrap=True)
    return [*of_problems(unknown), *remarks_of(found), *unfit]


def _exit_code(remarks: Sequence[Remark], *, strict: bool) -> int:
    worst = worst_of(remarks)
    if worst is Severity.ERROR:
        return CONFIGURATION
    return FAILED if strict and worst is Severity.WARNING else 0


def _written(remarks: Sequence[Remark], form: Form, code: int) -> str:
    # Only the form that is asked for is loaded.
    if form is Form.SARIF:
        from escalade.checking.sarif import sarif  # noqa: PLC0415

        return sarif(remarks, Path.cwd())
    if form is Form.GITHUB:
        from escalade.checking.annotations import annotated  # noqa: PLC0415

        return annotated(remarks, Path.cwd())
    from escalade.checking.listed import listed  # noqa: PLC0415

    return listed(remarks, code)


def sources_of(directory: Path | None, config: Path | None) -> dict[str, str]:
    """The texts of the policy in a directory, else of the one that the settings name."""
    if directory is not None:
        return policy_sources(directory)
    settings = load_settings(find_settings(config))
    return policy_sources(settings.policy, settings.path)
