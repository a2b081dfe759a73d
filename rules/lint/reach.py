"""Reach: tiers that no ticket can come into, and paths that it cannot go on from."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.finding import Flaw
from rules.lint.subject import Subject
from rules.policy import Tier


def unreachable_tier(subject: Subject) -> Iterator[Flaw]:
    """Tiers that nothing asks for and no time-out leads into."""
    reached = set(_asked_for(subject))
    for tiers in _ladders(subject):
        for below, tier in zip([None, *tiers], tiers, strict=False):
            if below is not None and below.id in reached and _climbs(below):
                reached.add(tier.id)
            if tier.id not in reached:
                yield Flaw(
                    path=subject.place("tiers", tier.id),
                    message=f"no ticket can come into the tier {tier.id!r}",
                    hint="name it in escalate_to or in a matrix cell, or give the tier below it a time-out",
                )


def path_without_exit(subject: Subject) -> Iterator[Flaw]:
    """Paths on which a ticket stays where it came in until somebody solves it."""
    if subject.policy.release_when_nothing_holds:
        return
    for tiers in _ladders(subject):
        if tiers[0].path and not any(tier.terminal or _climbs(tier) for tier in tiers):
            yield Flaw(
                path=subject.place("paths", tiers[0].path),
                message=f"nothing leads on or out of the path {tiers[0].path!r} until the ticket is solved",
                hint="give its tiers time-outs, or say terminal: true where the path ends",
            )


def _ladders(subject: Subject) -> list[list[Tier]]:
    """The tiers of each path, lowest first; without paths all of them."""
    ladders: dict[str, list[Tier]] = {}
    for tier in subject.policy.tiers:
        ladders.setdefault(tier.path, []).append(tier)
    return [sorted(tiers, key=lambda tier: tier.rank) for tiers in ladders.values()]


def _climbs(tier: Tier) -> bool:
    return tier.timeout is not None or tier.unacknowledged is not None


def _asked_for(subject: Subject) -> Iterator[str]:
    """The tiers that something asks for that can hold."""
    policy = subject.policy
    wishes = [rule.escalate_to for rule in policy.rules if not rule.in_shadow and subject.together(rule.when)]
    wishes += [cell.tier for cell in (() if policy.matrix is None else policy.matrix.cells.values())]
    wishes += [step.escalate_to for target in policy.sla for step in target.breaches]
    wishes += [step.escalate_to for cadence in policy.cadences for step in cadence.chase]
    return (tier for tier in wishes if tier is not None)
