"""Impact: what a change of the policy does to the tickets that are open now, and what it would have done lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from rules.facts import Facts
from rules.policy import Policy
from rules.recalculate import read_clocks
from rules.replay.backtest import Comparison
from rules.replay.edits import Edit
from rules.ticket import TicketRef

#: Below the lowest tier of any policy.
_NOWHERE = -1


class Stand(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one open ticket stands under one policy."""

    ticket: TicketRef
    #: None = it is not escalated; and which one from below that tier is.
    tier: str | None = None
    rank: int = _NOWHERE
    #: Service-level clock that runs → when it is due (UTC), as if it went on now where it stands still.
    due: Mapping[str, datetime] = {}


class DueMove(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A due date (UTC) that is another one now; None = the clock does not run under that policy."""

    clock: str
    before: datetime | None
    after: datetime | None


class Shift(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An open ticket that stands otherwise under the new policy."""

    ticket: TicketRef
    tier_before: str | None
    tier_after: str | None
    #: Above 0: up; below 0: down.
    steps: int
    due: tuple[DueMove, ...]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of the policy does. The same tickets, past and policies give the same value, always."""

    #: Content hashes of the two policies.
    before: str
    after: str
    #: What the texts of the policies say otherwise.
    edits: tuple[Edit, ...]
    #: The instant at which open tickets were compared (UTC), and how many of them there are.
    at: datetime
    open_tickets: int
    #: Those that stand otherwise: the longest way first, then by their ids.
    shifts: tuple[Shift, ...]
    #: Of all due dates of open tickets, how many are other ones.
    due_dates: int
    #: The days before `at` that were played, and what they come to under the two policies.
    days: int
    past: Comparison

    @property
    def up(self) -> int:
        """Tickets that move up."""
        return sum(one.steps > 0 for one in self.shifts)

    @property
    def down(self) -> int:
        """Tickets that move down."""
        return sum(one.steps < 0 for one in self.shifts)

    @property
    def is_none(self) -> bool:
        """Whether nothing changes: neither for an open ticket nor in the days that were played."""
        told = msgspec.structs.replace(self.past.after, policy="") == msgspec.structs.replace(
            self.past.before, policy=""
        )
        return told and not self.shifts


def stand_of(policy: Policy, facts: Facts, tier: str | None) -> Stand:
    """How a ticket stands.

    Args:
        policy: What decides.
        facts: The ticket at the instant to look at; which policy counted them does not matter.
        tier: The tier that it is in under that policy; None = it is not escalated.
    """
    clocks = read_clocks(policy, facts)
    due = {name: clock.due_at for name, clock in clocks.items() if clock is not None and clock.stopped_at is None}
    place = next((place for place, one in enumerate(policy.tiers) if one.id == tier), 0)
    rank = _NOWHERE if tier is None else place
    return Stand(ticket=facts.ticket.ref, tier=tier, rank=rank, due=due)


def shifts_of(before: Iterable[Stand], after: Iterable[Stand]) -> tuple[Shift, ...]:
    """The tickets that stand otherwise: the longest way first, then by their ids."""
    old, new = ({one.ticket: one for one in stands} for stands in (before, after))
    nowhere = (Stand(ticket=ref) for ref in old.keys() | new.keys())
    pairs = ((old.get(one.ticket, one), new.get(one.ticket, one)) for one in nowhere)
    found = [shift for shift in (_shift(*pair) for pair in pairs) if shift.steps or shift.due]
    return tuple(sorted(found, key=lambda shift: (-abs(shift.steps), -len(shift.due), shift.ticket)))


def _shift(old: Stand, new: Stand) -> Shift:
    names = dict.fromkeys((*new.due, *old.due))
    return Shift(
        ticket=new.ticket,
        tier_before=old.tier,
        tier_after=new.tier,
        # A tier that stays the same has not moved, whatever was put below it.
        steps=0 if old.tier == new.tier else new.rank - old.rank or 1,
        due=tuple(
            DueMove(clock=name, before=old.due.get(name), after=new.due.get(name))
            for name in names
            if old.due.get(name) != new.due.get(name)
        ),
    )


def impact_of(
    stands: tuple[Iterable[Stand], Iterable[Stand]],
    at: datetime,
    days: int,
    past: Comparison,
    edits: tuple[Edit, ...],
) -> Impact:
    """Compare how open tickets stand under two policies, and what the last days come to."""
    old, new = map(tuple, stands)
    shifts = shifts_of(old, new)
    return Impact(
        before=past.before.policy,
        after=past.after.policy,
        edits=edits,
        at=at,
        open_tickets=len({one.ticket for one in (*old, *new)}),
        shifts=shifts,
        due_dates=sum(len(one.due) for one in shifts),
        days=days,
        past=past,
    )
