"""Brakes: a run that would touch too much at once is refused before its first write."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.plan import Plan
from rules.policy import Brakes

#: A share of fewer open tickets than this says nothing.
SMALLEST_POPULATION = 20


class UnsafePlanError(Exception):
    """A run would write to more tickets than the policy allows; the text has the numbers and how to go on."""


@dataclass(slots=True)
class Tally:
    """What a run would touch, counted plan by plan, each ticket once."""

    #: Hashes of the references, a third of their size: a first run may touch all of a large backlog.
    tickets: set[int] = field(default_factory=set)

    def plus(self, plan: Plan) -> Tally:
        """Count one plan more, in place; returns the tally itself."""
        self.tickets.add(hash(plan.ref))
        return self


def raise_if_unsafe(tally: Tally, brakes: Brakes, open_tickets: int) -> None:
    """Refuse a run that is over a limit.

    Args:
        tally: What the run would touch.
        brakes: The policy's limits.
        open_tickets: How many open tickets are known.

    Raises:
        UnsafePlanError: when it would write to more than `max_tickets` tickets, or to a larger share of the open
            tickets than `max_share` where there are at least 20 of them.
    """
    count = len(tally.tickets)
    share = f", {count / open_tickets:.0%}" if open_tickets else ""
    touched = f"This run would write to {count:,} of {open_tickets:,} open tickets{share}"
    if count > brakes.max_tickets:
        raise UnsafePlanError(f"{touched}; the limit is {brakes.max_tickets:,} tickets (brakes.max_tickets). {_ADVICE}")
    if open_tickets >= SMALLEST_POPULATION and count > brakes.max_share * open_tickets:
        raise UnsafePlanError(f"{touched}; the limit is {brakes.max_share:.0%} (brakes.max_share). {_ADVICE}")


_ADVICE = (
    "Nothing of this was written. Look at what it would write with: escalade plan. If that is right, go on with "
    "--force, or raise the limit in the policy; if not, correct the rule that matches too much."
)
