"""The command that plays the tests of a policy."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.checking.annotations import annotated, failures
from escalade.checking.remark import TestForm, of_problems
from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.harmless import harmless_lines
from escalade.playing import play_on_all_cores
from escalade.policy_files import policy_sources
from escalade.settings import find_settings, load_settings, read_text
from rules.load import load_document
from rules.problems import PolicyErrors
from rules.testing.load import load_rule_tests
from rules.testing.machine import suite_json, suite_junit
from rules.testing.report import suite_text
from rules.testing.rule_test import RuleTest
from rules.testing.suite import Suite, chosen

#: Where the tests of a policy lie, below its directory.
FOLDER = "tests"


def test(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    word: Annotated[
        str, typer.Option("--filter", metavar="WORD", help="Only tests with these letters in their name or file.")
    ] = "",
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Also list the parts of the policy that no test touches.")
    ] = False,
    least: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="PERCENT", help="End with 1 when the tests touch less of the policy."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Of what failed, also show everything that was asked and did not hold.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    form: Annotated[
        TestForm, typer.Option("--format", metavar="FORM", help="`text`, `json`, or `github`: text and annotations.")
    ] = TestForm.TEXT,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Also write the results to this file, as build servers read them.")
    ] = None,
    config: Config = None,
) -> None:
    """Play the rule tests of a policy on a virtual clock, and say what was not as expected. Asks no helpdesk.

    The tests are the files DIR/tests/*.yaml; docs/reference/rule-tests.md describes them. Of a test that fails, the
    expectation is named with its line, what was found instead, and the proof of the decision.

    Exit codes: 0 all tests passed; 1 a test failed, or they touch less of the policy than --fail-under asks for; 2 a
    mistake in the policy or in a test, or there are no tests.
    """
    console = Console()
    with explained(console), _annotating(form):
        suite = _played(*_policy(directory, config), word)
        if junit is not None:
            junit.write_text(suite_junit(suite), encoding="utf-8")
        if as_json or form is TestForm.JSON:
            sys.stdout.write(json.dumps(suite_json(suite), indent=2, ensure_ascii=False) + "\n")
        else:
            said = harmless_lines(suite_text(suite, coverage=coverage or least is not None, whole=explain))
            told = failures(suite.outcomes, Path.cwd()) if form is TestForm.GITHUB else ()
            sys.stdout.write("".join(f"{line}\n" for line in (said, *told)))
        if suite.failed or (least is not None and suite.share.percent < least):
            raise typer.Exit(FAILED)


@contextmanager
def _annotating(form: TestForm) -> Iterator[None]:
    """Mistakes in the policy or in the tests are annotations, too, where these are asked for."""
    try:
        yield
    except PolicyErrors as error:
        if form is TestForm.GITHUB:
            sys.stdout.write(annotated(of_problems(error.problems), Path.cwd()))
        raise


def _played(sources: dict[str, str], tested: Path, word: str) -> Suite:
    loaded = load_document(sources)
    files = {str(file): read_text(file) for file in sorted((tested / FOLDER).glob("*.yaml"))}
    return play_on_all_cores(_chosen(load_rule_tests(files, loaded, sources), word, tested), loaded.policy)


def _policy(directory: Path | None, config: Path | None) -> tuple[dict[str, str], Path]:
    """The files of the policy, and its directory."""
    if directory is not None:
        return policy_sources(directory), directory
    settings = load_settings(find_settings(config))
    return policy_sources(settings.policy, settings.path, settings.account_facts), settings.policy


def _chosen(tests: Sequence[RuleTest], word: str, tested: Path) -> Sequence[RuleTest]:
    """The tests to play.

    Raises:
        FileNotFoundError: there is none.
    """
    if not tests:
        shown = "docs/reference/rule-tests.md shows how to write one"
        raise FileNotFoundError(f"there are no rule tests (*.yaml) in {tested / FOLDER}; {shown}")
    found = chosen(tests, word)
    if not found:
        raise FileNotFoundError(f"none of {len(tests)} tests has {word!r} in its name or file")
    return found
