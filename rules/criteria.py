"""Criterion: one named reason to escalate, worth so many points, with somebody who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from rules.conditions.base import Condition
    from rules.policy import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A reason that rules, matrix axes and other criteria name instead of repeating its condition."""

    id: str
    description: str
    at: Position
    when: Condition
    #: A role or a team that answers for it; None = nobody yet.
    owner: str | None = None
    #: Points that it adds to a score while it holds, 0 or more.
    weight: int = 1
    #: The last day on which it counts as reviewed; None = it is never due for a review.
    review_by: date | None = None
