"""Around: what a decision about one ticket of a replay looks at besides the ticket itself."""

from __future__ import annotations

from msgspec.structs import replace

from rules.escalation.standing import ALONE, Around, is_record
from rules.replay.world import World
from rules.testing.surroundings import Surroundings
from rules.ticket import AccountSummary, Ticket, TicketRef
from rules.timeline import as_people_set


def around_of(world: World, ref: TicketRef) -> Surroundings:
    """What stands around a ticket now, as far as the policy looks."""
    policy, ticket = world.policy, world.tickets[ref]
    return Surroundings(
        ticket=ticket,
        ledger=world.ledgers[ref],
        account=None if ticket.account is None else world.account(ticket.account),
        summary=_summary(world, ticket),
        linked=_linked(world, ticket) if policy.uses_linked and ticket.links else (),
        around=_around(world, ticket) if policy.uses_records else ALONE,
        load=world.census.load(ref.helpdesk),
    )


def _summary(world: World, ticket: Ticket) -> AccountSummary | None:
    return None if ticket.account is None else world.census.summary(ticket, ticket.account, world.ledgers[ticket.ref])


def _linked(world: World, ticket: Ticket) -> tuple[Ticket, ...]:
    """The tickets at the other ends as people set them: what we write on one must not feed a rule about another."""
    told = (link.to for link in ticket.links if link.to not in world.untold)
    found = (world.look(ref) for ref in dict.fromkeys(told))
    return tuple(replace(as_people_set(*one), comments=(), links=()) for one in found if one is not None)


def _around(world: World, ticket: Ticket) -> Around:
    if is_record(ticket):
        members = (as_people_set(*one) for one in world.members_of(ticket.ref) if not is_record(one[0]))
        return Around(members=tuple(sorted(members, key=lambda one: (one.created_at, one.ref))))
    standing = None if ticket.account is None else world.standing_of(ticket.account)
    return ALONE if standing is None else Around(standing=standing)
