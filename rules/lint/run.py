"""Run: all checks over one policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rules.lint.finding import Check, Finding
from rules.lint.registry import CHECKS
from rules.lint.subject import Subject
from rules.load import Loaded
from rules.problems import path_text


def lint(loaded: Loaded, today: date) -> tuple[Finding, ...]:
    """Look a policy over for what loads and still goes wrong.

    Args:
        loaded: The policy with the document that it was made from.
        today: The day of the examination, for reviews and holidays.

    Returns:
        Everything that was found, in the order of the files.
    """
    subject = Subject(policy=loaded.policy, tree=loaded.tree, today=today)
    found = [finding for check in CHECKS for finding in _findings(check, subject)]
    return tuple(sorted(found, key=lambda finding: (finding.at.file, finding.at.line, finding.at.column)))


def _findings(check: Check, subject: Subject) -> Iterator[Finding]:
    for flaw in check.find(subject):
        at = subject.tree.key_at(flaw.path) if flaw.on_key else subject.tree.at(flaw.path)
        yield Finding(
            code=check.code,
            severity=check.severity,
            at=at,
            path=path_text(flaw.path),
            message=flaw.message,
            hint=flaw.hint,
        )
