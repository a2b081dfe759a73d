"""Plans for what shows them: of one ticket, with nothing else to tell than what would be changed."""

from __future__ import annotations

from rules.change import Change
from rules.ledger import Ledger
from rules.plan import Plan
from rules.ticket import TicketRef


def plan_of(*changes: Change, subject: str = "") -> Plan:
    """What would be changed on the ticket that the changes are about."""
    ref: TicketRef = changes[0].on
    return Plan(
        ref=ref,
        key=ref.id,
        subject=subject,
        changes=changes,
        skipped=(),
        ledger=Ledger(ref=ref),
        policy="",
        fingerprint="",
        reasons=(),
        wake_at=None,
        wake_because="",
    )
