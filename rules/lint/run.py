"""Run: all checks over one policy, and what its comments allow of what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from rules.lint.allowance import Allowance, allowances
from rules.lint.finding import Check, Finding, Kind
from rules.lint.registry import CHECKS, KINDS, UNREASONED_ALLOWANCE, UNUSED_ALLOWANCE
from rules.lint.subject import Subject
from rules.load import Loaded
from rules.problems import did_you_mean, path_text

_CODES = tuple(kind.code for kind in KINDS)
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})


def lint(loaded: Loaded, today: date, texts: Mapping[str, str] = _NO_TEXTS) -> tuple[Finding, ...]:
    """Look a policy over for what loads and still goes wrong.

    Args:
        loaded: The policy with the document that it was made from.
        today: The day of the examination, for reviews and holidays.
        texts: The files that it was loaded from, whose comments may allow findings; without them none is allowed.

    Returns:
        Everything that was found, in the order of the files, what is allowed included (`allowed` tells why it is).
    """
    subject = Subject(policy=loaded.policy, tree=loaded.tree, today=today)
    found = [finding for check in CHECKS for finding in _findings(check, subject)]
    found = _answered(found, allowances(texts))
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


def _answered(found: Sequence[Finding], allowed: Sequence[Allowance]) -> list[Finding]:
    """The findings with what allows them, and what is wrong with the allowances themselves."""
    by_place = {(one.at.file, one.line, one.code): one for one in reversed(allowed) if one.reason}
    used: set[Allowance] = set()
    answered = []
    for finding in found:
        allowance = by_place.get((finding.at.file, finding.at.line, finding.code))
        if allowance is not None:
            used.add(allowance)
        answered.append(replace(finding, allowed=None if allowance is None else allowance.reason))
    return [*answered, *(_faulty(one, found) for one in allowed if one not in used)]


def _faulty(allowance: Allowance, found: Sequence[Finding]) -> Finding:
    if allowance.code not in _CODES:
        close = did_you_mean(allowance.code, _CODES)
        hint = "the codes are in docs/reference/lint.md" if close is None else f"did you mean {close!r}?"
        return _about(allowance, UNUSED_ALLOWANCE, f"there is no finding with the code {allowance.code!r}", hint)
    if not allowance.reason:
        hint = f"write # escalade: allow {allowance.code} and, behind it, why"
        return _about(allowance, UNREASONED_ALLOWANCE, f"this allows {allowance.code!r} and does not say why", hint)
    elsewhere = sorted(
        {one.at.line for one in found if one.code == allowance.code and one.at.file == allowance.at.file}
    )
    hint = f"it is found on line {', '.join(map(str, elsewhere))}" if elsewhere else "remove the comment"
    message = f"there is nothing to allow: line {allowance.line} has no finding {allowance.code!r}"
    return _about(allowance, UNUSED_ALLOWANCE, message, hint)


def _about(allowance: Allowance, kind: Kind, message: str, hint: str) -> Finding:
    return Finding(code=kind.code, severity=kind.severity, at=allowance.at, path="", message=message, hint=hint)
