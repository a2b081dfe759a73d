"""Answers: what generated code calls while it runs, and how answers of parts make the answer of a group."""

from __future__ import annotations

from datetime import datetime

from rules.conditions.base import Condition
from rules.conditions.duration import DurationCondition
from rules.facts import Facts

#: Whether a condition holds, and the earliest instant (UTC) at which that could change by itself; None = never.
Answer = tuple[bool, datetime | None]

MET: Answer = (True, None)
UNMET: Answer = (False, None)


class Turning:
    """A length of time, asked with the instant that it counts from."""

    __slots__ = ("_after", "_turns_at")

    def __init__(self, condition: DurationCondition) -> None:
        self._turns_at = condition.turns_at
        self._after = condition.after

    def reached(self, since: datetime, now: datetime) -> bool:
        """Whether the span is used up."""
        return now >= self._turns_at(since)

    def answer(self, since: datetime, now: datetime) -> Answer:
        """Whether the condition holds, and when it turns."""
        turns_at = self._turns_at(since)
        return (self._after, None) if now >= turns_at else (not self._after, turns_at)


class Asking:
    """A condition that is asked as it is."""

    __slots__ = ("_evaluate",)

    def __init__(self, condition: Condition) -> None:
        self._evaluate = condition.evaluate

    def holds(self, facts: Facts) -> bool:
        """Whether it holds."""
        return self._evaluate(facts).holds

    def answer(self, facts: Facts) -> Answer:
        """Whether it holds, and when it could turn."""
        verdict = self._evaluate(facts)
        return verdict.holds, verdict.flips_at


def whole(*answers: Answer) -> Answer:
    """The answer of `all`: an unmet whole changes only after every unmet part could have changed."""
    unmet = [at for holds, at in answers if not holds]
    return (False, _last(unmet)) if unmet else (True, _first(answers))


def either(*answers: Answer) -> Answer:
    """The answer of `any`: a met one changes only after every met part could have changed."""
    met = [at for holds, at in answers if holds]
    return (True, _last(met)) if met else (False, _first(answers))


def none(*answers: Answer) -> Answer:
    """The answer of `none`."""
    holds, at = either(*answers)
    return not holds, at


def _first(answers: tuple[Answer, ...]) -> datetime | None:
    return min((at for _, at in answers if at is not None), default=None)


def _last(instants: list[datetime | None]) -> datetime | None:
    known = [at for at in instants if at is not None]
    return max(known) if len(known) == len(instants) else None
