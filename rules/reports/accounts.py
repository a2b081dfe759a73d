"""Accounts: the escalation of a customer's account in one line, as its record tells it. Pure."""

from __future__ import annotations

from rules.escalation.record.record import AccountRecord
from rules.escalation.standing import AccountState, accounts_of
from rules.facts import Facts
from rules.policy import Policy
from rules.reports.escalated import Deadline, Escalated, Level
from rules.reports.updates import colour_of, due_by_cadence, running_cadences

#: Nothing is owed for these any more.
_OVER = frozenset({AccountState.REFUSED, AccountState.CLOSED})


def account_row(policy: Policy, facts: Facts, record: AccountRecord) -> Escalated | None:
    """One escalation of an account; None once nothing is owed for it any more."""
    ticket, course = facts.ticket, record.course
    if not ticket.status.is_open or record.state in _OVER:
        return None
    running = running_cadences(policy, facts)
    owed = [duty for duty in record.duties if not (duty.is_done or duty.is_dropped)]
    return Escalated(
        ref=ticket.ref,
        key=ticket.key,
        url=ticket.url,
        subject=ticket.subject,
        level=Level.ACCOUNT,
        since=course.stages[0].at,
        account=customers_of(facts),
        region=_region(policy, facts, course.owner),
        stage=record.state,
        colour=record.colour or colour_of(running),
        priority=ticket.priority,
        owner=_named(policy, course.owner),
        sponsor=_named(policy, course.sponsor),
        deadlines=tuple(sorted([*(Deadline(duty.due_at, duty.title) for duty in owed), *due_by_cadence(running)])),
        misses=len(record.late) + sum(one.verdict.holds for one in running),
        done=sum(duty.is_done for duty in record.items),
        planned=len(record.items),
        gaps=tuple(gap.text for gap in record.gaps),
    )


def customers_of(facts: Facts) -> str:
    """Whose escalation a record is: the account's name where it is known, else the references that it names."""
    if facts.account is not None:
        return facts.account.name
    return ", ".join(str(ref) for ref in accounts_of(facts.ticket))


def _named(policy: Policy, person: str | None) -> str:
    known = None if person is None else policy.directory.people.get(person)
    return known.name if known is not None else person or ""


def _region(policy: Policy, facts: Facts, owner: str | None) -> str | None:
    """The account's region, else that of whoever is accountable."""
    said = None if facts.account is None else facts.account.fields.get("region")
    if isinstance(said, str) and said:
        return said
    person = None if owner is None else policy.directory.people.get(owner)
    return None if person is None else person.region
