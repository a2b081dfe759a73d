"""Ahead: what a policy will decide about a ticket if nobody acts, instant after instant. Pure.

Whatever is planned counts as written at once, as helpdesks do that refuse nothing, so what follows from it is told too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from rules.change import LinkTicket
from rules.decide import decide
from rules.decision import Decision
from rules.ledger import Ledger
from rules.listening import hearing_of
from rules.ownership import observe
from rules.plan import Plan, plan
from rules.policy import Policy
from rules.testing.desk import Desk
from rules.testing.surroundings import Surroundings
from rules.testing.writing import carry_out
from rules.ticket import StatusCategory, Ticket, TicketRef

_HOUR = timedelta(hours=1)
#: Times that a ticket is decided on at one instant; a policy that wants more does not come to rest.
_MOST_ROUNDS = 25
_WORDS = {category.value: category for category in StatusCategory}


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What holds at one instant, once everything that follows from it is written."""

    #: When (UTC).
    at: datetime
    #: How things stand after the writes.
    known: Surroundings
    decision: Decision
    #: What is written at that instant, by all rounds together, in their order.
    plans: tuple[Plan, ...]

    @property
    def rests(self) -> Plan:
        """The plan that leaves nothing to write: it says when to look again."""
        return self.plans[-1]


def decided(policy: Policy, known: Surroundings, at: datetime, *, proof: bool = False) -> Decision:
    """The decision on a ticket with what is known around it, at an instant (UTC)."""
    return decide(
        policy,
        known.ticket,
        known.account,
        known.summary,
        known.ledger,
        at,
        linked=known.linked,
        around=known.around,
        load=known.load,
        proof=proof,
    )


def planned(policy: Policy, known: Surroundings, decision: Decision) -> Plan:
    """What would be written for a decision."""
    recent = sum(said > decision.at - _HOUR for said in known.ledger.comments.values())
    return plan(known.ticket, decision, known.ledger, policy, recent, decision.at, around=known.around)


def settled(policy: Policy, known: Surroundings, at: datetime) -> Moment:
    """Decide, and write what follows, until nothing is left to write at that instant."""
    plans: list[Plan] = []
    for _ in range(_MOST_ROUNDS):
        seen = observe(known.ledger, known.ticket, at).ledger if plans else known.ledger
        known = replace(known, ledger=seen)
        decision = decided(policy, known, at)
        plans.append(planned(policy, known, decision))
        if not plans[-1].changes:
            break
        known = _written(policy, known, plans[-1], at)
    return Moment(at=at, known=known, decision=decision, plans=tuple(plans))


def ahead(policy: Policy, known: Surroundings, now: datetime) -> Iterator[Moment]:
    """The present, and then every instant at which something could change by itself, for as long as there are any.

    Args:
        policy: What decides.
        known: How things stand.
        now: The present (UTC).
    """
    moment = settled(policy, known, now)
    yield moment
    while (turn := moment.rests.wake_at) is not None and turn > moment.at:
        moment = settled(policy, moment.known, turn)
        yield moment


def _written(policy: Policy, known: Surroundings, todo: Plan, at: datetime) -> Surroundings:
    """How things stand once a plan is carried out."""
    tickets = {one.ref: replace(one, version="0") for one in (*known.linked, known.ticket)}
    # Of tickets that are written to and not known here, nothing is decided: it is enough that they are there.
    absent = {ref: _blank(ref, at) for ref in _named(todo) if ref not in tickets}
    desk = Desk(hearing=hearing_of(policy), statuses=_WORDS, tickets=tickets | absent)
    desk.ledgers = {ref: Ledger(ref=ref) for ref in desk.tickets} | {todo.ref: known.ledger}
    carry_out(desk, todo, at)
    ticket = desk.tickets[todo.ref]
    tied = {link.to for link in ticket.links} - absent.keys()
    linked = tuple(one for ref, one in desk.tickets.items() if ref in tied)
    return replace(
        known,
        ticket=ticket,
        ledger=desk.ledgers[todo.ref],
        linked=linked if policy.uses_linked else known.linked,
    )


def _named(todo: Plan) -> Iterator[TicketRef]:
    """The tickets that a plan writes to."""
    for change in todo.changes:
        yield change.on
        if isinstance(change, LinkTicket):
            yield change.to


def _blank(ref: TicketRef, at: datetime) -> Ticket:
    return Ticket(
        ref=ref,
        key=ref.id,
        url="",
        subject="",
        status=StatusCategory.OPEN,
        status_name="open",
        priority=None,
        created_at=at,
        updated_at=at,
        version="0",
    )
