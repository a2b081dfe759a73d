"""Brakes: a run that would touch too much at once is refused before its first write."""

from __future__ import annotations

from rules.policy import Brakes

#: A share of fewer open tickets than this says nothing.
SMALLEST_POPULATION = 20


class UnsafePlanError(Exception):
    """A run would write to more tickets than the policy allows; the text has the numbers and how to go on."""


def raise_if_unsafe(count: int, brakes: Brakes, open_tickets: int) -> None:
    """Refuse a run that is over a limit.

    Args:
        count: How many tickets the run would write to.
        brakes: The policy's limits.
        open_tickets: How many open tickets are known.

    Raises:
        UnsafePlanError: when it would write to more than `max_tickets` tickets, or to a larger share of the open
            tickets than `max_share` where there are at least 20 of them.
    """
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
