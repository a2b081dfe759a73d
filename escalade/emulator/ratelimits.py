"""Request budgets on the virtual clock; the vendors' own numbers live with the vendors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is left of a budget after one request; `resets` is seconds until it is full again."""

    name: str
    allowed: bool
    limit: int
    remaining: int
    resets: int


class Budgets:
    """Fixed-window budgets, made on first use and keyed by name and subject."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, name: str, subject: str, *, limit: int, seconds: int, now: datetime) -> Grant:
        """Spend one request of a budget of `limit` requests each `seconds` of virtual time."""
        at = now.timestamp()
        opened, used = self._windows.get((name, subject), (at, 0))
        if at >= opened + seconds:
            opened, used = at, 0
        allowed = used < limit
        used += allowed
        self._windows[name, subject] = (opened, used)
        resets = max(1, int(opened + seconds - at))
        return Grant(name=name, allowed=allowed, limit=limit, remaining=limit - used, resets=resets)

    def reset(self) -> None:
        """Fill every budget up."""
        self._windows.clear()
