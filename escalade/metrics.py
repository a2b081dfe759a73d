"""Metrics of this process and of its store, in the text format of Prometheus.

Counting costs a dictionary entry; prometheus-client is loaded when somebody asks.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from escalade.measures import (
    BRAKES,
    BUDGET_LEFT,
    BUDGET_LIMIT,
    CALLS,
    DEAD,
    DUE,
    LATENESS,
    LATENESS_BUCKETS,
    OVERDUE,
    STREAM_LAG,
    VISITS,
    WRITES,
    Kind,
    Measure,
)
from escalade.store.figures import Figures

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

#: Words with which something nudges a visit; every other reason is that of a timer, in a sentence.
_EVENTS = frozenset(
    {
        "account",
        "commanded",
        "follow-up",
        "linked",
        "member",
        "opened",
        "policy",
        "polled",
        "replayed",
        "reviewed",
        "sibling",
        "webhook",
    }
)

Series = tuple[str, ...]
#: A helpdesk's name → its calls so far, by `METHOD /path/{template}`.
CallsOf = Callable[[], Mapping[str, Mapping[str, int]]]
#: (helpdesk, endpoint; empty = the whole account) → calls left in the period, and allowed in it.
Budgets = Mapping[tuple[str, str], tuple[int, int]]


@dataclass(slots=True)
class _Spread:
    """One series of a histogram."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENESS_BUCKETS) + 1))
    total: float = 0.0


class Metrics:
    """What this process has counted. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[str, Counter[Series]] = defaultdict(Counter)
        self._lateness: defaultdict[Series, _Spread] = defaultdict(_Spread)
        self._figures: Callable[[], Figures] | None = None
        self._calls: CallsOf | None = None
        self._budgets: Callable[[], Budgets] | None = None
        self._held: bool | None = None
        self._registry: CollectorRegistry | None = None

    def visited(self, helpdesk: str, outcome: str) -> None:
        """Count a visit."""
        self._count(VISITS, (helpdesk, outcome))

    def began(self, reason: str, late: timedelta) -> None:
        """Note how long after it was due a visit began, and what had made it due."""
        cause = "retry" if reason == "retry" else "event" if reason in _EVENTS else "deadline"
        seconds = max(0.0, late.total_seconds())
        with self._lock:
            spread = self._lateness[cause,]
            spread.buckets[bisect_left(LATENESS_BUCKETS, seconds)] += 1
            spread.total += seconds

    def wrote(self, target: str, kind: str, outcome: str) -> None:
        """Count a write request to a helpdesk or channel."""
        self._count(WRITES, (target, kind, outcome))

    def braked(self, *, held: bool) -> None:
        """Note whether the brakes hold what this process would write."""
        self._held = held

    def watch(self, figures: Callable[[], Figures], calls: CallsOf) -> None:
        """Ask these whenever somebody wants the metrics: what the store says, how often helpdesks were called."""
        self._figures, self._calls = figures, calls

    def watch_budgets(self, budgets: Callable[[], Budgets]) -> None:
        """Ask this besides the store: a process that has the store to itself keeps its rate budgets in memory."""
        self._budgets = budgets

    def registry(self) -> CollectorRegistry:
        """The registry that tells all of it; others may add their own figures to it."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - most commands tell no metrics

        with self._lock:
            if self._registry is None:
                self._registry = CollectorRegistry()
                self._registry.register(self)
            return self._registry

    def exposition(self) -> bytes:
        """Everything in the text format."""
        from prometheus_client import generate_latest  # noqa: PLC0415 - most commands tell no metrics

        return generate_latest(self.registry())

    def describe(self) -> list[Any]:
        """Nothing is collected at registration: the store may not be open yet."""
        return []

    def collect(self) -> Iterator[Any]:
        """Every figure as it is now; called by the registry."""
        with self._lock:
            counts = {name: dict(series) for name, series in self._counts.items()}
            spreads = {series: (tuple(spread.buckets), spread.total) for series, spread in self._lateness.items()}
        yield _family(VISITS, counts.get(VISITS.name, {}))
        yield _histogram(LATENESS, spreads)
        yield _family(WRITES, counts.get(WRITES.name, {}))
        if self._held is not None:
            yield _family(BRAKES, {(): float(self._held)})
        if self._calls is not None:
            asked = self._calls()
            yield _family(CALLS, {(name, call): count for name, of in asked.items() for call, count in of.items()})
        if self._figures is not None:
            yield from _of_store(self._figures(), {} if self._budgets is None else self._budgets())

    def _count(self, measure: Measure, series: Series) -> None:
        with self._lock:
            self._counts[measure.name][series] += 1


def _of_store(figures: Figures, own: Budgets) -> Iterator[Any]:
    budgets = {**figures.budgets, **own}
    yield _family(STREAM_LAG, {key: lag.total_seconds() for key, lag in figures.lag.items()})
    yield _family(DUE, {(name,): count for name, count in figures.due.items()})
    yield _family(OVERDUE, {(name,): late.total_seconds() for name, late in figures.overdue.items()})
    yield _family(DEAD, {(name,): count for name, count in figures.dead.items()})
    yield _family(BUDGET_LEFT, {key: left for key, (left, _) in budgets.items()})
    yield _family(BUDGET_LIMIT, {key: limit for key, (_, limit) in budgets.items()})


def _family(measure: Measure, values: Mapping[Series, float]) -> Any:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415

    made = CounterMetricFamily if measure.kind is Kind.COUNTER else GaugeMetricFamily
    family = made(measure.name, measure.meaning, labels=measure.labels)
    for series, value in sorted(values.items()):
        family.add_metric(series, value)
    return family


def _histogram(measure: Measure, spreads: Mapping[Series, tuple[tuple[int, ...], float]]) -> Any:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415

    family = HistogramMetricFamily(measure.name, measure.meaning, labels=measure.labels)
    ends = [*map(str, LATENESS_BUCKETS), "+Inf"]
    for series, (buckets, total) in sorted(spreads.items()):
        upto = [sum(buckets[: at + 1]) for at in range(len(buckets))]
        family.add_metric(series, list(zip(ends, upto, strict=True)), sum_value=total)
    return family


metrics = Metrics()
