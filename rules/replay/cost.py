"""Cost: the calls that helpdesks and channels would have been sent."""

from __future__ import annotations

from datetime import datetime

import msgspec


class TargetCost(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one helpdesk (by its name) or channel (`channel:NAME`) would have been asked."""

    target: str
    #: Tickets read afresh before a write: at most so many, since a read takes up to a hundred of them.
    reads: int = 0
    writes: int = 0
    #: The most calls in one hour, and when that began (UTC); None = there was none at all.
    busiest: int = 0
    busiest_at: datetime | None = None


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy would have cost."""

    #: How often a ticket was decided about, and how often something was to be written then.
    decisions: int = 0
    written: int = 0
    #: In the order of their names.
    targets: tuple[TargetCost, ...] = ()
