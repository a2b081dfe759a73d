"""Report: what became of the tests, for a terminal: what failed with the difference and the reasons, then the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from msgspec.structs import replace

from rules.decision import Decision, Reason
from rules.explain import decision_text
from rules.testing.coverage import Share
from rules.testing.instants import spoken
from rules.testing.outcome import Mismatch, Outcome
from rules.testing.suite import Suite

_PASSED, _FAILED = "✓", "✗"
_INDENT = "    "
#: Rules that do not hold and are told all the same, since little is missing.
_MOST_NEAR = 3


def suite_text(suite: Suite, *, coverage: bool, whole: bool = False) -> str:
    """All tests by file, each failure with what was expected and found, and why; then how many passed.

    Args:
        suite: What became of the tests.
        coverage: Also tell what no test touches.
        whole: Tell everything that was asked, and not only what holds and what nearly holds.
    """
    lines: list[str] = []
    for file, outcomes in groupby(suite.outcomes, key=lambda outcome: outcome.at.file):
        lines.append(file)
        for outcome in outcomes:
            lines += _outcome(outcome, whole=whole)
        lines.append("")
    if coverage:
        lines += [*coverage_lines(suite.share), ""]
    passed = len(suite.outcomes) - suite.failed
    return "\n".join([*lines, f"{_count(len(suite.outcomes), 'test')}: {passed} passed, {suite.failed} failed."])


def failure_text(outcome: Outcome) -> str:
    """Why a test failed."""
    return "\n".join(_difference(outcome, whole=False))


def coverage_lines(share: Share) -> Iterator[str]:
    """How many parts of each kind were touched, and those that were not, with their places."""
    yield f"Coverage: {share.percent:.1f} % of the policy"
    missing = Counter(part.kind for part in share.untouched)
    for kind, count in Counter(part.kind for part in share.parts).items():
        yield f"  {kind}: {count - missing[kind]} of {count}"
    if share.untouched:
        yield "No test touches:"
        yield from (f"  {part.at.file}:{part.at.line}: {part.kind} {part.name}" for part in share.untouched)


def _outcome(outcome: Outcome, *, whole: bool) -> Iterator[str]:
    yield f"  {_PASSED if outcome.passed else _FAILED} {outcome.name}"
    yield from (f"{_INDENT}{line}".rstrip() for line in _difference(outcome, whole=whole))


def _difference(outcome: Outcome, *, whole: bool) -> Iterator[str]:
    explained: set[int] = set()
    for mismatch in outcome.mismatches:
        yield from _mismatch(mismatch, outcome)
        decision = mismatch.decision
        if decision is not None and id(decision) not in explained:
            explained.add(id(decision))
            text = decision_text(decision, outcome.policy) if whole else decision_text(_nearest(decision))
            yield from (f"  {line}" if line else "" for line in text.splitlines())


def _nearest(decision: Decision) -> Decision:
    """The decision with what holds, and of the rest only the rules of which at least half holds; without clocks."""
    near = [reason for reason in decision.considered if reason.verdict is not None and _is_near(reason)]
    return replace(decision, considered=(*decision.reasons, *near[:_MOST_NEAR]), clocks=())


def _is_near(reason: Reason) -> bool:
    children = () if reason.verdict is None or reason.verdict.holds else reason.verdict.children
    return reason.source.startswith("rule:") and 2 * sum(child.holds for child in children) > len(children) > 0


def _mismatch(mismatch: Mismatch, outcome: Outcome) -> Iterator[str]:
    at = mismatch.at
    when = f"{spoken(mismatch.instant, outcome.zone)} {outcome.zone.key}"
    yield f"{at.file}:{at.line}:{at.column}: {mismatch.what} ({mismatch.ticket}, {when})"
    yield from _listed("expected:", mismatch.expected)
    yield from _listed("found:   ", mismatch.found)


def _listed(head: str, lines: tuple[str, ...]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {head if number == 0 else ' ' * len(head)} {line}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
