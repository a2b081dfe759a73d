"""Truth: the condition that tells that people escalated a ticket, and how the policy compares with it, by ticket."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from rules.conditions.base import Condition
from rules.load import load_policy
from rules.problems import PolicyErrors, Problem
from rules.replay.counted import Counted
from rules.replay.score import TruthScore
from rules.replay.spread import SpreadTally
from rules.replay.trail import Trail
from rules.ticket import TicketRef

#: Missed tickets that are remembered, and those of them that are told.
_MOST_KEPT, _MOST_TOLD = 1000, 100
#: Under which id the expression is read with the policy, and what its mistakes are told to stand in.
_INDENT, _LINES_BEFORE, _WHEN = " " * 6, 5, "when"
_ID, _FILE = "truth-of-the-back-test", "--truth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What tells that people escalated a ticket: the first instant at which it holds counts."""

    #: As the user wrote it.
    expression: str
    when: Condition


class TruthTally:
    """Counts tickets that the policy, or people, or both escalated."""

    def __init__(self, expression: str, counted: Counted) -> None:
        self._expression, self._counted = expression, counted
        self._tickets = self._escalated = self._true = self._in_time = 0
        self._lead = SpreadTally()
        self._missed: list[TicketRef] = []

    def people(self, ref: TicketRef, trail: Trail, at: datetime) -> None:
        """People escalated a ticket for the first time (UTC)."""
        counts, before = self._counted.has(at), trail.escalated_at
        trail.truth_at = at
        if not counts and not trail.counts:
            return
        self._tickets += 1
        if before is None:
            insort(self._missed, ref)
            del self._missed[_MOST_KEPT:]
            return
        self._escalated += not trail.counts
        trail.counts = True
        self._both(at, before)

    def policy(self, ref: TicketRef, trail: Trail, at: datetime) -> None:
        """The policy escalated a ticket for the first time (UTC)."""
        counts, truth = self._counted.has(at), trail.truth_at
        told = truth is not None and self._counted.has(truth)
        trail.escalated_at = at
        trail.counts = counts or told
        if not trail.counts:
            return
        self._escalated += 1
        if truth is None:
            return
        self._tickets += not told
        place = bisect_left(self._missed, ref)
        if self._missed[place : place + 1] == [ref]:
            del self._missed[place]
        self._both(truth, at)

    def _both(self, truth: datetime, policy: datetime) -> None:
        self._true += 1
        self._in_time += policy <= truth
        self._lead.add(truth - policy)

    def score(self) -> TruthScore:
        """What it all comes to."""
        precision = self._true / self._escalated if self._escalated else None
        recall = self._true / self._tickets if self._tickets else None
        both = (precision or 0) + (recall or 0)
        return TruthScore(
            expression=self._expression,
            tickets=self._tickets,
            escalated=self._escalated,
            true=self._true,
            in_time=self._in_time,
            false=self._escalated - self._true,
            missed=self._tickets - self._true,
            precision=precision,
            recall=recall,
            f1=None if precision is None or recall is None else 2 * precision * recall / both if both else 0.0,
            lead=self._lead.spread(),
            missed_tickets=tuple(self._missed[:_MOST_TOLD]),
        )


def truth_of(files: Mapping[str, str], expression: str) -> Truth:
    """Read the condition that tells that people escalated a ticket.

    Args:
        files: The texts of the policy by file name, whose calendars, sets and named conditions it may use.
        expression: A condition in the language of the policy, in YAML: `priority: urgent`, `{reopens: {at_least: 1}}`.

    Raises:
        PolicyErrors: with every mistake in it, and in the policy.
    """
    said = "\n".join(f"{_INDENT}{line}" for line in expression.strip().splitlines())
    before = f"version: 1\ncriteria:\n  - id: {_ID}\n    description: people escalated the ticket\n    {_WHEN}:\n"
    text = f"{before}{said}\n"
    try:
        policy = load_policy({**files, _FILE: text})
    except PolicyErrors as errors:
        raise PolicyErrors(map(_in_the_expression, errors.problems)) from None
    when = next(one.when for one in policy.criteria if one.id == _ID)
    return Truth(expression=" ".join(expression.split()), when=when)


def _in_the_expression(found: Problem) -> Problem:
    """A mistake where the user sees it: what stands around the expression is ours."""
    if found.file != _FILE:
        return found
    line, column = found.line - _LINES_BEFORE, found.column - len(_INDENT)
    path = found.path.removeprefix(f"criteria[0].{_WHEN}").removeprefix(".")
    return replace(found, line=max(line, 1), column=max(column, 1), path=path)
