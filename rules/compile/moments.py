"""Moments: what is known of all lengths of time at the instant of a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rules.compile.horizon import UNKNOWN, horizon
from rules.compile.terms import Due

#: An instant; then by length of time: what began until then is over, what began from then on still runs
#: (`rules.compile.horizon`); then a table (`rules.compile.spans`) for each fact that lengths of time are asked of.
Moment = tuple[Any, ...]
#: Where the tables begin.
TABLES = 3
#: To know all lengths of time costs as much as to ask the calendars about so many tickets.
_WORTH = 6
#: Makes the tables from what is known.
Tables = Callable[[Sequence[datetime], Sequence[datetime]], Sequence[object]]


class Moments:
    """The moment of the last decision. In a run many tickets are decided about at one instant; else only a few are.

    So it is worked out when an instant comes up once more often than a few would; until then nothing is known of it.

    Args:
        slots: The number of every length of time.
        tables: Makes the tables.
    """

    __slots__ = ("_dues", "_seen", "_tables", "_times", "_unknown", "last")

    def __init__(self, slots: Mapping[Due, int], tables: Tables) -> None:
        self._dues, self._tables = list(slots), tables
        self._seen: datetime | None = None
        self._times = 0
        over, running = ((instant,) * len(self._dues) for instant in UNKNOWN)
        self._unknown: Moment = (None, over, running, *tables(over, running))
        #: What generated code looks at first.
        self.last: Moment = self._unknown

    def at(self, now: datetime) -> Moment:
        """What is known at an instant."""
        last = self.last
        if last[0] == now:
            return last
        if self._dues and not self._is_worth_it(now):
            return self._unknown
        pairs = [horizon(due.condition, now) for due in self._dues]
        over, running = tuple(over for over, _ in pairs), tuple(running for _, running in pairs)
        self.last = last = (now, over, running, *self._tables(over, running))
        return last

    def _is_worth_it(self, now: datetime) -> bool:
        """Whether the instant came up so often that more tickets can be expected."""
        self._times = self._times + 1 if self._seen == now else 1
        self._seen = now
        return self._times >= _WORTH
