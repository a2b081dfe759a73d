"""Brakes: a run that would touch too much at once is refused before its first write."""

from __future__ import annotations

from rules.policy import Brakes
from rules.span import spell

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
            tickets than `max_share` where that is a limit.
    """
    share = f", {count / open_tickets:.0%}" if open_tickets else ""
    touched = f"This run would write to {count:,} of {open_tickets:,} open tickets{share}"
    if count > brakes.max_tickets:
        raise UnsafePlanError(f"{touched}; the limit is {brakes.max_tickets:,} tickets (brakes.max_tickets). {_ADVICE}")
    by_share = _number_by_share(brakes, open_tickets)
    if by_share is not None and count > by_share:
        raise UnsafePlanError(f"{touched}; the limit is {brakes.max_share:.0%} (brakes.max_share). {_ADVICE}")


def safe_number(brakes: Brakes, open_tickets: int) -> int:
    """So many tickets may be written to at once, whatever would be written."""
    by_share = _number_by_share(brakes, open_tickets)
    return brakes.max_tickets if by_share is None else min(brakes.max_tickets, by_share)


def _number_by_share(brakes: Brakes, open_tickets: int) -> int | None:
    """How many tickets `max_share` allows; None = it is no limit: there are too few, or all of them are allowed.

    Tickets that are not open any more are written to as well, so a whole desk can be more than its open tickets.
    """
    if open_tickets < SMALLEST_POPULATION or brakes.max_share >= 1:
        return None
    return int(brakes.max_share * open_tickets)


def told_over(count: int, brakes: Brakes, open_tickets: int) -> str:
    """Why a service is held that wrote to so many tickets within the time that `brakes` name, and how it goes on."""
    return (
        f"{count:,} of {open_tickets:,} open tickets were written to within {spell(brakes.within)}; the limit is "
        f"{brakes.max_tickets:,} tickets (brakes.max_tickets) or {brakes.max_share:.0%} of them (brakes.max_share). "
        "Nothing more is written. Look at what it wrote with: escalade journal TICKET. If that is right, go on with: "
        "escalade brakes --release, or raise the limit in the policy; if not, correct the rule that matches too much."
    )


_ADVICE = (
    "Nothing of this was written. Look at what it would write with: escalade plan. If that is right, go on with "
    "--force, or raise the limit in the policy; if not, correct the rule that matches too much."
)
