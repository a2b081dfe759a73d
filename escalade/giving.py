"""Giving: how busy people are, counted as tickets are given to them, so that a run does not give all to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from rules.change import AssignPerson
from rules.plan import Plan
from rules.policy import Policy

#: So long a count of people's tickets is good enough.
_LASTS = timedelta(minutes=1)


class Census(Protocol):
    """Who can tell how busy people are."""

    def load_of(self, helpdesk: str) -> Mapping[str, int]:
        """How many open tickets of a helpdesk each assignee has, by the assignee's id there."""


@dataclass(slots=True)
class Giving:
    """Open tickets by person, for each helpdesk."""

    census: Census
    #: Held from choosing to counting: choices at the same time would all find the same person least busy.
    turn: Lock = field(default_factory=Lock)
    #: Helpdesk → when it was counted last, and what came of it.
    _counted: dict[str, tuple[datetime, Counter[str]]] = field(default_factory=dict)

    def load(self, policy: Policy, helpdesk: str, now: datetime) -> Mapping[str, int]:
        """Open tickets by the assignee's id; counted only for policies that ask, and at most once a minute."""
        if not policy.assigns:
            return {}
        counted = self._counted.get(helpdesk)
        if counted is None or now - counted[0] > _LASTS:
            counted = self._counted[helpdesk] = (now, Counter(self.census.load_of(helpdesk)))
        return counted[1]

    def count(self, plan: Plan) -> None:
        """Whoever is given a ticket has one more from now on."""
        for change in plan.changes:
            counted = self._counted.get(change.on.helpdesk)
            if isinstance(change, AssignPerson) and counted is not None:
                counted[1][change.person] += 1
                counted[1][change.was or ""] -= 1
