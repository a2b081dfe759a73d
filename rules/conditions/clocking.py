"""Conditions on service-level clocks: what they show changes with time, so every answer knows when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import ge, gt, le, lt

from msgspec.structs import replace

from rules.clocks.clock import ClockReading
from rules.clocks.told import length_of, split
from rules.conditions.base import Condition, Operand, OperandError, Operator, scalar_operand
from rules.conditions.duration import span_of
from rules.conditions.order import WORDS
from rules.conditions.takes import Takes
from rules.facts import Facts, FactSpec, FactType
from rules.verdict import Verdict

_COMPARE: dict[str, Callable[[timedelta, timedelta], bool]] = {
    "at_least": ge,
    "at_most": le,
    "more_than": gt,
    "less_than": lt,
}
_NEXT = timedelta(microseconds=1)
_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCondition:
    """A condition on what a clock shows, which knows when the clock turns."""

    condition: Condition
    clock: str

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return self.condition.facts

    def evaluate(self, facts: Facts) -> Verdict:
        """Ask, and look up when the clock turns."""
        return replace(self.condition.evaluate(facts), flips_at=facts.clock_turn(self.clock))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTimeCondition:
    """Compares the open time that a clock has counted, or has left, with a length of time."""

    fact: str
    clock: str
    part: str
    operator: str
    limit: timedelta
    wanted: str

    @property
    def facts(self) -> frozenset[str]:
        """The one fact."""
        return frozenset((self.fact,))

    def evaluate(self, facts: Facts) -> Verdict:
        """Compare at the facts' own instant."""
        reading, turn = facts.clock(self.clock), facts.clock_turn(self.clock)
        if reading is None:
            return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed="not set", flips_at=turn)
        length = length_of(reading, self.part)
        crossing = self._crossing(reading, length, facts)
        return Verdict(
            holds=_COMPARE[self.operator](length, self.limit),
            subject=self.fact,
            wanted=self.wanted,
            observed=facts.clock_calendar(self.clock).spell(length),
            flips_at=min((at for at in (turn, crossing) if at is not None), default=None),
        )

    def _crossing(self, reading: ClockReading, length: timedelta, facts: Facts) -> datetime | None:
        """When the running clock passes the limit; None when it stands still, or has passed it."""
        if reading.stopped_at is not None or reading.stands_still:
            return None
        down = self.part == "remaining"
        distance = length - self.limit if down else self.limit - length
        reaches = self.operator in ({"at_most", "more_than"} if down else {"at_least", "less_than"})
        ahead = distance if reaches else distance + _NEXT
        return facts.clock_calendar(self.clock).advance(facts.now, ahead) if ahead > _NO_TIME else None


def ticking(condition: Condition, spec: FactSpec) -> Condition:
    """A condition on a fact about a clock that knows when the clock turns; any other one as it is."""
    parts = split(spec.name)
    if parts is None or isinstance(condition, ClockTimeCondition):
        return condition
    return ClockCondition(condition=condition, clock=parts[0])


def _open_time(operand: Operand) -> Condition:
    span = span_of(scalar_operand(operand))
    if span.days:
        message = "the time of a clock is counted in hours and minutes"
        raise OperandError(message, hint="write the open hours of a day, for example 8h")
    identity, part = split(operand.spec.name) or ("", "")
    return ClockTimeCondition(
        fact=operand.spec.name,
        clock=identity,
        part=part,
        operator=operand.operator,
        limit=timedelta(seconds=span.seconds),
        wanted=f"{WORDS[operand.operator]} {operand.value}",
    )


OPERATORS = tuple(
    Operator(
        name=name,
        types=frozenset({FactType.OPEN_TIME}),
        build=_open_time,
        takes=Takes.SPAN,
        doc=f"{said} this much open time, in hours and minutes of the clock's calendar",
    )
    for name, said in WORDS.items()
)
