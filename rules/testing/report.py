"""Report: what became of the tests, for a terminal: what failed with the difference and the reasons, then the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
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
#: Parts of an expectation that are about clocks alone.
_TIMES = frozenset({"clocks", "cadences", "owed", "next", "the step"})


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
    explained: list[Decision] = []
    for mismatch in outcome.mismatches:
        yield from _mismatch(mismatch, outcome)
        decision = mismatch.decision
        if decision is not None and decision not in explained:
            explained.append(decision)
            about = [one.what for one in outcome.mismatches if one.decision == decision]
            shown = decision if whole else _nearest(decision, about)
            yield from (f"  {line}" if line else "" for line in decision_text(shown, outcome.policy).splitlines())
            yield from (f"  Left alone: {left.what}, because {left.why}" for left in mismatch.skipped)


def _nearest(decision: Decision, about: Collection[str]) -> Decision:
    """The decision without what hardly has to do with the parts of an expectation that it is told for.

    What holds is told. Of the rules that do not hold only the nearest, unless all is about clocks; of the clocks only
    those that it is about.
    """
    clocks = tuple(reading for reading in decision.clocks if f"clocks.{reading.target}" in about)
    is_about_time = all(what.split(".")[0] in _TIMES for what in about)
    near = () if is_about_time else tuple(filter(_is_near, decision.considered))[:_MOST_NEAR]
    return replace(decision, considered=(*decision.reasons, *near), clocks=clocks)


def _is_near(reason: Reason) -> bool:
    """Whether it is a rule that does not hold, although most of what it asks for does."""
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
