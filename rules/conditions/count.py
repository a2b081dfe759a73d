"""at_least, at_most, more_than, less_than, is on counts: how many open tickets of the account fit a selection?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from rules.calendar import BusinessCalendar, Span
from rules.catalogue.account import account_tickets
from rules.conditions.base import Condition, Operand, OperandError, Operator, scalar_operand, words
from rules.conditions.duration import told
from rules.conditions.order import COMPARE, WORDS
from rules.conditions.takes import Takes
from rules.facts import Facts, FactType, facts_of
from rules.ledger import Ledger
from rules.ticket import OpenTicket, Ticket
from rules.verdict import Verdict

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


class _Counted(msgspec.Struct, frozen=True, gc=False):
    """One ticket of the selection."""

    #: What it counts as: itself, or its value.
    key: str
    name: str
    #: When it falls out of the window (UTC).
    leaves_at: datetime | None


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
        known = account_tickets(facts)
        if known is None:
            return Verdict(holds=False, subject=self.fact, wanted=self.wanted, observed="not known")
        counted: list[_Counted] = []
        turns: list[datetime] = []
        for other in self._tickets(known, facts):
            verdict = None if self.selection.where is None else self.selection.where.evaluate(other)
            if verdict is not None and verdict.flips_at is not None:
                turns.append(verdict.flips_at)
            if (verdict is None or verdict.holds) and (one := self._counted(other, facts)) is not None:
                counted.append(one)
        left = self._left_at(counted)
        return Verdict(
            holds=self.test(len({one.key for one in counted})),
            subject=self.fact,
            wanted=self.wanted,
            observed=self._observed(counted),
            flips_at=min(turns if left is None else [*turns, left], default=None),
        )

    def _tickets(self, known: tuple[OpenTicket, ...], facts: Facts) -> Iterator[Facts]:
        """The account's open tickets; this one as it is now, whatever is known of it."""
        own = facts.ticket.ref
        if facts.ticket.status.is_open:
            yield facts
        for ticket in known:
            if ticket.ref != own:
                yield _facts_of(ticket, facts.now)

    def _counted(self, other: Facts, facts: Facts) -> _Counted | None:
        """The ticket as it counts; None when it is outside the selection."""
        chosen, ref = self.selection, str(other.ticket.ref)
        leaves: datetime | None = None
        if chosen.within is not None:
            leaves = chosen.calendar.add(other.ticket.created_at, chosen.within) + _NEXT
            if leaves <= facts.now:
                return None
        for name in chosen.same:
            value = facts.value(name)
            if value is None or other.value(name) != value:
                return None
        if chosen.distinct is None:
            return _Counted(ref, ref, leaves)
        value = other.value(chosen.distinct)
        return None if value is None else _Counted(words(value), words(value), leaves)

    def _left_at(self, counted: list[_Counted]) -> datetime | None:
        """The first instant at which so many have left the window that the answer is another one."""
        now = self.test(len({one.key for one in counted}))
        last: dict[str, datetime] = {}
        for one in counted:
            if one.leaves_at is not None:
                last[one.key] = max(one.leaves_at, last.get(one.key, one.leaves_at))
        left = len({one.key for one in counted})
        leaving = sorted(last.values())
        for index, at in enumerate(leaving):
            left -= 1
            if index + 1 < len(leaving) and leaving[index + 1] == at:
                continue
            if self.test(left) is not now:
                return at
        return None

    def _observed(self, counted: list[_Counted]) -> str:
        names = list(dict.fromkeys(one.name for one in counted))
        more = f", … ({len(names) - _MOST_NAMED} more)" if len(names) > _MOST_NAMED else ""
        return f"{len(names)} ({', '.join(names[:_MOST_NAMED])}{more})" if names else "0"


def _facts_of(other: OpenTicket, now: datetime) -> Facts:
    """The facts of a neighbour, as far as they are known."""
    ticket = Ticket(
        ref=other.ref,
        key=other.ref.id,
        url="",
        subject="",
        status=other.status,
        status_name=other.status,
        priority=other.priority,
        created_at=other.created_at,
        updated_at=other.created_at,
        version="",
        requester=other.requester,
        tags=other.tags,
        type=other.type,
        product=other.product,
        fields=other.fields,
    )
    return facts_of(ticket, None, None, Ledger(ref=other.ref), now)


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
