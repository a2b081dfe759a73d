"""at_least, at_most, more_than, less_than, is on counts: how many open tickets of the account fit a selection?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from rules.calendar import BusinessCalendar, Span
from rules.conditions.base import Condition, Operand, OperandError, Operator, scalar_operand
from rules.conditions.duration import told
from rules.conditions.order import COMPARE, WORDS
from rules.conditions.takes import Takes
from rules.facts import Facts, FactType, Value
from rules.verdict import Verdict
from rules.words import words

_NEXT = timedelta(microseconds=1)
#: Tickets that the proof names.
_MOST_NAMED = 10
#: What is counted where nothing else is said.
_COUNTED = {"account.tickets": None, "account.requesters": "requester"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which of the account's open tickets are counted, and what of them."""

    #: What they have to be.
    where: Condition | None = None
    #: Facts whose values they have to share with the ticket that is asked about.
    same: tuple[str, ...] = ()
    #: Created at most so long ago.
    within: Span | None = None
    calendar: BusinessCalendar
    #: Count the different values of this fact, not the tickets.
    distinct: str | None = None
    #: In words; empty when every ticket counts.
    told: str = ""


class CountedTicket(msgspec.Struct, frozen=True, gc=False):
    """One ticket of the selection."""

    #: What it counts as: itself, or its value.
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCondition:
    """Compares a count of the account's open tickets with a number."""

    fact: str
    wanted: str
    selection: Selection
    test: Callable[[int], bool]

    @property
    def facts(self) -> frozenset[str]:
        """The count, and the facts of this ticket that the others are compared with."""
        return frozenset((self.fact, *self.selection.same))

    def evaluate(self, facts: Facts) -> Verdict:
        """Count, and look ahead to when tickets leave the window."""
        among = facts.among(self.fact)
        if among is None:
            return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed="not known")
        counted: list[CountedTicket] = []
        turns: list[datetime] = []
        where, shared = self.selection.where, [(name, facts.value(name)) for name in self.selection.same]
        if where is None and any(value is None for _, value in shared):
            among = ()
        for other in among:
            verdict = None if where is None else where.evaluate(other)
            if verdict is not None and verdict.flips_at is not None:
                turns.append(verdict.flips_at)
            if (verdict is None or verdict.holds) and (one := self._counted(other, shared)) is not None:
                counted.append(one)
        names, leaves_at = self.tell(counted, facts.now)
        if leaves_at is not None:
            turns.append(leaves_at)
        return Verdict(
            holds=self.test(len(names)),
            subject=self.fact,
            wanted=self.wanted,
            observed=_observed(names),
            flips_at=min(turns, default=None),
        )

    def tell(self, counted: list[CountedTicket], now: datetime) -> tuple[list[str], datetime | None]:
        """What counts of the tickets that are selected, apart from when they were created.

        Args:
            counted: The tickets.
            now: The instant of counting (UTC).

        Returns:
            What is counted, each once, and when so much of it has become too old that the answer is another one (UTC).
        """
        turns_at = None
        if self.selection.within is not None and counted:
            counted = self._in_window(counted, now)
            turns_at = next(self._left_at(counted), None)
        return list(dict.fromkeys(one.name for one in counted)), turns_at

    def _counted(self, other: Facts, shared: Sequence[tuple[str, Value]]) -> CountedTicket | None:
        """The ticket as it counts; None when it is outside the selection, whenever it was created."""
        chosen, ticket = self.selection, other.ticket
        if any(value is None or other.value(name) != value for name, value in shared):
            return None
        if chosen.distinct is None:
            return CountedTicket(str(ticket.ref), ticket.created_at)
        value = other.value(chosen.distinct)
        return None if value is None else CountedTicket(words(value), ticket.created_at)

    def _leaves_at(self, one: CountedTicket) -> datetime:
        """When a ticket falls out of the window (UTC); of two, the older one never later."""
        return self.selection.calendar.add(one.created_at, self.selection.within or Span()) + _NEXT

    def _in_window(self, counted: list[CountedTicket], now: datetime) -> list[CountedTicket]:
        """Those created not too long ago, oldest first."""
        ordered = sorted(counted, key=lambda one: one.created_at)
        return ordered[bisect_right(ordered, now, key=self._leaves_at) :]

    def _left_at(self, counted: list[CountedTicket]) -> Iterator[datetime]:
        """The first instant at which so many have left the window that the answer is another one, if there is any."""
        last = {one.name: one for one in counted}
        leaving, left = sorted(last.values(), key=lambda one: one.created_at), len(last)
        now = self.test(left)
        for index, one in enumerate(leaving):
            left -= 1
            if self.test(left) is now:
                continue
            at = self._leaves_at(one)
            if index + 1 == len(leaving) or self._leaves_at(leaving[index + 1]) > at:
                yield at
                return


def _observed(names: list[str]) -> str:
    more = f", … ({len(names) - _MOST_NAMED} more)" if len(names) > _MOST_NAMED else ""
    return f"{len(names)} ({', '.join(names[:_MOST_NAMED])}{more})" if names else "0"


def _count(operand: Operand) -> Condition:
    limit, chosen = scalar_operand(operand), operand.selection
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise OperandError(f"{operand.operator!r} compares {operand.spec.name} with a whole number")
    if chosen is None:
        raise OperandError(f"{operand.spec.name} cannot be counted here")
    return CountCondition(
        fact=operand.spec.name,
        wanted=f"{WORDS.get(operand.operator, 'is')} {limit}{chosen.told}",
        selection=chosen,
        test=_tester(operand.operator, limit),
    )


def _tester(operator: str, limit: int) -> Callable[[int], bool]:
    compare = COMPARE.get(operator)
    return (lambda count: count == limit) if compare is None else (lambda count: compare(count, limit))


def counted_by_default(fact: str) -> str | None:
    """The fact whose different values a COUNT counts where the policy does not say; None = the tickets themselves."""
    return _COUNTED.get(fact)


def in_words(raw: dict[str, object], selection: Selection) -> str:
    """What stands beside the operator, as people say it."""
    parts = [f"{word} {_rendered(raw[word])}" for word in ("where", "same", "distinct") if word in raw]
    if "within" in raw:
        parts.append(f"within {raw['within']}, {told(selection.calendar)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _rendered(value: object) -> str:
    """A value of the policy on one line, as it would be written there."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_rendered(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_rendered(inner) for inner in value)}]"
    return words(value)


OPERATORS = tuple(
    Operator(
        name=name,
        types=frozenset({FactType.COUNT}),
        build=_count,
        takes=Takes.COUNT,
        doc=f"{said} so many of the account's open tickets fit what stands beside it",
    )
    for name, said in {"is": "exactly", **WORDS}.items()
)
