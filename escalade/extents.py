"""Extents: what plans come to, with the customers that the store knows and the requests that the sinks would send."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice

from escalade.app import App
from rules.change import Change, Notify, target_of
from rules.plan import Plan
from rules.reports.extent import Extent, extent_of
from rules.ticket import Ticket, TicketRef

#: Tickets loaded at once.
_BATCH = 500


def measured(app: App, plans: Sequence[Plan]) -> Extent:
    """Sum plans up, judged from what the store knows; no helpdesk is asked."""
    accounts: dict[TicketRef, str] = {}
    calls: Counter[str] = Counter()
    waiting = iter(plans)
    while batch := list(islice(waiting, _BATCH)):
        known = app.store.load([plan.ref for plan in batch])
        for plan in batch:
            one = known.get(plan.ref)
            if one is not None:
                accounts |= {} if one.ticket.account is None else {plan.ref: str(one.ticket.account)}
                calls.update(_calls(app, one.ticket, plan))
    return extent_of(plans, accounts, calls)


def _calls(app: App, ticket: Ticket, plan: Plan) -> Counter[str]:
    """How many write requests go where."""
    targets: defaultdict[str, list[Change]] = defaultdict(list)
    calls: Counter[str] = Counter()
    for change in plan.changes:
        if isinstance(change, Notify):
            calls[f"the channel {change.channel}"] += 1
        else:
            targets[target_of(change)].append(change)
    for name, changes in targets.items():
        if name in app.helpdesks:
            calls[name] += len(app.helpdesks[name].sink.batch(ticket, changes))
    return calls
