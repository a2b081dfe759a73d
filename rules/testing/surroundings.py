"""Surroundings: what a decision about one ticket of a test looks at besides the ticket itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from rules.escalation.standing import ALONE, Around, Standing, accounts_of, foremost, is_record, proposed_by
from rules.ledger import Ledger
from rules.policy import Policy
from rules.testing.desk import Desk
from rules.ticket import Account, AccountRef, AccountSummary, OpenTicket, Ticket, TicketRef
from rules.timeline import as_people_set


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `rules.decide.decide` asks for besides the instant."""

    ticket: Ticket
    ledger: Ledger
    account: Account | None
    summary: AccountSummary | None
    linked: tuple[Ticket, ...]
    around: Around
    load: Mapping[str, int]


def around_of(desk: Desk, policy: Policy, ref: TicketRef, now: datetime) -> Surroundings:
    """What stands around a ticket at an instant (UTC), as far as the policy looks."""
    ticket = desk.tickets[ref]
    return Surroundings(
        ticket=ticket,
        ledger=desk.ledgers[ref],
        account=None if ticket.account is None else desk.accounts.get(ticket.account),
        summary=None if ticket.account is None else _summary(desk, policy, ticket.account, now),
        linked=_linked(desk, ticket) if policy.uses_linked else (),
        around=_around(desk, ticket) if policy.uses_records else ALONE,
        load=_load(desk, ref.helpdesk, now) if policy.assigns else {},
    )


def enlist(desk: Desk, now: datetime) -> None:
    """Let every record that is not over remember the tickets that it is about by now."""
    for ref, ticket in desk.tickets.items():
        standing = _says(desk, ticket) if is_record(ticket) else None
        if standing is None or standing.state.is_over:
            continue
        known = desk.members.setdefault(ref, set())
        known |= {other.ref for other in desk.there(now) if other.account in standing.accounts and other.status.is_open}


def _set(desk: Desk, ticket: Ticket) -> Ticket:
    """The ticket as people set it: what we write on one must not feed a rule about another."""
    return as_people_set(ticket, desk.ledgers[ticket.ref])


def _summary(desk: Desk, policy: Policy, account: AccountRef, now: datetime) -> AccountSummary:
    theirs = [one for one in desk.there(now) if one.account == account and one.status.is_open]
    counts = Counter(desk.ledgers[one.ref].base_priority(one.priority) for one in theirs)
    tickets: tuple[OpenTicket, ...] = ()
    if policy.uses_account_tickets:
        oldest = sorted((_set(desk, one) for one in theirs), key=lambda one: (one.created_at, one.ref))
        tickets = tuple(map(OpenTicket.of, oldest))
    return AccountSummary(
        ref=account,
        open_tickets=len(theirs),
        open_by_priority={priority: count for priority, count in counts.items() if priority is not None},
        tickets=tickets,
    )


def _linked(desk: Desk, ticket: Ticket) -> tuple[Ticket, ...]:
    others = dict.fromkeys(link.to for link in ticket.links)
    return tuple(replace(_set(desk, desk.tickets[ref]), comments=(), links=()) for ref in others if ref in desk.tickets)


def _around(desk: Desk, ticket: Ticket) -> Around:
    if is_record(ticket):
        return Around(members=_members(desk, ticket.ref))
    if ticket.account is None:
        return ALONE
    standing = standing_of(desk, ticket.account)
    return ALONE if standing is None else Around(standing=standing)


def standing_of(desk: Desk, account: AccountRef) -> Standing | None:
    """What the records of an account say of it; None = it has none."""
    records = (_says(desk, one) for one in desk.tickets.values() if is_record(one))
    return foremost(one for one in records if account in one.accounts)


def _says(desk: Desk, record: Ticket) -> Standing:
    told = desk.ledgers[record.ref].standing
    if told is not None:
        return replace(told, accounts=accounts_of(record))
    return proposed_by(record)


def _members(desk: Desk, record: TicketRef) -> tuple[Ticket, ...]:
    named = desk.members.get(record, set())
    named = named | {link.to for ref in named for link in desk.tickets[ref].links}
    members = (desk.tickets[ref] for ref in named if ref in desk.tickets and ref != record)
    found = (_set(desk, one) for one in members if not is_record(one))
    return tuple(sorted(found, key=lambda one: (one.created_at, one.ref)))


def _load(desk: Desk, helpdesk: str, now: datetime) -> Mapping[str, int]:
    theirs = (one for one in desk.there(now) if one.ref.helpdesk == helpdesk and one.status.is_open)
    load = Counter(one.assignee for one in theirs if one.assignee is not None)
    load.update({person: count for (where, person), count in desk.load.items() if where == helpdesk})
    return load
