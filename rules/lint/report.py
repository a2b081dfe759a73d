"""Report: findings for a terminal, each with its place, its line, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.lint.finding import Finding, Severity
from rules.problems import Problem, render_one


def report_text(findings: Iterable[Finding], sources: Mapping[str, str]) -> str:
    """Write findings like mistakes, with severity and code.

    Args:
        findings: What was found; written in the given order. Those that are allowed are counted.
        sources: File name → text, for showing the lines.
    """
    lines = {name: text.splitlines() for name, text in sources.items()}
    every = tuple(findings)
    listed = tuple(finding for finding in every if finding.allowed is None)
    parts = [render_one(_problem(finding), lines.get(finding.at.file, [])) for finding in listed]
    return "\n\n".join([*parts, _counted(listed, len(every) - len(listed))]) + "\n"


def _problem(finding: Finding) -> Problem:
    return Problem(
        file=finding.at.file,
        line=finding.at.line,
        column=finding.at.column,
        path=finding.path,
        message=f"{finding.severity} [{finding.code}]: {finding.message}",
        hint=finding.hint,
    )


def _counted(findings: tuple[Finding, ...], allowed: int) -> str:
    counts = [(severity, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    told = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts if count]
    said = f"Found {', '.join(told)}." if told else "Nothing to find fault with."
    return f"{said} Allowed by comments: {allowed}." if allowed else said
