"""Escalating: what of a ticket's decision makes it an escalation, and what is owed and missing there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rules.clocks.clock import ClockReading, ClockState
from rules.decision import Decision
from rules.escalation.case import Case
from rules.escalation.case_clock import ClockState as CaseState
from rules.escalation.record.record import read_record
from rules.escalation.stage import Stage
from rules.facts import Facts
from rules.ledger import Escalation
from rules.policy import Policy, Tier
from rules.reports.accounts import account_row
from rules.reports.escalated import Deadline, Escalated, Level
from rules.reports.updates import colour_of, due_by_cadence, running_cadences
from rules.ticket import Child, Ticket
from rules.timeouts import first_due

#: A clock in one of these states still owes something.
_OWING = frozenset({ClockState.RUNNING, ClockState.WARNING, ClockState.BREACHED})
_AWAITED = frozenset({CaseState.RUNNING, CaseState.WARNING, CaseState.LATE})


def escalated_of(policy: Policy, facts: Facts, decision: Decision) -> Escalated | None:
    """One escalation for lists and digests; None when neither the ticket is escalated nor an account by it.

    Args:
        policy: The version of the policy that decided.
        facts: The facts that it decided on, the tickets at the other ends of its links included.
        decision: What it decided about the ticket.
    """
    record = read_record(facts)
    if record is not None:
        return account_row(policy, facts, record)
    case = decision.case
    if case is not None and not _goes(case.stage):
        case = None
    if decision.escalation is None and case is None:
        return None
    return _ticket_row(policy, facts, decision, case)


def _ticket_row(policy: Policy, facts: Facts, decision: Decision, case: Case | None) -> Escalated:
    ticket, escalation = facts.ticket, decision.escalation
    tier = None if escalation is None else policy.tier(escalation.tier)
    running = running_cadences(policy, facts)
    work = tuple(_work(facts))
    deadlines = [*_deadlines(tier, escalation, decision.clocks), *due_by_cadence(running), *_of_case(case, facts.now)]
    misses = sum(reading.misses for reading in decision.clocks) + sum(one.verdict.holds for one in running)
    return Escalated(
        ref=ticket.ref,
        key=ticket.key,
        url=ticket.url,
        subject=ticket.subject,
        level=Level.TICKET,
        since=_since(escalation, case) or facts.now,
        account=_account(facts),
        region=region_of(policy, facts),
        tier="" if escalation is None else escalation.tier if tier is None else tier.name,
        stage=_stage(escalation, case),
        colour=colour_of(running),
        priority=ticket.priority,
        impact="" if case is None else case.impact or "",
        owner=owner_of(policy, ticket),
        deadlines=tuple(sorted(deadlines)),
        misses=misses + (0 if case is None else case.misses),
        done=sum(not child.status.is_open for child in work),
        # Work whose state nobody has read yet is planned all the same.
        planned=max(len(work), len(facts.ledger.remediation)),
        gaps=(*_gaps(policy, facts, tier, work), *(() if case is None else case.missing)),
    )


def _since(escalation: Escalation | None, case: Case | None) -> datetime | None:
    """When it began: with the request, or with the entry into the ladder."""
    begun = [] if escalation is None else [escalation.since]
    entries = [] if case is None else [step.at for step in case.steps if _goes(step.to) and not _goes(step.before)]
    return min([*begun, *entries[-1:]], default=None)


def _goes(stage: Stage) -> bool:
    return stage.is_waiting or stage.is_running


def _stage(escalation: Escalation | None, case: Case | None) -> str:
    if case is not None:
        return case.stage
    return "acknowledged" if escalation is not None and escalation.acknowledged_at is not None else ""


def _of_case(case: Case | None, now: datetime) -> Iterator[Deadline]:
    for clock in () if case is None else case.clocks:
        if clock.state(now) in _AWAITED:
            yield Deadline(clock.due_at, clock.what)


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


def _deadlines(tier: Tier | None, escalation: Escalation | None, clocks: Sequence[ClockReading]) -> Iterator[Deadline]:
    yield from (Deadline(one.due_at, one.target) for one in clocks if one.stopped_at is None and one.state in _OWING)
    climbs = None if tier is None or escalation is None else first_due(tier, escalation)
    if tier is not None and climbs is not None and climbs.due_at is not None:
        yield Deadline(climbs.due_at, f"leaves {tier.name}")


def _work(facts: Facts) -> Iterator[Child]:
    """The subtasks that were made for the escalation, wherever they lie."""
    ours = set(facts.ledger.remediation.values())
    for ticket in (facts.ticket, *facts.linked):
        yield from (child for child in ticket.work if child.ref in ours)


def _gaps(policy: Policy, facts: Facts, tier: Tier | None, work: Sequence[Child]) -> Iterator[str]:
    if not owner_of(policy, facts.ticket):
        yield "no owner"
    if tier is not None and tier.remediation is not None and not facts.ledger.remediation:
        yield "no plan"
    undated = [child.key for child in work if child.status.is_open and (child.assignee is None or child.due_on is None)]
    if undated:
        yield f"work without owner or date: {', '.join(undated)}"
