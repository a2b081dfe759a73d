"""Giving: how busy people are, counted as tickets are given to them, so that a run does not give all to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from rules.change import AssignPerson
from rules.plan import Plan
from rules.policy import Policy
from rules.ticket import TicketRef

#: So long a count of people's tickets is good enough, and so long what others gave since.
_LASTS = timedelta(minutes=1)
_LASTS_BRIEFLY = timedelta(seconds=1)


class Given(Protocol):
    """One ticket that was given to somebody."""

    @property
    def ref(self) -> TicketRef:
        """The ticket."""

    @property
    def person(self) -> str:
        """Who has it now, by the id in the ticket's helpdesk."""

    @property
    def was(self) -> str:
        """Who had it before; empty = nobody."""


class Census(Protocol):
    """Who can tell how busy people are."""

    def load_of(self, helpdesk: str, now: datetime) -> Mapping[str, int]:
        """How many open tickets of a helpdesk each assignee has, by the assignee's id there."""

    def given_since(self, helpdesk: str, at: datetime) -> Sequence[Given]:
        """Which tickets of a helpdesk were given to somebody after an instant (UTC), by whichever process."""


@dataclass(slots=True)
class _Count:
    """People's open tickets in one helpdesk."""

    at: datetime
    tickets: Counter[str]
    #: When others were asked about last, and what they gave.
    asked_at: datetime
    others: Counter[str] = field(default_factory=Counter)
    #: What this process gave since, which is counted already.
    own: set[TicketRef] = field(default_factory=set)


@dataclass(slots=True)
class Giving:
    """Open tickets by person, for each helpdesk; what other processes give is heard of within a second."""

    census: Census
    #: Held from choosing to counting: choices at the same time would all find the same person least busy.
    turn: Lock = field(default_factory=Lock)
    _counted: dict[str, _Count] = field(default_factory=dict)

    def load(self, policy: Policy, helpdesk: str, now: datetime) -> Mapping[str, int]:
        """Open tickets by the assignee's id; counted only for policies that ask, and at most once a minute."""
        if not policy.assigns:
            return {}
        counted = self._counted.get(helpdesk)
        if counted is None or now - counted.at > _LASTS:
            counted = self._counted[helpdesk] = _Count(now, Counter(self.census.load_of(helpdesk, now)), now)
        if now - counted.asked_at > _LASTS_BRIEFLY:
            counted.asked_at = now
            counted.others = _sum(self.census.given_since(helpdesk, counted.at), counted.own)
        if not counted.others:
            return counted.tickets
        both = Counter(counted.tickets)
        both.update(counted.others)
        return both

    def count(self, plan: Plan) -> None:
        """Whoever is given a ticket has one more from now on."""
        for change in plan.changes:
            counted = self._counted.get(change.on.helpdesk)
            if isinstance(change, AssignPerson) and counted is not None:
                counted.own.add(change.on)
                counted.tickets[change.person] += 1
                counted.tickets[change.was or ""] -= 1


def _sum(given: Sequence[Given], own: Container[TicketRef]) -> Counter[str]:
    """What others' gifts change in people's numbers."""
    changed: Counter[str] = Counter()
    for gift in given:
        if gift.ref not in own:
            changed[gift.person] += 1
            changed[gift.was] -= 1
    return changed
