"""Recalculate: what an edit of the policy or of the ticket does to every clock, before against after. Pure.

Nothing is stored of a clock but the ticket's own past, so a recalculation loses nothing and can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from rules.clocks.book import ClockBook
from rules.clocks.clock import ClockReading, ClockState
from rules.facts import Facts
from rules.policy import Policy
from rules.words import minute


class ClockChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One clock before and after the edit; None = it did not run there."""

    clock: str
    before: ClockReading | None
    after: ClockReading | None

    @property
    def moves(self) -> bool:
        """Whether anything that people see of the clock is different."""
        return _seen(self.before) != _seen(self.after)

    @property
    def text(self) -> str:
        """Before and after in one line."""
        if not self.moves:
            return f"{self.clock}: stays {_words(self.before)}"
        return f"{self.clock}: {_words(self.before)} → {_words(self.after)}{_kept(self.before, self.after)}"


def compare_clocks(old: Policy, new: Policy, facts: Facts) -> tuple[ClockChange, ...]:
    """Every clock of two policies on one ticket, in the order of the new one; those that are gone come last.

    Args:
        old: The policy that was followed.
        new: The policy to follow.
        facts: The ticket at the instant to compare at; which policy counted them does not matter.
    """
    return _changes(read_clocks(old, facts), read_clocks(new, facts))


def compare_edit(policy: Policy, before: Facts, after: Facts) -> tuple[ClockChange, ...]:
    """Every clock of a policy before and after an edit of the ticket, such as another priority."""
    return _changes(read_clocks(policy, before), read_clocks(policy, after))


def read_clocks(policy: Policy, facts: Facts) -> dict[str, ClockReading | None]:
    """Every clock of a policy, by its id; None where it does not apply or has not started."""
    counted = facts.asked_by(policy.responses, ClockBook(policy.sla), policy)
    return {target.id: counted.clock(target.id) for target in policy.sla}


def _changes(
    before: Mapping[str, ClockReading | None], after: Mapping[str, ClockReading | None]
) -> tuple[ClockChange, ...]:
    names: Iterable[str] = dict.fromkeys((*after, *before))
    return tuple(ClockChange(clock=name, before=before.get(name), after=after.get(name)) for name in names)


def _seen(reading: ClockReading | None) -> object:
    return None if reading is None else (reading.state, reading.due_at, reading.misses)


def _words(reading: ClockReading | None) -> str:
    if reading is None:
        return "no clock"
    left = ", as if it went on now" if reading.state is ClockState.PAUSED else ""
    return f"{reading.state}, due {minute(reading.due_at)}{left}"


def _kept(before: ClockReading | None, after: ClockReading | None) -> str:
    """What a running clock takes along: the reason why its due instant is no surprise."""
    if before is None or after is None or before.started_at != after.started_at:
        return ""
    same = before.elapsed == after.elapsed and before.paused == after.paused
    return (
        f" (allowed {before.allowed} → {after.allowed}; used-up and paused time {'kept' if same else 'counted anew'})"
    )
