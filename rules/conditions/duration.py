"""at_least, at_most, more_than, less_than on lengths of time, in the open time of a calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.base import Condition, Operand, OperandError, Operator, scalar_operand
from rules.conditions.order import WORDS
from rules.conditions.takes import Takes
from rules.facts import Facts, FactType
from rules.verdict import Verdict

#: Instants are whole microseconds, so "after the due instant" begins here.
_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationCondition:
    """Compares the time since some instant with a span.

    All four operators ask whether the instant `calendar.add(since, span)` has come, so that one and the same instant
    separates "less than" from "at least", and the verdict knows when it will change.
    """

    fact: str
    wanted: str
    span: Span
    calendar: BusinessCalendar
    #: Holds once the span is used up (at_least, more_than) or until then (at_most, less_than).
    after: bool
    #: The due instant itself belongs to the later side (at_least, less_than).
    includes_due: bool
    #: Once more than so much open time has passed, the span is used up for sure.
    limit: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # The days of a calendar that closes are of any length.
        limit = timedelta.max if self.span.days and self.calendar is not ALWAYS else self.span.clock_time
        object.__setattr__(self, "limit", limit)

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Compare at the facts' own instant."""
        lasted = facts.lasted(self.fact, self.calendar)
        return self.unset() if lasted is None else self.answer(*lasted, facts.now)

    def unset(self) -> Verdict:
        """The answer while nothing runs."""
        return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed="not set")

    def answer(self, since: datetime, length: timedelta, passed: str, now: datetime) -> Verdict:
        """Compare a length of time with the span.

        Args:
            since: When it began (UTC).
            length: How much of it the calendar counts up to `now`.
            passed: That in words.
            now: The instant to answer for (UTC).
        """
        turns_at: datetime | None = None
        # Mostly more than the span has passed: then the instant at which it was used up need not be looked for.
        if length <= self.limit:
            turns_at = self.turns_at(since)
            if now >= turns_at:
                turns_at = None
        return Verdict(
            holds=(turns_at is None) is self.after,
            subject=self.fact,
            wanted=self.wanted,
            observed=passed,
            flips_at=turns_at,
        )

    def turns_at(self, since: datetime) -> datetime:
        """The instant (UTC) at which the answer turns, for a length of time that began at `since`."""
        due = self.calendar.add(since, self.span)
        return due if self.includes_due else due + _NEXT


def _duration(operand: Operand) -> Condition:
    span = span_of(scalar_operand(operand))
    return DurationCondition(
        fact=operand.spec.name,
        wanted=f"{WORDS[operand.operator]} {operand.value} ({told(operand.calendar)})",
        span=span,
        calendar=operand.calendar,
        after=operand.operator in {"at_least", "more_than"},
        includes_due=operand.operator in {"at_least", "less_than"},
    )


def span_of(value: object) -> Span:
    """A length of time from its text.

    Raises:
        OperandError: for anything else.
    """
    if not isinstance(value, str):
        raise OperandError("a length of time has a unit", hint=f"write for example {value}h, {value}m or {value}d")
    try:
        return Span.parse(value)
    except ValueError as error:
        raise OperandError(str(error)) from None


def told(calendar: BusinessCalendar) -> str:
    """A calendar in words."""
    return "around the clock" if calendar is ALWAYS else f"calendar {calendar.name}"


OPERATORS = tuple(
    Operator(
        name=name,
        types=frozenset({FactType.DURATION}),
        build=_duration,
        takes=Takes.SPAN,
        doc=f"{said} this much time has passed, in the open time of the calendar",
        timed=True,
    )
    for name, said in WORDS.items()
)
