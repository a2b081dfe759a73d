"""Tally: what the receiver counts, as figures of /metrics. No label names a ticket."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from escalade.measures import WEBHOOK_ANSWERS, WEBHOOK_EVENTS, WEBHOOK_WAITING

#: Names of events that are counted apart for each webhook: hand-written bodies may hold anything.
_MOST_KINDS = 100
_OTHERS = "other"


class Tally:
    """What this process was sent. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, str]] = Counter()
        self._events: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._waiting: Callable[[], int] = lambda: 0

    def watch(self, waiting: Callable[[], int]) -> None:
        """Ask this how many deliveries wait, whenever somebody wants to know."""
        self._waiting = waiting

    def answered(self, webhook: str, outcome: str) -> None:
        """Count an answer; the webhook is empty when there is none of the name that was asked for."""
        with self._lock:
            self._answers[webhook, outcome] += 1

    def heard(self, webhook: str, kind: str) -> None:
        """Count an event of a believed delivery."""
        with self._lock:
            kinds = self._events[webhook]
            kinds[kind if kind in kinds or len(kinds) < _MOST_KINDS else _OTHERS] += 1

    def answers(self) -> dict[tuple[str, str], int]:
        """Answers so far, by webhook and outcome."""
        with self._lock:
            return dict(self._answers)

    def events(self) -> dict[tuple[str, str], int]:
        """Events so far, by webhook and kind."""
        with self._lock:
            return {(webhook, kind): count for webhook, kinds in self._events.items() for kind, count in kinds.items()}

    def describe(self) -> list[Any]:
        """Nothing is collected at registration."""
        return []

    def collect(self) -> Iterator[Any]:
        """Every figure as it is now; called by a registry of prometheus-client."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415 - as escalade.metrics

        for measure, values in ((WEBHOOK_ANSWERS, self.answers()), (WEBHOOK_EVENTS, self.events())):
            family = CounterMetricFamily(measure.name, measure.meaning, labels=measure.labels)
            for series, count in sorted(values.items()):
                family.add_metric(series, count)
            yield family
        yield GaugeMetricFamily(WEBHOOK_WAITING.name, WEBHOOK_WAITING.meaning, value=self._waiting())
