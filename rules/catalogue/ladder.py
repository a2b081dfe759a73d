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


def _path(facts: Facts) -> str | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.path or None


def _acknowledged(facts: Facts) -> bool:
    return facts.ledger.escalation is not None and facts.ledger.escalation.acknowledged_at is not None


def _unacknowledged(facts: Facts) -> datetime | None:
    return None if _acknowledged(facts) else _in_tier(facts)


def _escalated_for(facts: Facts) -> datetime | None:
    return None if facts.ledger.escalation is None else facts.ledger.escalation.since


ENTRIES = (
    _ladder.text("tier", _tier, "The tier that the ticket is in; not set when it is not escalated."),
    _ladder.text(
        "path", _path, "The path of that tier; not set when it is not escalated, or when the policy has no paths."
    ),
    _ladder.flag(
        "acknowledged",
        _acknowledged,
        "The escalation was acknowledged in its tier, as the tier's `acknowledged_when` says.",
    ),
    _ladder.flag("escalated", lambda facts: _tier(facts) is not None, "The ticket is in some tier."),
    _ladder.number(
        "escalations", lambda facts: facts.ledger.episodes, "How often the ticket was escalated, this time included."
    ),
    _ladder.duration("in_tier", _in_tier, "Time since the ticket entered its tier; not set when it is not escalated."),
    _ladder.duration(
        "in_tier_unacknowledged",
        _unacknowledged,
        "The same while nobody acknowledged the escalation in that tier; not set when somebody has.",
    ),
    _ladder.duration(
        "escalated_for", _escalated_for, "Time since this escalation began; not set when it is not escalated."
    ),
)
