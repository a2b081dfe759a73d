"""Rebase: what it would mean for one ticket to follow another version of the policy. Pure, nothing is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.change import Change
from rules.explain import describe
from rules.facts import Facts
from rules.plan import Plan
from rules.policy import Policy
from rules.recalculate import ClockChange, compare_clocks
from rules.ticket import TicketRef
from rules.timeouts import time_outs


class Followed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version of the policy, and what would be written under it."""

    policy: Policy
    plan: Plan


class TimeOutChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """When a tier's time-out runs out (UTC) under the two versions; None = it never does, or there is none."""

    #: `timeout:TIER`, `unacknowledged:TIER`
    source: str
    before: datetime | None
    after: datetime | None

    @property
    def moves(self) -> bool:
        """The two differ."""
        return self.before != self.after

    @property
    def text(self) -> str:
        """Before and after in one line."""
        return f"{self.source}: {_arrow(_due(self.before), _due(self.after))}"


class Rebase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One ticket, as the version decides that it follows and as another one would."""

    ref: TicketRef
    key: str
    subject: str
    #: Content hashes of the two versions.
    follows: str
    to: str
    #: Why the version that it follows cannot be asked; None = it was. Then everything of before is missing.
    lost: str | None
    tier_before: str | None
    tier_after: str | None
    clocks: tuple[ClockChange, ...]
    time_outs: tuple[TimeOutChange, ...]
    #: What would be written under the other version and not under the one that is followed.
    changes: tuple[Change, ...]

    @property
    def moves(self) -> bool:
        """Whether a due date or the tier is another one."""
        return self.tier_before != self.tier_after or any(one.moves for one in self.due_dates)

    @property
    def due_dates(self) -> list[ClockChange | TimeOutChange]:
        """Every due date that there is under one of the versions: clocks, then time-outs."""
        running = [clock for clock in self.clocks if clock.before is not None or clock.after is not None]
        return [*running, *self.time_outs]


def compare_versions(
    facts: Facts, follows: str, before: Followed | None, after: Followed, *, lost: str | None = None
) -> Rebase:
    """Compare two versions on one ticket at one instant.

    Args:
        facts: The ticket at the instant to compare at; which policy counted them does not matter.
        follows: Hash of the version that the ticket follows.
        before: That version; None when it cannot be asked any more.
        after: The other version.
        lost: Why `before` is not there.
    """
    # Without a version to compare with, every clock of the other one is new.
    old = msgspec.structs.replace(after, policy=_empty(after.policy)) if before is None else before
    stood = facts.ledger.escalation if before is None else old.plan.ledger.escalation
    stands = after.plan.ledger.escalation
    written = () if before is None else tuple(_wordless(change) for change in before.plan.changes)
    return Rebase(
        ref=after.plan.ref,
        key=after.plan.key,
        subject=after.plan.subject,
        follows=follows,
        to=after.policy.hash,
        lost=lost,
        tier_before=None if stood is None else stood.tier,
        tier_after=None if stands is None else stands.tier,
        clocks=compare_clocks(old.policy, after.policy, facts),
        time_outs=_time_outs(old.policy, after.policy, facts),
        changes=tuple(change for change in after.plan.changes if _wordless(change) not in written),
    )


def rebase_text(rebase: Rebase) -> str:
    """The comparison for a terminal: where it stands, every due date before and after, what would be written."""
    lines = [
        f"{rebase.ref} ({rebase.key}) {rebase.subject}",
        f"  follows policy {rebase.follows}, would follow {rebase.to}",
    ]
    if rebase.lost is not None:
        lines.append(f"  before cannot be told: {rebase.lost}")
    lines.append(f"  {_tiers(rebase)}")
    lines += [f"  {change.text}" for change in rebase.due_dates]
    lines += [f"  + {describe(change)}" for change in rebase.changes]
    return "\n".join(lines)


def rebase_summary(rebase: Rebase) -> str:
    """The comparison in one line, for the journal: what moves, or that nothing does."""
    parts = [_tiers(rebase)] if rebase.tier_before != rebase.tier_after else []
    parts += [change.text for change in rebase.due_dates if change.moves]
    told = "; ".join(parts) if parts else "no due date moves"
    return f"re-based from policy {rebase.follows} to {rebase.to}: {told}"


def _time_outs(old: Policy, new: Policy, facts: Facts) -> tuple[TimeOutChange, ...]:
    """The time-outs of the tier that the ticket is in, those of the new version first."""
    before, after = _due_at(old, facts), _due_at(new, facts)
    return tuple(
        TimeOutChange(source=source, before=before.get(source), after=after.get(source))
        for source in dict.fromkeys((*after, *before))
    )


def _due_at(policy: Policy, facts: Facts) -> dict[str, datetime | None]:
    escalation = facts.ledger.escalation
    tier = None if escalation is None else policy.tier(escalation.tier)
    if escalation is None or tier is None or policy.above(tier) is None:
        return {}
    return {one.source: one.due_at for one in time_outs(tier, escalation)}


def _empty(policy: Policy) -> Policy:
    """A policy that decides nothing."""
    return Policy(hash="", tiers=(), rules=(), calendars=policy.calendars)


def _wordless(change: Change) -> Change:
    """A change without its reason: the same act for another reason is the same act."""
    return msgspec.structs.replace(change, because="", rule="")


def _tiers(rebase: Rebase) -> str:
    return f"tier: {_arrow(rebase.tier_before or 'none', rebase.tier_after or 'none')}"


def _arrow(before: str, after: str) -> str:
    return f"stays {before}" if before == after else f"{before} → {after}"


def _due(at: datetime | None) -> str:
    return "never" if at is None else f"due {at:%Y-%m-%d %H:%M} UTC"
