"""Wishes: what the tier, the matrix and the rules want of a ticket's own values, and who is heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rules.conflicts import Settled, Want, settle
from rules.facts import Facts
from rules.findings import Findings
from rules.ledger import Escalation
from rules.owners import Owner, owner_of
from rules.parts import ASSIGNEE, GROUP, PRIORITY, STATUS, field_part
from rules.picking import Picked
from rules.policy import Policy, Tier
from rules.ticket import Scalar, Ticket
from rules.wants import Asked


def settled_wishes(
    policy: Policy, escalation: Escalation | None, findings: Findings, facts: Facts, picked: Sequence[Picked] = ()
) -> Settled:
    """Hear what is wanted in the declared order: the tier, the matrix, then the rules as the files list them."""
    people = {one.source: one for one in picked if one.person is not None}
    return settle(_wants(policy, escalation, findings, facts.ticket.ref.helpdesk, people))


def fields_of(settled: Settled) -> Mapping[str, Scalar]:
    """Field → value, of the wants that are heard."""
    prefix = field_part("")
    return {
        part.removeprefix(prefix): want.asked.value for part, want in settled.won.items() if part.startswith(prefix)
    }


def word_of(settled: Settled, part: str) -> str | None:
    """The word that is heard for a part."""
    won = settled.won.get(part)
    return None if won is None else str(won.asked.value)


def group_of(settled: Settled, policy: Policy, tier: Tier | None, ticket: Ticket) -> Want | None:
    """The owner group that is heard; not the tier's where people brought the ticket to the group of a higher tier.

    A ticket is never handed down the ladder, and then no rule's group steps in either: the tier was heard.
    """
    won = settled.won.get(GROUP)
    if won is None or tier is None or won.by != f"tier:{tier.id}" or ticket.group == won.asked.value:
        return won
    helpdesk = ticket.ref.helpdesk
    above = (other for other in policy.tiers if other.path == tier.path and other.rank > tier.rank)
    higher = {group for other in above for group in other.groups.get(helpdesk, ())}
    return None if ticket.group in higher else won


def _wants(
    policy: Policy,
    escalation: Escalation | None,
    findings: Findings,
    helpdesk: str,
    people: Mapping[str, Picked],
) -> Iterator[Want]:
    tier = None if escalation is None else policy.tier(escalation.tier)
    if escalation is not None and tier is not None:
        yield from _of_tier(tier, owner_of(tier, escalation, helpdesk, policy.directory), helpdesk)
        yield from _of_person(people.get(f"tier:{tier.id}"))
    cell = findings.cell
    if cell is not None and cell.cell.priority is not None:
        floor = Asked(PRIORITY, cell.cell.priority.value, floor=True)
        yield Want(asked=floor, by=cell.source, because=f"{cell.source} wants {cell.cell.priority} at least")
    for rule in findings.rules:
        for asked in rule.sets.asked(helpdesk):
            yield Want(asked=asked, by=f"rule:{rule.id}", because=rule.description or f"rule {rule.id}")
        yield from _of_person(people.get(f"rule:{rule.id}"))


def _of_person(picked: Picked | None) -> Iterator[Want]:
    if picked is not None:
        yield Want(asked=Asked(ASSIGNEE, picked.person), by=picked.source, because=picked.because)


def _of_tier(tier: Tier, owner: Owner | None, helpdesk: str) -> Iterator[Want]:
    source = f"tier:{tier.id}"
    if tier.priority_floor is not None:
        floor = Asked(PRIORITY, tier.priority_floor.value, floor=True)
        yield Want(asked=floor, by=source, because=f"{tier.name} wants {tier.priority_floor} at least")
    if owner is not None:
        yield Want(asked=Asked(GROUP, owner.group), by=source, because=owner.because)
    if (person := tier.assignees.get(helpdesk)) is not None:
        yield Want(asked=Asked(ASSIGNEE, person), by=source, because=f"{person} takes {tier.name}")
    if (status := tier.statuses.get(helpdesk)) is not None:
        asked = Asked(STATUS, status, restore=tier.restore_status)
        yield Want(asked=asked, by=source, because=f"{tier.name} begins as {status}")
    for name, value in tier.fields.get(helpdesk, {}).items():
        yield Want(asked=Asked(field_part(name), value), by=source, because=f"{tier.name} sets it")
