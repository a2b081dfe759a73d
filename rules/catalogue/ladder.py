"""Facts that Escalade's own doing tells: where the ticket stands on the ladder."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.fact import Provenance

if TYPE_CHECKING:
    from rules.facts import Facts

_ladder = Source(Provenance.LEDGER, past=False)


def _tier(facts: Facts) -> str | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.tier


def _in_tier(facts: Facts) -> datetime | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.entered_at


def _escalated_for(facts: Facts) -> datetime | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.since


ENTRIES = (
    _ladder.text("tier", _tier, "The tier that the ticket is in; not set when it is not escalated."),
    _ladder.flag("escalated", lambda facts: _tier(facts) is not None, "The ticket is in some tier."),
    _ladder.number(
        "escalations", lambda facts: facts.ledger.episodes, "How often the ticket was escalated, this time included."
    ),
    _ladder.duration("in_tier", _in_tier, "Time since the ticket entered its tier; not set when it is not escalated."),
    _ladder.duration(
        "escalated_for", _escalated_for, "Time since this escalation began; not set when it is not escalated."
    ),
)
