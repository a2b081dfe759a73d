"""inside, outside, weekday, date: where an instant lies in a calendar. Asked of `now`, schedules become conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.calendar import BusinessCalendar
from rules.conditions.base import Condition, Operand, OperandError, Operator, list_operand, listed, scalar_operand
from rules.conditions.takes import Takes
from rules.days import WEEKDAYS, begin_of, day_at
from rules.directory import Team
from rules.duty import team_staffed
from rules.facts import Facts, FactType
from rules.verdict import Verdict
from rules.written_date import written_date

#: The one instant that moves by itself.
NOW = "now"
_TYPES = frozenset({FactType.INSTANT})
_DAY = timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCondition:
    """Asks whether a calendar is open at an instant; a rota of people on call is a calendar as well."""

    fact: str
    calendar: BusinessCalendar
    #: True: it has to be open; False: closed.
    inside: bool

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Look the instant up in the calendar."""
        at = facts.value(self.fact)
        wanted = f"{'inside' if self.inside else 'outside'} {self.calendar.name}"
        if not isinstance(at, datetime):
            return Verdict(holds=False, subject=self.fact, wanted=wanted, observed="not set")
        is_open = self.calendar.is_open(at)
        return Verdict(
            holds=is_open is self.inside,
            subject=self.fact,
            wanted=wanted,
            observed=f"{'open' if is_open else 'closed'} on {_local(at, self.calendar.zone)}",
            flips_at=self.calendar.next_turn(at) if self.fact == NOW else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffedCondition:
    """Asks whether anybody of a team is at work at an instant."""

    fact: str
    team: Team
    #: True: somebody has to be; False: nobody.
    staffed: bool

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Look the instant up in the directory; the proof lists every member."""
        at = facts.value(self.fact)
        wanted = f"finds {self.team.id} {'staffed' if self.staffed else 'unstaffed'}"
        if not isinstance(at, datetime):
            return Verdict(holds=False, subject=self.fact, wanted=wanted, observed="not set")
        duty = team_staffed(self.team, at)
        return Verdict(
            holds=duty.holds is self.staffed,
            subject=self.fact,
            wanted=f"{self.fact} {wanted}",
            observed=duty.observed,
            flips_at=duty.flips_at if self.fact == NOW else None,
            children=(duty,),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCondition:
    """Asks which day an instant lies on, by the local date in a calendar's zone."""

    fact: str
    wanted: str
    zone: ZoneInfo
    test: Callable[[date], bool]
    #: The next date after the given one on which the answer may be another; None = there is none.
    next_turn: Callable[[date], date | None]

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Look at the local date of the instant."""
        at = facts.value(self.fact)
        if not isinstance(at, datetime):
            return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed="not set")
        day = day_at(at, self.zone)
        turn = self.next_turn(day) if self.fact == NOW else None
        return Verdict(
            holds=self.test(day),
            subject=self.fact,
            wanted=self.wanted,
            observed=_local(at, self.zone),
            flips_at=None if turn is None else begin_of(turn, self.zone),
        )


def _local(at: datetime, zone: ZoneInfo) -> str:
    shown = at.astimezone(zone)
    return f"{WEEKDAYS[shown.weekday()]} {shown:%Y-%m-%d %H:%M} {zone.key}"


def _open(operand: Operand) -> Condition:
    name = scalar_operand(operand)
    calendar = operand.scope.calendar(name) if isinstance(name, str) else None
    if calendar is None:
        raise OperandError("there is no such calendar", allowed=operand.scope.calendar_names)
    return OpenCondition(fact=operand.spec.name, calendar=calendar, inside=operand.operator == "inside")


def _staffed(operand: Operand) -> Condition:
    name, teams = scalar_operand(operand), operand.scope.teams
    if not isinstance(name, str) or name not in teams:
        hint = None if teams else "describe it below directory:, under teams:"
        raise OperandError("there is no such team", allowed=tuple(teams), hint=hint)
    return StaffedCondition(fact=operand.spec.name, team=teams[name], staffed=operand.operator == "staffed")


def _weekday(operand: Operand) -> Condition:
    words = list_operand(operand) if isinstance(operand.value, list) else (scalar_operand(operand),)
    for index, word in enumerate(words):
        if word not in WEEKDAYS:
            at = index if isinstance(operand.value, list) else None
            raise OperandError("there is no such weekday", index=at, found=word, allowed=WEEKDAYS)
    wanted = frozenset(WEEKDAYS.index(word) for word in words)

    def test(day: date) -> bool:
        return day.weekday() in wanted

    def next_turn(day: date) -> date | None:
        coming = (day + index * _DAY for index in range(1, _WEEK))
        return next((other for other in coming if test(other) is not test(day)), None)

    return _on_days(operand, f"is on {listed(words)}", test, next_turn)


def _date(operand: Operand) -> Condition:
    several = isinstance(operand.value, list)
    words = list_operand(operand) if several else (scalar_operand(operand),)
    days = frozenset(_day(word, index if several else None) for index, word in enumerate(words))

    edges = sorted(edge for edge in days | {day + _DAY for day in days} if (edge in days) is not (edge - _DAY in days))

    def next_turn(day: date) -> date | None:
        return next((edge for edge in edges if edge > day), None)

    return _on_days(operand, f"is on {listed(words)}", days.__contains__, next_turn)


def _day(word: object, index: int | None) -> date:
    try:
        return written_date(word if isinstance(word, str) else "")
    except ValueError as error:
        raise OperandError("this is no date", index=index, found=word, hint=str(error)) from None


def _on_days(
    operand: Operand, wanted: str, test: Callable[[date], bool], next_turn: Callable[[date], date | None]
) -> Condition:
    zone = operand.calendar.zone
    return DayCondition(
        fact=operand.spec.name, wanted=f"{wanted} ({zone.key})", zone=zone, test=test, next_turn=next_turn
    )


OPERATORS = (
    Operator(
        name="inside",
        types=_TYPES,
        build=_open,
        takes=Takes.CALENDAR,
        doc="the instant lies in the open time of this calendar",
    ),
    Operator(
        name="outside",
        types=_TYPES,
        build=_open,
        takes=Takes.CALENDAR,
        doc="the instant lies in the closed time of this calendar",
    ),
    Operator(
        name="staffed",
        types=_TYPES,
        build=_staffed,
        takes=Takes.TEAM,
        doc="somebody of this team is at work at the instant",
    ),
    Operator(
        name="unstaffed",
        types=_TYPES,
        build=_staffed,
        takes=Takes.TEAM,
        doc="nobody of this team is at work at the instant",
    ),
    Operator(
        name="weekday",
        types=_TYPES,
        build=_weekday,
        takes=Takes.WEEKDAYS,
        doc="the instant is on one of these weekdays (mon … sun), in the calendar's zone",
        timed=True,
    ),
    Operator(
        name="date",
        types=_TYPES,
        build=_date,
        takes=Takes.DATES,
        doc="the instant is on one of these local dates, in the calendar's zone",
        timed=True,
    ),
)
