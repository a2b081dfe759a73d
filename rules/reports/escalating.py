"""Escalating: what of a ticket's decision makes it an escalation, and what is owed and missing there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.cadence_reading import CadenceReading, read_cadence
from rules.clocks.clock import ClockReading, ClockState
from rules.decision import Decision
from rules.facts import Facts
from rules.ledger import Escalation
from rules.policy import Policy, Tier
from rules.reports.escalated import Deadline, Escalated, Level
from rules.ticket import Child, Ticket
from rules.timeouts import first_due

#: A clock in one of these states still owes something.
_OWING = frozenset({ClockState.RUNNING, ClockState.WARNING, ClockState.BREACHED})


def escalated_of(policy: Policy, facts: Facts, decision: Decision) -> Escalated | None:
    """One escalation for lists and digests; None when the ticket is not escalated.

    Args:
        policy: The version of the policy that decided.
        facts: The facts that it decided on, the tickets at the other ends of its links included.
        decision: What it decided about the ticket.
    """
    escalation = decision.escalation
    if escalation is None:
        return None
    ticket, tier = facts.ticket, policy.tier(escalation.tier)
    cadences = [read_cadence(cadence, facts) for cadence in policy.cadences]
    running = [one for one in cadences if one.colour is not None and one.cycle is not None]
    work = tuple(_work(facts))
    return Escalated(
        ref=ticket.ref,
        key=ticket.key,
        url=ticket.url,
        subject=ticket.subject,
        level=Level.TICKET,
        since=escalation.since,
        account=_account(facts),
        region=region_of(policy, facts),
        tier=escalation.tier if tier is None else tier.name,
        stage="acknowledged" if escalation.acknowledged_at is not None else "",
        colour=next((one.colour.name for one in running if one.colour is not None), ""),
        priority=ticket.priority,
        owner=owner_of(policy, ticket),
        deadlines=tuple(sorted(_deadlines(tier, escalation, decision.clocks, running))),
        misses=sum(reading.misses for reading in decision.clocks) + sum(one.verdict.holds for one in running),
        done=sum(not child.status.is_open for child in work),
        planned=len(work),
        gaps=tuple(_gaps(policy, ticket, tier, work)),
    )


def owner_of(policy: Policy, ticket: Ticket) -> str:
    """Who has the ticket: the person by name where the directory knows them, else the group; empty = nobody."""
    if ticket.assignee is None:
        return ticket.group or ""
    person = policy.directory.person_of(ticket.ref.helpdesk, ticket.assignee)
    return ticket.assignee if person is None else person.name


def region_of(policy: Policy, facts: Facts) -> str | None:
    """The account's region, else that of the person who has the ticket; None = neither is known."""
    named = None if facts.account is None else facts.account.fields.get("region")
    if isinstance(named, str) and named:
        return named
    ticket = facts.ticket
    person = None if ticket.assignee is None else policy.directory.person_of(ticket.ref.helpdesk, ticket.assignee)
    return None if person is None else person.region


def _account(facts: Facts) -> str:
    if facts.account is not None:
        return facts.account.name
    return "" if facts.ticket.account is None else str(facts.ticket.account)


def _deadlines(
    tier: Tier | None, escalation: Escalation, clocks: Sequence[ClockReading], cadences: Sequence[CadenceReading]
) -> Iterator[Deadline]:
    yield from (Deadline(one.due_at, one.target) for one in clocks if one.stopped_at is None and one.state in _OWING)
    yield from (Deadline(one.cycle.due_at, f"{one.cadence.id} update") for one in cadences if one.cycle is not None)
    climbs = None if tier is None else first_due(tier, escalation)
    if tier is not None and climbs is not None and climbs.due_at is not None:
        yield Deadline(climbs.due_at, f"leaves {tier.name}")


def _work(facts: Facts) -> Iterator[Child]:
    """The subtasks that were made for the escalation, wherever they lie."""
    ours = set(facts.ledger.remediation.values())
    for ticket in (facts.ticket, *facts.linked):
        yield from (child for child in ticket.children if child.ref in ours)


def _gaps(policy: Policy, ticket: Ticket, tier: Tier | None, work: Sequence[Child]) -> Iterator[str]:
    if not owner_of(policy, ticket):
        yield "no owner"
    if tier is not None and tier.remediation is not None and not work:
        yield "no plan"
    undated = [child.key for child in work if child.status.is_open and (child.assignee is None or child.due_on is None)]
    if undated:
        yield f"work without owner or date: {', '.join(undated)}"
