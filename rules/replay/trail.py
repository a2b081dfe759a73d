"""Trail: what a back-test remembers of one ticket while it counts, however long the ticket lives."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from rules.replay.climbed import Climbed


class Trail(msgspec.Struct, kw_only=True):
    """What was seen of a ticket so far. Instants are UTC."""

    #: Parts of the policy that hold now.
    holding: frozenset[str] = frozenset()
    #: Part → when it first began to hold in the counted stretch.
    first: dict[str, datetime] = {}
    #: The climb that goes on, and its number among those that are listed; None = it is not listed.
    climb: Climbed | None = None
    place: int | None = None
    #: Its places among the listed climbs.
    places: list[int] = []
    #: When the policy first escalated it, and whether that was in the counted stretch.
    escalated_at: datetime | None = None
    #: When people first escalated it.
    truth_at: datetime | None = None
    #: It counts among the tickets that the policy escalated.
    counts: bool = False
    #: The first clock that was late, and since when.
    breached: str | None = None
    breached_at: datetime | None = None
    #: Tiers that it entered in the counted stretch.
    tiers: frozenset[str] = frozenset()
    #: The last local day on which something was written to it.
    written_on: date | None = None
    #: It was open in the counted stretch.
    was_open: bool = False
