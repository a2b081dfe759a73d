"""What was asked of the vendors, so that a test can count it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

RECENT_CALLS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that reached a vendor route; `status` 0 means that the connection was cut instead."""

    method: str
    path: str
    query: str
    status: int


class CallLog:
    """Counts by route, the number of state-changing calls, and the most recent requests."""

    def __init__(self, keep: int = RECENT_CALLS) -> None:
        self._counts: Counter[str] = Counter()
        self.requests: deque[Call] = deque(maxlen=keep)
        self.writes = 0
        self.total = 0

    def record(self, method: str, template: str, status: int, *, path: str = "", query: str = "") -> None:
        """Note one answered request of the route `template`."""
        self._counts[f"{method} {template}"] += 1
        self.total += 1
        self.requests.append(Call(method=method, path=path or template, query=query, status=status))

    def record_write(self) -> None:
        """Note that a request changed the state, whether or not its answer reached the caller."""
        self.writes += 1

    def counts(self) -> dict[str, int]:
        """Return the number of requests by `METHOD template`."""
        return dict(self._counts)

    def reset(self) -> None:
        """Forget everything."""
        self._counts.clear()
        self.requests.clear()
        self.writes = 0
        self.total = 0
