"""Extents: what plans come to, with the customers that the store knows and the requests that the sinks would send."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from connectors.base import Paced, WriteKind
from escalade.app import App
from rules.change import Change, Notify, target_of
from rules.plan import Plan
from rules.reports.extent import Extent, extent_of
from rules.ticket import Ticket, TicketRef

#: Tickets loaded at once.
_BATCH = 500
_MINUTE = 60.0


@dataclass(slots=True)
class _Requests:
    """The requests that plans take."""

    #: Helpdesk → fresh reads of tickets.
    reads: Counter[str] = field(default_factory=Counter)
    #: Helpdesk → writes by what they do.
    writes: defaultdict[str, Counter[WriteKind]] = field(default_factory=lambda: defaultdict(Counter))
    notices: Counter[str] = field(default_factory=Counter)

    @property
    def by_target(self) -> Mapping[str, int]:
        """Write requests to each helpdesk and channel."""
        channels = {f"the channel {channel}": count for channel, count in self.notices.items()}
        return {name: kinds.total() for name, kinds in self.writes.items()} | channels


def measured(app: App, plans: Sequence[Plan]) -> Extent:
    """Sum plans up, judged from what the store knows; no helpdesk is asked."""
    accounts: dict[TicketRef, str] = {}
    requests = _Requests()
    waiting = iter(plans)
    while batch := list(islice(waiting, _BATCH)):
        known = app.store.load([plan.ref for plan in batch])
        for plan in batch:
            one = known.get(plan.ref)
            if one is not None:
                accounts |= {} if one.ticket.account is None else {plan.ref: str(one.ticket.account)}
                _count(app, one.ticket, plan, requests)
    return extent_of(plans, accounts, requests.by_target, _minutes(app, requests))


def _count(app: App, ticket: Ticket, plan: Plan, requests: _Requests) -> None:
    requests.reads[ticket.ref.helpdesk] += 1
    targets: defaultdict[str, list[Change]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, Notify):
            requests.notices[change.channel] += 1
        else:
            targets[target_of(change)].append(change)
    for name, changes in targets.items():
        if name in app.helpdesks:
            requests.writes[name].update(write.kind for write in app.helpdesks[name].sink.batch(ticket, changes))


def _minutes(app: App, requests: _Requests) -> Mapping[str, int]:
    """What the rate budgets of each helpdesk let it take, rounded up; 0 = they let everything through at once."""
    found: dict[str, int] = {}
    for name in requests.writes:
        helpdesk: object = app.helpdesks[name]
        if isinstance(helpdesk, Paced):
            found[name] = math.ceil(helpdesk.takes(requests.reads[name], requests.writes[name]) / _MINUTE)
    return found
