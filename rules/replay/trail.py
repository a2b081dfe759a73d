"""Trail: what a back-test remembers of one ticket while it counts, however long the ticket lives."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class Trail(msgspec.Struct, kw_only=True):
    """What was seen of a ticket so far. Instants are UTC."""

    #: Parts of the policy that hold now.
    holding: frozenset[str] = frozenset()
    #: Part → when it first began to hold in the counted stretch.
    first: dict[str, datetime] = {}
    #: The episode of the climb that goes on, and how many of its tiers were seen; 0 = it is on no ladder.
    episode: int = 0
    steps: int = 0
    #: Numbers of its climbs among those that are listed.
    places: list[int] = []
    #: When the policy first escalated it, and whether it counts among the tickets that it escalated.
    escalated_at: datetime | None = None
    counts: bool = False
    #: When people first escalated it.
    truth_at: datetime | None = None
    #: The first clock that was late, and since when.
    breached: str | None = None
    breached_at: datetime | None = None
    #: Tiers that it entered in the counted stretch, and the one that it is in.
    tiers: frozenset[str] = frozenset()
    tier: str | None = None
    #: The last local day on which something was written to it.
    written_on: date | None = None
    #: It was open in the counted stretch.
    was_open: bool = False
