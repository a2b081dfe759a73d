"""Status colour: how an account's escalation goes, as a person judges it, with its history and trend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

import msgspec


class StatusColour(StrEnum):
    """Red, yellow, green: what everybody at the account's bedside talks in."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"

    @property
    def gravity(self) -> int:
        """How bad it is, 0 (green) to 2 (red)."""
        return _GRAVITY[self]


_GRAVITY = {StatusColour.GREEN: 0, StatusColour.YELLOW: 1, StatusColour.RED: 2}


class Trend(StrEnum):
    """Where the colour is going."""

    WORSE = "worse"
    STEADY = "steady"
    BETTER = "better"


class ColourStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One judgement: from `at` (UTC) on the record has this colour."""

    at: datetime
    colour: StatusColour
    #: Who judged, by name.
    by: str
    because: str


def trend_of(steps: Sequence[ColourStep]) -> Trend:
    """Whether the last change of colour was for the better or for the worse; steady while there was none."""
    if len(steps) <= 1:
        return Trend.STEADY
    before, now = steps[-2].colour.gravity, steps[-1].colour.gravity
    return Trend.WORSE if now > before else Trend.BETTER


def last_worsened(steps: Sequence[ColourStep]) -> datetime | None:
    """When the colour last became worse (UTC); None while it never did."""
    return max(
        (after.at for before, after in pairwise(steps) if after.colour.gravity > before.colour.gravity), default=None
    )
