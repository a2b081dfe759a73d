"""Kin: what the open tickets of one account mean to each other, as far as a policy asks.

An account may have very many open tickets, and each change of one of them concerns all. What is passed over here is
what no condition could tell apart, so decisions are the same as with everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property

from rules.conditions.base import Condition
from rules.conditions.count import CountCondition, Selection
from rules.facts import Facts, Provenance, neighbour_of, spec_of
from rules.ledger import Ledger
from rules.policy import Policy
from rules.replay.walk import leaves_of
from rules.ticket import AccountRef, AccountSummary, OpenTicket, StatusCategory, Ticket, TicketRef

#: What one selection sees of a ticket; None = it never counts there.
_Sight = tuple[object, ...] | None
#: Whether a count that all tickets of an account share holds, and when that turns by itself (UTC).
CommonAnswer = tuple[bool, datetime | None]
_NOTHING = Ledger(ref=TicketRef("", ""))


class Kin:
    """The questions of one policy that the other tickets of an account are asked for."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @cached_property
    def _asked(self) -> tuple[Condition, ...]:
        return tuple(leaf for leaf in leaves_of(self._policy) if any(map(_of_summary, leaf.facts)))

    @cached_property
    def _selections(self) -> tuple[Selection, ...]:
        return tuple(leaf.selection for leaf in self._asked if isinstance(leaf, CountCondition))

    @cached_property
    def _sums(self) -> tuple[Condition, ...]:
        """Conditions on plain numbers of open tickets: all tickets of an account are told the same."""
        return tuple(leaf for leaf in self._asked if not isinstance(leaf, CountCondition))

    @cached_property
    def _common(self) -> tuple[CountCondition, ...]:
        """Counts that are the same for every ticket of an account, since nothing has to be shared with it."""
        asked = (leaf for leaf in self._asked if isinstance(leaf, CountCondition))
        return tuple(leaf for leaf in asked if not leaf.selection.same)

    @cached_property
    def _own(self) -> tuple[int, ...]:
        """Places of the selections that depend on the ticket that is asked about."""
        return tuple(place for place, selection in enumerate(self._selections) if selection.same)

    def own(self, sight: Sequence[_Sight]) -> tuple[_Sight, ...]:
        """What of a sight counts for some tickets of the account alone."""
        return tuple(sight[place] for place in self._own)

    def counts(self, account: AccountRef, tickets: Iterable[OpenTicket], at: datetime) -> list[CommonAnswer]:
        """What the counts that are common to an account answer at an instant (UTC), and when that turns."""
        if not self._common:
            return []
        seen = tuple(tickets)
        summary = AccountSummary(ref=account, open_tickets=len(seen), tickets=seen)
        facts = Facts(_nobody(account, at), None, summary, _NOTHING, at)
        found = (condition.evaluate(facts) for condition in self._common)
        return [(verdict.holds, verdict.flips_at) for verdict in found]

    def sight(self, ticket: OpenTicket, at: datetime) -> tuple[_Sight, ...]:
        """What the counts of the policy see of a ticket at an instant (UTC): equal sights count alike."""
        facts = neighbour_of(ticket, at)
        return tuple(_seen(selection, ticket, facts) for selection in self._selections)

    def sums(self, ticket: Ticket, summary: AccountSummary, at: datetime) -> Sequence[bool]:
        """What the policy's questions about plain numbers are answered, on whatever ticket of the account."""
        facts = Facts(ticket, None, summary, Ledger(ref=ticket.ref), at)
        return [condition.evaluate(facts).holds for condition in self._sums]


def _nobody(account: AccountRef, at: datetime) -> Ticket:
    """A ticket that does not count, for asking what the others come to."""
    return Ticket(
        ref=_NOTHING.ref,
        key="",
        url="",
        subject="",
        status=StatusCategory.SOLVED,
        status_name="",
        priority=None,
        created_at=at,
        updated_at=at,
        version="",
        account=account,
    )


def _of_summary(name: str) -> bool:
    spec = spec_of(name)
    return spec is not None and spec.provenance is Provenance.SUMMARY


def _seen(selection: Selection, ticket: OpenTicket, facts: Facts) -> _Sight:
    shared = tuple(facts.value(name) for name in selection.same)
    if None in shared:
        return None
    counted = None if selection.distinct is None else facts.value(selection.distinct)
    if selection.distinct is not None and counted is None:
        return None
    if selection.where is None:
        return (*shared, counted)
    verdict = selection.where.evaluate(facts)
    if verdict.flips_at is not None:
        # It may come to count by itself, so everything about it matters.
        return (*shared, counted, ticket)
    return (*shared, counted) if verdict.holds else None
