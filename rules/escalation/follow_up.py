"""Follow-up: how often the customer should have been asked by now, and when the next try is due."""

from __future__ import annotations

from datetime import datetime

from rules.escalation.case import Case
from rules.escalation.process import FollowUp
from rules.escalation.stage import Stage


def second_try(plan: FollowUp, case: Case) -> datetime | None:
    """When the customer is asked again (UTC); None when nobody has asked yet, or asks but once."""
    if plan.again is None or case.stage is not Stage.FOLLOW_UP or case.since is None:
        return None
    return plan.calendar.add(case.since, plan.again)


def tries(plan: FollowUp, case: Case) -> int:
    """Which try it is by now; only the newest one is said, and none after the customer answered."""
    again = second_try(plan, case)
    return 2 if again is not None and again <= case.at and not case.replied else 1
