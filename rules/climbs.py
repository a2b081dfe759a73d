"""Climbs: remembering that a stay on the ladder is over, for whoever asks later how it ended."""

from __future__ import annotations

from rules.decision import Decision
from rules.ledger import Climb, Ledger, climb_of

#: Stays that are remembered of one ticket.
MOST_CLIMBS = 50


def climbs_after(ledger: Ledger, decision: Decision) -> tuple[Climb, ...]:
    """The stays that are over once the decision is carried out."""
    left = ledger.escalation
    goes_on = left is None or (decision.escalation is not None and decision.escalation.episode == left.episode)
    if left is None or goes_on:
        return ledger.climbs
    return (*ledger.climbs, climb_of(left, decision.at))[-MOST_CLIMBS:]
