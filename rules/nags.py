"""Nags: a tier's repeated note, at growing distances, until somebody acknowledges the escalation."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.ledger import Escalation
from rules.policy import Repeat, Tier


class Nag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How often a tier's note was to be repeated by some instant (UTC)."""

    repeat: Repeat
    #: Only the last of them is said, so a backlog says one.
    earned: int
    #: When the next one falls due; None when all have.
    next_at: datetime | None


def read_nag(tier: Tier, escalation: Escalation, now: datetime) -> Nag | None:
    """Count the repeats since the entry; None when the tier has none or somebody acknowledged."""
    repeat = tier.repeat
    if repeat is None or escalation.acknowledged_at is not None:
        return None
    distance, passed = 1, 0
    for number in range(1, repeat.max + 1):
        passed += distance
        distance *= repeat.growing
        due = tier.calendar.add(escalation.entered_at, repeat.every.times(passed))
        if due > now:
            return Nag(repeat=repeat, earned=number - 1, next_at=due)
    return Nag(repeat=repeat, earned=repeat.max, next_at=None)
