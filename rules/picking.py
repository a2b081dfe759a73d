"""Picking: which person of a team should have the ticket, chosen once for an occasion and kept from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rules.choice import ANYBODY, Errand, Profile, pick
from rules.facts import Facts
from rules.findings import Findings, Turn
from rules.ledger import Escalation
from rules.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Somebody of a team, by what they have to bring."""

    #: Id of the team in the directory.
    team: str
    profile: Profile = ANYBODY


class Picked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The person for one occasion."""

    #: Names the occasion in `Ledger.chosen`.
    key: str
    #: `tier:ID` or `rule:ID`.
    source: str
    #: The person's id in the ticket's helpdesk; None = nobody can take it now.
    person: str | None
    because: str
    #: When somebody could (UTC), where nobody can.
    again_at: datetime | None = None


def picks(  # noqa: PLR0917 - who is asked for what, where, and how busy they are
    policy: Policy,
    escalation: Escalation | None,
    findings: Findings,
    facts: Facts,
    load: Mapping[str, int],
    episode: int,
) -> tuple[Picked, ...]:
    """The people whom the tier and the rules that hold want for the ticket.

    Who was chosen stays chosen for as long as the rule holds or the tier lasts, whoever goes home or gets less to do
    meanwhile: a ticket does not wander.

    Args:
        policy: Gives the teams.
        escalation: Where the ticket stands.
        findings: The rules that hold.
        facts: The ticket at the instant of the decision, and who was chosen before.
        load: Open tickets by the assignee's id in the ticket's helpdesk.
        episode: The running episode, or the one that the next escalation would begin.
    """
    return tuple(
        _picked(policy, assignment, source, f"{source}:{episode}", facts, load)
        for source, assignment in _assignments(policy, escalation, findings)
    )


def picking_turns(picked: tuple[Picked, ...]) -> Iterator[Turn]:
    """The instants at which somebody could take what nobody can take now."""
    for one in picked:
        if one.person is None and one.again_at is not None:
            yield Turn(one.again_at, f"{one.source} could find somebody")


def _assignments(policy: Policy, escalation: Escalation | None, findings: Findings) -> Iterator[tuple[str, Assignment]]:
    tier = None if escalation is None else policy.tier(escalation.tier)
    if tier is not None and tier.assign is not None:
        yield f"tier:{tier.id}", tier.assign
    for rule in findings.rules:
        if rule.assign is not None:
            yield f"rule:{rule.id}", rule.assign


def _picked(  # noqa: PLR0917 - who is asked for what, where, and how busy they are
    policy: Policy, assignment: Assignment, source: str, key: str, facts: Facts, load: Mapping[str, int]
) -> Picked:
    if (known := facts.ledger.chosen.get(key)) is not None:
        return Picked(key=key, source=source, person=known, because=f"{known} was chosen from {assignment.team}")
    helpdesk = facts.ticket.ref.helpdesk
    errand = Errand(
        team=policy.directory.teams[assignment.team],
        at=facts.now,
        helpdesk=helpdesk,
        profile=assignment.profile,
        load=load,
    )
    choice = pick(policy.directory, errand)
    passed = "; ".join(f"{one.person} {one.why}" for one in choice.passed)
    because = f"{choice.reason} (not: {passed})" if passed else choice.reason
    person = None if choice.person is None else choice.person.account(helpdesk)
    return Picked(key=key, source=source, person=person, because=because, again_at=choice.flips_at)
