"""Limits: what holds for every run and every changed policy, also where the files say nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.policy import InFlight, Policy
from rules.reports.sheet import Section, table_of
from rules.span import spell

_IN_FLIGHT = {
    InFlight.KEEP: "the version that began an escalation decides until it is over",
    InFlight.REBASE: "the newest version decides on every ticket",
}


def brake_sections(policy: Policy) -> Iterator[Section]:
    """The brakes in force."""
    brakes = policy.brakes
    rows = (
        ("tickets that one run may write to", str(brakes.max_tickets)),
        ("share of all open tickets that one run may write to", f"{brakes.max_share:.4g}"),
        ("time within which the tickets that a service writes to count as one run", spell(brakes.within)),
        ("comments on one ticket within an hour", str(brakes.max_comments_per_hour)),
        ("public comments on one ticket within 24 hours", str(brakes.max_public_comments_per_day)),
    )
    yield Section(heading="The limits in force", level=3, table=table_of(("at most", "so many"), rows))


def release_sections(policy: Policy) -> Iterator[Section]:
    """When a ticket leaves the ladder."""
    also = " or when nothing holds it there any more" if policy.release_when_nothing_holds else ""
    yield Section(heading="In force", level=3, sentences=(f"A ticket leaves the ladder when it is solved{also}.",))


def in_flight_sections(policy: Policy) -> Iterator[Section]:
    """What a changed policy means for running escalations."""
    told = f"When the policy is changed, {_IN_FLIGHT[policy.in_flight]}."
    yield Section(heading="In force", level=3, sentences=(told,))
