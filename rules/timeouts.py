"""Time-outs of a tier: until when it may be left alone, and what an acknowledgement changes about that."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.decision import Reason
from rules.facts import Facts
from rules.history import stretches
from rules.ledger import Escalation
from rules.policy import Tier
from rules.span import Span
from rules.verdict import Verdict

_UNACKNOWLEDGED = "unacknowledged:"


class TimeOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One time-out of the tier that a ticket is in."""

    #: `timeout:TIER`, or `unacknowledged:TIER`.
    source: str
    #: The ticket climbs at this instant (UTC); None = an acknowledgement stopped it for good.
    due_at: datetime | None
    #: It runs out after so much of the tier's time.
    span: Span

    def wanted(self, tier: Tier) -> str:
        """In words: `at least 8h (calendar office)`."""
        how = " without acknowledgement" if self.source.startswith(_UNACKNOWLEDGED) else ""
        return f"at least {self.span}{how} (calendar {tier.calendar.name})"


def time_outs(tier: Tier, escalation: Escalation) -> tuple[TimeOut, ...]:
    """The time-outs of a tier, in the order of the policy file's words: unresolved, unacknowledged."""
    found: list[TimeOut] = []
    calendar, entered = tier.calendar, escalation.entered_at
    if tier.timeout is not None:
        due: datetime | None = calendar.add(entered, tier.timeout)
        found.append(TimeOut(source=f"timeout:{tier.id}", due_at=due, span=tier.timeout))
    if tier.unacknowledged is not None:
        due = _unacknowledged_at(tier, escalation, calendar.add(entered, tier.unacknowledged))
        found.append(TimeOut(source=f"{_UNACKNOWLEDGED}{tier.id}", due_at=due, span=tier.unacknowledged))
    return tuple(found)


def first_due(tier: Tier, escalation: Escalation) -> TimeOut | None:
    """The time-out that runs out first; the first of equals; None when none ever does."""
    if tier.timeout is None and tier.unacknowledged is None:
        return None
    running = [one for one in time_outs(tier, escalation) if one.due_at is not None]
    return min(running, key=lambda one: one.due_at or escalation.entered_at, default=None)


def acknowledged(tier: Tier, escalation: Escalation, facts: Facts) -> Escalation:
    """The escalation with its acknowledgement, which is for good: the first instant since the entry at which it held.

    The ticket's past is asked, so it does not matter when somebody looks; what came only when a time-out had run out
    came too late.
    """
    if tier.acknowledged_when is None or escalation.acknowledged_at is not None:
        return escalation
    due = first_due(tier, escalation)
    at = _first_held(tier, escalation, facts)
    if at is None or (due is not None and due.due_at is not None and due.due_at <= at):
        return escalation
    steps = escalation.steps
    marked = (*steps[:-1], msgspec.structs.replace(steps[-1], acknowledged_at=at)) if steps else ()
    return msgspec.structs.replace(escalation, acknowledged_at=at, steps=marked)


def reasons(tier: Tier, escalation: Escalation, now: datetime) -> tuple[Reason, ...]:
    """What the time-outs say at an instant (UTC), each with its proof."""
    calendar = tier.calendar
    spent = calendar.spell(calendar.elapsed(escalation.entered_at, now))
    seen = escalation.acknowledged_at
    observed = spent if seen is None else f"{spent}, acknowledged at {seen:%Y-%m-%d %H:%M} UTC"
    return tuple(
        Reason(
            source=one.source,
            text=f"{spent} in {tier.name}",
            verdict=Verdict(
                holds=one.due_at is not None and one.due_at <= now,
                subject="in_tier",
                wanted=one.wanted(tier),
                observed=observed,
                flips_at=one.due_at if one.due_at is not None and one.due_at > now else None,
            ),
        )
        for one in time_outs(tier, escalation)
    )


def _unacknowledged_at(tier: Tier, escalation: Escalation, due: datetime) -> datetime | None:
    seen = escalation.acknowledged_at
    if seen is None:
        return due
    if tier.acknowledgement_lasts is None:
        return None
    return max(due, tier.calendar.add(seen, tier.acknowledgement_lasts))


def _first_held(tier: Tier, escalation: Escalation, facts: Facts) -> datetime | None:
    condition = tier.acknowledged_when
    if condition is None:
        return None
    past = stretches(condition, facts, escalation.entered_at, facts.now)
    first = next((stretch.start for stretch in past if stretch.holds), None)
    return first if first is not None or not condition.evaluate(facts).holds else facts.now
