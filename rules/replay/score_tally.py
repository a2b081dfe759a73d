"""How each part of a policy fares in a replay, counted ticket by ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from rules.clocks.clock import ClockReading, ClockState
from rules.policy import Policy
from rules.replay.counted import Counted
from rules.replay.score import BreachScore, RuleScore
from rules.replay.spread import SpreadTally
from rules.replay.trail import Trail

#: What sources of decisions begin with, in the order in which they are told.
PARTS = ("rule", "matrix", "sla", "timeout", "unacknowledged", "cadence", "reminder", "criterion", "case")
_KNOWN = frozenset(PARTS)
_LATE = frozenset({ClockState.BREACHED, ClockState.MISSED})


class _Part:
    """The counts of one part of the policy."""

    __slots__ = ("alerts", "before_breach", "before_truth", "climbs", "fired", "in_time", "tickets", "true")

    def __init__(self) -> None:
        self.fired = self.tickets = self.climbs = self.alerts = self.true = self.in_time = 0
        self.before_truth, self.before_breach = SpreadTally(), SpreadTally()

    def score(self, source: str, *, judged: bool) -> RuleScore:
        return RuleScore(
            source=source,
            fired=self.fired,
            tickets=self.tickets,
            climbs=self.climbs,
            alerts=self.alerts,
            true=self.true if judged else None,
            in_time=self.in_time if judged else None,
            false=self.tickets - self.true if judged else None,
            precision=self.true / self.tickets if judged and self.tickets else None,
            before_truth=self.before_truth.spread(),
            before_breach=self.before_breach.spread(),
        )


class ScoreTally:
    """Follows what holds on each ticket."""

    def __init__(self, policy: Policy, counted: Counted, *, judged: bool) -> None:
        self._counted, self._judged = counted, judged
        self._parts = {source: _Part() for source in _parts_of(policy)}
        self._order = {source: number for number, source in enumerate(self._parts)}

    def hold(self, trail: Trail, sources: Iterable[str], at: datetime) -> None:
        """What holds on a ticket now (UTC)."""
        holding = frozenset(sources)
        if holding == trail.holding:
            return
        began = sorted(holding - trail.holding)
        trail.holding = holding
        if not self._counted.has(at):
            return
        for source in began:
            part = self._part(source)
            part.fired += 1
            if source not in trail.first:
                trail.first = {**trail.first, source: at}
                part.tickets += 1
                self._know_truth(part, trail, at)
                self._know_breach(part, trail, at)

    def _part(self, source: str) -> _Part:
        return self._parts.setdefault(source, _Part())

    def _know_truth(self, part: _Part, trail: Trail, first: datetime) -> None:
        if trail.truth_at is not None:
            part.true += 1
            part.in_time += first <= trail.truth_at
            part.before_truth.add(trail.truth_at - first)

    def _know_breach(self, part: _Part, trail: Trail, first: datetime) -> None:
        if trail.breached_at is not None:
            part.before_breach.add(trail.breached_at - first)

    def truth(self, trail: Trail) -> None:
        """People escalated a ticket."""
        for source, first in trail.first.items():
            self._know_truth(self._part(source), trail, first)

    def breach(self, trail: Trail) -> None:
        """A first clock of a ticket is late."""
        for source, first in trail.first.items():
            self._know_breach(self._part(source), trail, first)

    def climb(self, source: str) -> None:
        """A climb began that counts."""
        self._part(source).climbs += 1

    def alert(self, source: str, because: str | None) -> None:
        """Somebody is told something for the sake of a source, or of what led into the tier that wants it."""
        chosen = source if kind_of(source) in _KNOWN else because
        if chosen is not None:
            self._part(chosen).alerts += 1

    def scores(self) -> tuple[RuleScore, ...]:
        """In the order of the policy; what it does not name, such as cells of the matrix, comes by kind and name."""
        named = sorted(self._parts, key=lambda one: (_rank(one), self._order.get(one, len(self._order)), one))
        return tuple(self._parts[source].score(source, judged=self._judged) for source in named)


def kind_of(source: str) -> str:
    """What sort of part a source is."""
    return source.partition(":")[0]


@lru_cache(maxsize=4096)
def is_part(source: str) -> bool:
    """Whether a source is a part of the policy that is scored."""
    return kind_of(source) in _KNOWN and ":" in source


def _rank(source: str) -> int:
    kind = kind_of(source)
    return PARTS.index(kind) if kind in _KNOWN else len(PARTS)


def _parts_of(policy: Policy) -> Iterator[str]:
    yield from (f"rule:{rule.id}" for rule in policy.rules)
    yield from (f"sla:{target.id}" for target in policy.sla)
    yield from (f"timeout:{tier.id}" for tier in policy.tiers if tier.timeout is not None)
    yield from (f"unacknowledged:{tier.id}" for tier in policy.tiers if tier.unacknowledged is not None)
    yield from (f"cadence:{cadence.id}" for cadence in policy.cadences)
    yield from (f"reminder:{reminder.id}" for reminder in policy.reminders)


class BreachTally:
    """Counts tickets on which a clock was late, and whether they were escalated by then."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._counts = Counter[str]()
        self._lead = SpreadTally()

    def late(self, trail: Trail, clocks: Iterable[ClockReading], at: datetime) -> bool:
        """Look at the clocks of a ticket (UTC); whether the first one is late now."""
        if trail.breached_at is not None:
            return False
        late = [(clock.due_at, clock.target) for clock in clocks if clock.state in _LATE or clock.misses]
        if not late:
            return False
        # Every due instant is looked at; one that lies back came with another priority, and nobody was late before.
        trail.breached_at, trail.breached = at, min(late)[1]
        if self._counted.has(trail.breached_at):
            self._counts["tickets"] += 1
            if trail.escalated_at is not None:
                self._escalated(trail.breached_at, trail.escalated_at)
        return True

    def policy(self, trail: Trail, at: datetime) -> None:
        """The policy escalated a ticket for the first time (UTC)."""
        if trail.breached_at is not None and self._counted.has(trail.breached_at):
            self._escalated(trail.breached_at, at)

    def _escalated(self, breach: datetime, escalated: datetime) -> None:
        self._counts["before" if escalated < breach else "after"] += 1
        self._lead.add(breach - escalated)

    def score(self) -> BreachScore:
        """What it all comes to."""
        counts = self._counts
        return BreachScore(
            tickets=counts["tickets"],
            before=counts["before"],
            after=counts["after"],
            never=counts["tickets"] - counts["before"] - counts["after"],
            lead=self._lead.spread(),
        )
