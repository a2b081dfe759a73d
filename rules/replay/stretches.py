"""Stretches: the days of a back-test added up to days, weeks or months, so that a chart of them can be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby

import msgspec

from rules.replay.told import DayLoad

#: So many columns can still be told apart.
_MOST = 62
_WEEK = 7


class Stretch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What some days that follow each other would have brought."""

    #: `day`, `week` or `month`.
    unit: str
    #: The first day of it, or the month.
    label: str
    escalations: int
    notices: int
    notes: int
    public_notes: int
    handed: int

    @property
    def alerts(self) -> int:
        """Everything that asks for the attention of one of our people."""
        return self.notices + self.notes + self.handed


def stretches(days: Sequence[DayLoad]) -> list[Stretch]:
    """The days in so few parts that each has its own column: days, else weeks from Monday on, else months."""
    if len(days) <= _MOST:
        return _grouped("day", days, str)
    if len(days) <= _MOST * _WEEK:
        return _grouped("week", days, lambda day: str(day - timedelta(days=day.weekday())))
    return _grouped("month", days, lambda day: f"{day:%Y-%m}")


def _grouped(unit: str, days: Sequence[DayLoad], label: Callable[[date], str]) -> list[Stretch]:
    parts = ((name, list(part)) for name, part in groupby(days, lambda one: label(one.day)))
    return [
        Stretch(
            unit=unit,
            label=name,
            escalations=sum(one.escalations for one in part),
            notices=sum(one.notices for one in part),
            notes=sum(one.notes for one in part),
            public_notes=sum(one.public_notes for one in part),
            handed=sum(one.handed for one in part),
        )
        for name, part in parts
    ]
