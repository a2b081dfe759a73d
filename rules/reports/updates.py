"""Updates: the cadences that run on a ticket, for lists and digests. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.cadence_reading import CadenceReading, read_cadence
from rules.facts import Facts
from rules.policy import Policy
from rules.reports.escalated import Deadline


def running_cadences(policy: Policy, facts: Facts) -> list[CadenceReading]:
    """The cadences that run on the ticket now."""
    read = (read_cadence(cadence, facts) for cadence in policy.cadences)
    return [one for one in read if one.colour is not None and one.cycle is not None]


def colour_of(running: Sequence[CadenceReading]) -> str:
    """The colour of the first cadence that runs; empty = none does."""
    return next((one.colour.name for one in running if one.colour is not None), "")


def due_by_cadence(running: Sequence[CadenceReading]) -> Iterator[Deadline]:
    """The updates that are owed."""
    yield from (Deadline(one.cycle.due_at, f"{one.cadence.id} update") for one in running if one.cycle is not None)
