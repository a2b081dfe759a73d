"""Remark: one thing that was found, whoever found it: a mistake, a finding, a helpdesk that does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from rules.lint.finding import Finding, Severity
from rules.problems import Problem

#: The codes of what is no finding of the policy alone.
MISTAKE, UNREACHABLE = "mistake", "unreachable"
#: A secret that is not where the settings look for it.
MISSING = "secret-missing"


class Form(StrEnum):
    """How the outcome is told."""

    TEXT = "text"
    JSON = "json"
    #: Static Analysis Results Interchange Format 2.1.0, which code scanners read.
    SARIF = "sarif"
    #: Annotations of a workflow on GitHub.
    GITHUB = "github"


class TestForm(StrEnum):
    """How the outcome of rule tests is told."""

    TEXT = "text"
    JSON = "json"
    #: As text, with annotations of a workflow on GitHub below it.
    GITHUB = "github"


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found. `file`, `line` and `column` (both from 1) are None where it is in no file."""

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    #: The place in the document: `rules[3].when`; empty when the file as a whole is meant.
    path: str = ""
    #: What was found, as written, and the words that would have been right, where they can be listed.
    found: str | None = None
    expected: tuple[str, ...] = ()
    #: What to do about it.
    hint: str | None = None
    #: Why a comment allows it; None = it is not allowed.
    allowed: str | None = None


def of_problems(problems: Iterable[Problem]) -> list[Remark]:
    """Mistakes in settings, policy or tests."""
    return [
        Remark(
            code=MISTAKE,
            severity=Severity.ERROR,
            message=one.message,
            file=one.file,
            line=one.line,
            column=one.column,
            path=one.path,
            found=one.found,
            expected=one.allowed,
            hint=one.hint,
        )
        for one in problems
    ]


def of_findings(findings: Iterable[Finding]) -> list[Remark]:
    """What loads and still goes wrong."""
    return [
        Remark(
            code=one.code,
            severity=one.severity,
            message=one.message,
            file=one.at.file,
            line=one.at.line,
            column=one.at.column,
            path=one.path,
            hint=one.hint,
            allowed=one.allowed,
        )
        for one in findings
    ]


def worst_of(remarks: Iterable[Remark]) -> Severity | None:
    """The worst severity of what is not allowed; None where there is nothing."""
    found = {one.severity for one in remarks if one.allowed is None}
    return next((severity for severity in Severity if severity in found), None)


def below(file: str, at: Path) -> str:
    """A file's path as it is counted from a directory; its own where it lies elsewhere."""
    whole, root = (at / file).resolve(), at.resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else file
