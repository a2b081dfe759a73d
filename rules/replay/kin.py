"""Kin: what the open tickets of one account mean to each other, as far as a policy asks.

An account may have very many open tickets, and each change of one of them concerns all. What is passed over here is
what no condition could tell apart, so decisions are the same as with everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from rules.conditions.base import Condition
from rules.conditions.count import CountCondition, CountedTicket, Selection
from rules.conditions.groups import moves
from rules.escalation.record.proposing import asks_criteria
from rules.escalation.standing import Standing
from rules.facts import Facts, Provenance, neighbour_of, spec_of
from rules.ledger import Ledger
from rules.policy import Policy
from rules.replay.settled import settled
from rules.replay.walk import leaves_in, leaves_of, roots_of
from rules.ticket import (
    AccountRef,
    AccountSummary,
    OpenTicket,
    Priority,
    State,
    StatusCategory,
    Ticket,
    TicketRef,
)
from rules.words import words

#: What one selection sees of a ticket; None = it never counts there.
Sight = tuple[Any, ...] | None
#: A ticket with what each count sees of it.
Seen = tuple[OpenTicket, tuple[Sight, ...]]
#: Whether a count that all tickets of an account share holds, and when that turns by itself (UTC).
CommonAnswer = tuple[bool, datetime | None]
_PRIORITIES: tuple[Priority | None, ...] = (None, *Priority)
#: Facts that are values of an open ticket under the same name, of which there are few.
_PLAIN = frozenset({"status", "priority", "type", "product", "tags"})
_MOST_SIGHTS = 10_000
_NOTHING = Ledger(ref=TicketRef("", ""))


class Kin:
    """The questions of one policy that the other tickets of an account are asked for."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        #: By the numbers of open tickets of each priority: what the questions about them are answered.
        self._summed: dict[tuple[int, ...], dict[int, bool]] = {}
        #: By what is looked at of a ticket what counts see of it.
        self._sights: dict[tuple[Any, ...], tuple[Sight, ...]] = {}
        #: By condition what it asks about the other tickets.
        self._within: dict[int, frozenset[int]] = {}
        #: By places what depends on them: of everything, and of the criteria that propose records.
        self._concerned: dict[frozenset[int], tuple[tuple[Condition, ...], tuple[Condition, ...]]] = {}

    @cached_property
    def _asked(self) -> tuple[Condition, ...]:
        return tuple(leaf for leaf in leaves_of(self._policy) if any(map(of_summary, leaf.facts)))

    @cached_property
    def _places(self) -> dict[int, int]:
        """The place of each question, by what it is."""
        return {id(leaf): place for place, leaf in enumerate(self._asked)}

    @cached_property
    def _counting(self) -> tuple[tuple[int, CountCondition], ...]:
        """Counts, with their places."""
        return tuple((place, leaf) for place, leaf in enumerate(self._asked) if isinstance(leaf, CountCondition))

    @cached_property
    def _sums(self) -> tuple[tuple[int, Condition], ...]:
        """Conditions on plain numbers of open tickets: all tickets of an account are told the same."""
        return tuple((place, leaf) for place, leaf in enumerate(self._asked) if not isinstance(leaf, CountCondition))

    @cached_property
    def _own(self) -> tuple[tuple[int, int], ...]:
        """The places of counts that depend on the ticket that is asked about, each with its number among the counts."""
        return tuple((place, number) for number, (place, leaf) in enumerate(self._counting) if leaf.selection.same)

    @cached_property
    def _roots(self) -> tuple[Condition, ...]:
        """Everything that is asked of a ticket and has to do with others, besides the criteria that propose records."""
        # Where else a criterion is asked it is part of another condition.
        criteria = {id(one.when) for one in self._policy.criteria}
        return tuple(root for root in roots_of(self._policy) if id(root) not in criteria and self._asks(root))

    @cached_property
    def _proposing(self) -> tuple[Condition, ...]:
        """The criteria that propose records and have to do with other tickets."""
        accounts = self._policy.accounts
        return () if accounts is None else tuple(one.when for one in accounts.criteria if self._asks(one.when))

    def _asks(self, condition: Condition) -> frozenset[int]:
        """The places of what a condition asks about the other tickets."""
        known = self._within.get(id(condition))
        if known is None:
            leaves = (self._places.get(id(leaf)) for leaf in leaves_in(condition))
            known = self._within[id(condition)] = frozenset(place for place in leaves if place is not None)
        return known

    def concerns(self, places: frozenset[int], ticket: Ticket, standing: Standing | None) -> tuple[Condition, ...]:
        """What is asked of a ticket and depends on these questions about others.

        Args:
            places: What may be answered otherwise about the account's tickets.
            ticket: The ticket.
            standing: What the records of the account say; None = it has none.
        """
        known = self._concerned.get(places)
        if known is None:
            known = self._concerned[places] = self._open(self._roots, places), self._open(self._proposing, places)
        asked, proposing = known
        return (*asked, *proposing) if proposing and asks_criteria(self._policy, ticket, standing) else asked

    def _open(self, roots: Iterable[Condition], places: frozenset[int]) -> tuple[Condition, ...]:
        return tuple(root for root in roots if not self._asks(root).isdisjoint(places))

    def leaves_alone(self, concerned: Iterable[Condition], places: frozenset[int], facts: Facts) -> bool:
        """Whether none of these conditions is answered otherwise about a ticket, or turns at another instant.

        Args:
            concerned: What depends on the questions.
            places: What may be answered otherwise about the account's tickets.
            facts: The ticket. Nothing of what has these places is asked.
        """

        def is_open(condition: Condition) -> bool:
            return not self._asks(condition).isdisjoint(places)

        return all(settled(root, facts, is_open) is not None for root in concerned)

    def own(self, sight: Sequence[Sight]) -> dict[int, Sight]:
        """What of a sight counts for some tickets of the account alone, by the question's place."""
        return {place: sight[number] for place, number in self._own}

    def counts(self, account: AccountRef, seen: Collection[Seen], at: datetime) -> dict[int, CommonAnswer]:
        """What the counts that are common to an account answer at an instant (UTC), by the question's place."""
        return {
            place: _counted(leaf, number, seen, at) if _is_timeless(leaf) else _asked(leaf, account, seen, at)
            for number, (place, leaf) in enumerate(self._counting)
            if not leaf.selection.same
        }

    @cached_property
    def is_timeless(self) -> bool:
        """Whether what a count sees of a ticket stays the same until somebody changes the ticket."""
        return all(_is_timeless(leaf) for _, leaf in self._counting)

    def sees_no_change(self, before: State, after: State) -> bool:
        """Whether two states of a ticket are the same to all questions about the account's tickets."""
        names = self._looked_at
        return (
            names is not None
            and before.priority is after.priority
            and all(getattr(before, name) == getattr(after, name) for name in names)
        )

    def sight(self, ticket: OpenTicket, at: datetime) -> tuple[Sight, ...]:
        """What the counts of the policy see of a ticket at an instant (UTC): equal sights count alike."""
        key = self._look(ticket)
        known = None if key is None else self._sights.get(key)
        if known is None:
            facts = neighbour_of(ticket, at)
            known = tuple(_seen(leaf.selection, ticket, facts) for _, leaf in self._counting)
            if key is not None and len(self._sights) < _MOST_SIGHTS:
                self._sights[key] = known
        return known

    def _look(self, ticket: OpenTicket) -> tuple[Any, ...] | None:
        """Everything that counts look at, where that is little; None = they may look at anything."""
        names = self._looked_at
        return None if names is None else tuple(getattr(ticket, name) for name in names)

    @cached_property
    def _looked_at(self) -> tuple[str, ...] | None:
        """The values of tickets that all counts together look at; None where they look at more than plain values."""
        names: set[str] = set()
        for _, leaf in self._counting:
            chosen = leaf.selection
            names |= {*chosen.same, *(() if chosen.where is None else chosen.where.facts)}
            names |= set() if chosen.distinct is None else {chosen.distinct}
        return tuple(sorted(names)) if self.is_timeless and names <= _PLAIN else None

    def sums(self, account: AccountRef, totals: Mapping[Priority | None, int], at: datetime) -> dict[int, bool]:
        """What the policy's questions about plain numbers are answered, by the question's place.

        Args:
            account: Whose tickets are counted; the answers are the same for all accounts.
            totals: Open tickets by priority.
            at: The instant (UTC); the answers do not depend on it.
        """
        key = tuple([totals.get(priority, 0) for priority in _PRIORITIES])
        known = self._summed.get(key)
        if known is None:
            by_priority = {priority: count for priority, count in totals.items() if priority is not None and count}
            summary = AccountSummary(ref=account, open_tickets=sum(totals.values()), open_by_priority=by_priority)
            facts = Facts(_nobody(account, at), None, summary, _NOTHING, at)
            known = self._summed[key] = {place: condition.evaluate(facts).holds for place, condition in self._sums}
        return known


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


def of_summary(name: str) -> bool:
    """Whether a fact tells of the other open tickets of the account."""
    spec = spec_of(name)
    return spec is not None and spec.provenance is Provenance.SUMMARY


def _is_timeless(leaf: CountCondition) -> bool:
    """Whether time alone never makes a ticket one that is selected."""
    return leaf.selection.where is None or not moves(leaf.selection.where)


def _counted(leaf: CountCondition, number: int, seen: Collection[Seen], at: datetime) -> CommonAnswer:
    """What a count answers by what it saw of each ticket."""
    distinct = leaf.selection.distinct is not None
    selected = [
        CountedTicket(words(sight[-1]) if distinct else str(one.ref), one.created_at)
        for one, sights in seen
        if (sight := sights[number]) is not None
    ]
    names, turns_at = leaf.tell(selected, at)
    return leaf.test(len(names)), turns_at


def _asked(leaf: CountCondition, account: AccountRef, seen: Collection[Seen], at: datetime) -> CommonAnswer:
    """What a count answers on a ticket of the account that does not count itself."""
    tickets = tuple(one for one, _ in seen)
    summary = AccountSummary(ref=account, open_tickets=len(tickets), tickets=tickets)
    verdict = leaf.evaluate(Facts(_nobody(account, at), None, summary, _NOTHING, at))
    return verdict.holds, verdict.flips_at


def _seen(selection: Selection, ticket: OpenTicket, facts: Facts) -> Sight:
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
