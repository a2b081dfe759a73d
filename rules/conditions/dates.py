"""within, past, older_than: where a date or an instant that somebody wrote into a field lies, seen from now.

A date is a day of the almanac: it lasts from midnight to midnight in the calendar's zone, and spans are counted in
whole days there, open or not. An instant is a day that takes no time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from rules.calendar import FIRST_YEAR, LAST_YEAR, Span
from rules.conditions.base import Condition, Operand, OperandError, Operator, scalar_operand
from rules.conditions.duration import span_of
from rules.conditions.takes import Takes
from rules.days import begin_of, day_at
from rules.facts import Facts, FactType
from rules.timetable import instant
from rules.verdict import Verdict
from rules.words import words

_TYPES = frozenset({FactType.DATE, FactType.ANY})
_DAY = timedelta(days=1)
_NEXT = timedelta(microseconds=1)
#: Dates beyond these are "never" and "always" to those who write them.
_FIRST, _LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


class When(msgspec.Struct, frozen=True, gc=False):
    """The time that a field's value stands for (UTC), `end` excluded; an instant begins and ends at once."""

    begin: datetime
    end: datetime


@lru_cache(maxsize=4096)
def when_of(text: str, zone: ZoneInfo) -> When | None:
    """The time that a text stands for: an ISO date, or an ISO instant, which without an offset is local to the zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _instant_of(text, zone)
    day = min(max(day, _FIRST), _LAST)
    return When(begin_of(day, zone), begin_of(day + _DAY, zone))


def _instant_of(text: str, zone: ZoneInfo) -> When | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        return when_of((_FIRST if at.year < FIRST_YEAR else _LAST).isoformat(), zone)
    at = instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)
    return When(at, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateCondition:
    """Holds from one instant on until another one, both counted from the date in a field."""

    fact: str
    wanted: str
    operator: str
    zone: ZoneInfo
    #: None for `past`.
    span: Span | None = None
    #: `past: false` asks for the opposite.
    negated: bool = False

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Compare the date with the facts' own instant."""
        value = facts.value(self.fact)
        found = when_of(value, self.zone) if isinstance(value, str) else None
        if found is None:
            observed = "not set" if value in (None, "") else f"{words(value)} is no date"
            return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed=observed)
        first, last = self._holding(found)
        now = facts.now
        begun, over = first is None or first <= now, last is not None and last <= now
        coming = (at for at in (first, last) if at is not None and at > now)
        return Verdict(
            holds=(begun and not over) is not self.negated,
            subject=self.fact,
            wanted=self.wanted,
            observed=f"{words(value)}, {self._distance(found, now)}",
            flips_at=min(coming, default=None),
        )

    def _holding(self, when: When) -> tuple[datetime | None, datetime | None]:
        """From when on and until when it holds; None = from ever, for ever."""
        if self.span is None:
            return when.end, None
        if self.operator == "within":
            return _moved(when.begin, self.span, self.zone, -1), when.end
        late = _moved(when.end, self.span, self.zone, 1)
        return (late if when.begin < when.end else late + _NEXT), None

    def _distance(self, when: When, now: datetime) -> str:
        days = (day_at(when.begin, self.zone) - day_at(now, self.zone)).days
        count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
        return "today" if not days else f"in {count}" if days > 0 else f"{count} ago"


def _moved(at: datetime, span: Span, zone: ZoneInfo, sign: int) -> datetime:
    """So many days of the almanac further or back at the same local time, and then so many seconds."""
    wall = at.astimezone(zone).replace(tzinfo=None) + sign * timedelta(days=span.days)
    moved = instant(wall, zone) if span.days else at
    return moved + sign * timedelta(seconds=span.seconds)


def _spanned(operand: Operand) -> Condition:
    span = span_of(scalar_operand(operand))
    said = "within the next" if operand.operator == "within" else "longer ago than"
    return _on_date(operand, f"{said} {operand.value}", span=span)


def _past(operand: Operand) -> Condition:
    if not isinstance(operand.value, bool):
        raise OperandError("'past' takes true or false", allowed=("true", "false"))
    return _on_date(operand, "is past" if operand.value else "is not past", negated=not operand.value)


def _on_date(operand: Operand, wanted: str, *, span: Span | None = None, negated: bool = False) -> Condition:
    zone = operand.calendar.zone
    return DateCondition(
        fact=operand.spec.name,
        wanted=f"{wanted} ({zone.key})",
        operator=operand.operator,
        zone=zone,
        span=span,
        negated=negated,
    )


OPERATORS = (
    Operator(
        name="within",
        types=_TYPES,
        build=_spanned,
        takes=Takes.SPAN,
        doc="the date is today or lies ahead, at most so far; days are days of the almanac in the calendar's zone",
        timed=True,
    ),
    Operator(
        name="older_than",
        types=_TYPES,
        build=_spanned,
        takes=Takes.SPAN,
        doc="the date is past by more than so much; days are days of the almanac in the calendar's zone",
        timed=True,
    ),
    Operator(
        name="past",
        types=_TYPES,
        build=_past,
        takes=Takes.FLAG,
        doc="true: the date is past, in the calendar's zone; false: it is today or lies ahead",
        timed=True,
    ),
)
