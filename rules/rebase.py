"""Rebase: what it would mean for one ticket to follow another version of the policy. Pure: compares two judgements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from rules.change import Change
from rules.decision import Decision
from rules.explain import describe
from rules.plan import Plan
from rules.ticket import TicketRef

_TIME_OUT = "timeout:"
_CLOCK = "sla:"


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one version of the policy decides about a ticket, and what would be written."""

    decision: Decision
    plan: Plan


class Deadline(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A clock or a tier's time-out, read at the instant of the decision."""

    #: The clock's state; `waiting` or `used up` for a time-out.
    state: str
    #: When it is due (UTC); None = a time-out that is used up, or a clock that is due at no instant.
    due_at: datetime | None


class Shift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One deadline under the version that is followed and under the other one; None = there is none under it."""

    #: `sla:first-response`, `timeout:tier1`
    what: str
    before: Deadline | None
    after: Deadline | None

    @property
    def moves(self) -> bool:
        """The two differ."""
        return self.before != self.after


class Rebase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One ticket, as the version decides that it follows and as another one would."""

    ref: TicketRef
    key: str
    subject: str
    #: Content hashes of the two versions.
    follows: str
    to: str
    #: Why the version that it follows cannot be asked; None = it was.
    lost: str | None = None
    tier_before: str | None
    tier_after: str | None
    #: Every deadline of either version, clocks first.
    shifts: tuple[Shift, ...]
    #: What would be written under the other version and not under the one that is followed.
    changes: tuple[Change, ...]


def compare_versions(follows: str, before: Judgement | None, after: Judgement, *, lost: str | None = None) -> Rebase:
    """Compare two judgements of one ticket at one instant.

    Args:
        follows: Hash of the version that the ticket follows.
        before: What that version says; None when it cannot be asked any more.
        after: What the other version says.
        lost: Why `before` is not there.
    """
    old = {} if before is None else dict(_deadlines(before.decision))
    new = dict(_deadlines(after.decision))
    written = () if before is None else tuple(_wordless(change) for change in before.plan.changes)
    stood = before.decision.escalation if before is not None else after.plan.ledger.escalation
    return Rebase(
        ref=after.plan.ref,
        key=after.plan.key,
        subject=after.plan.subject,
        follows=follows,
        to=after.decision.policy,
        lost=lost,
        tier_before=None if stood is None else stood.tier,
        tier_after=None if after.decision.escalation is None else after.decision.escalation.tier,
        shifts=tuple(Shift(what=what, before=old.get(what), after=new.get(what)) for what in _in_order(old, new)),
        changes=tuple(change for change in after.plan.changes if _wordless(change) not in written),
    )


def rebase_text(rebase: Rebase) -> str:
    """The comparison for a terminal: where it stands, every deadline before and after, what would be written."""
    lines = [
        f"{rebase.ref} ({rebase.key}) {rebase.subject}",
        f"  follows policy {rebase.follows}, would follow {rebase.to}",
    ]
    if rebase.lost is not None:
        lines.append(f"  before cannot be told: {rebase.lost}")
    lines.append(f"  tier: {_arrow(rebase.tier_before or 'none', rebase.tier_after or 'none')}")
    lines += [f"  {shift.what}: {_arrow(_spell(shift.before), _spell(shift.after))}" for shift in rebase.shifts]
    lines += [f"  + {describe(change)}" for change in rebase.changes]
    return "\n".join(lines)


def rebase_summary(rebase: Rebase) -> str:
    """The comparison in one line, for the journal: what moves, or that nothing does."""
    moved = [shift for shift in rebase.shifts if shift.moves]
    parts = [f"{shift.what} {_spell(shift.before)} → {_spell(shift.after)}" for shift in moved]
    if rebase.tier_before != rebase.tier_after:
        parts.insert(0, f"tier {rebase.tier_before or 'none'} → {rebase.tier_after or 'none'}")
    told = "; ".join(parts) if parts else "no deadline moves"
    return f"re-based from policy {rebase.follows} to {rebase.to}: {told}"


def _deadlines(decision: Decision) -> Iterator[tuple[str, Deadline]]:
    for reading in decision.clocks:
        yield f"{_CLOCK}{reading.target}", Deadline(state=reading.state.value, due_at=reading.due_at)
    for reason in decision.considered:
        if reason.source.startswith(_TIME_OUT) and reason.verdict is not None:
            used_up = reason.verdict.holds
            state = "used up" if used_up else "waiting"
            yield reason.source, Deadline(state=state, due_at=None if used_up else reason.verdict.flips_at)


def _in_order(old: dict[str, Deadline], new: dict[str, Deadline]) -> list[str]:
    """Clocks in the order of their versions, then time-outs."""
    return sorted(old | new, key=lambda what: what.startswith(_TIME_OUT))


def _wordless(change: Change) -> Change:
    """A change without its reason: the same act for another reason is the same act."""
    return msgspec.structs.replace(change, because="", rule="")


def _arrow(before: str, after: str) -> str:
    return f"{before} (unchanged)" if before == after else f"{before} → {after}"


def _spell(deadline: Deadline | None) -> str:
    if deadline is None:
        return "none"
    return deadline.state if deadline.due_at is None else f"{deadline.state}, due {deadline.due_at:%Y-%m-%d %H:%M} UTC"
