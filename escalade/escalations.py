"""Escalations: everything that is escalated right now, judged from what the store knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from escalade.app import App
from escalade.store.horizon import Horizon
from rules.clocks.book import facts_for
from rules.decide import decide
from rules.reports.escalated import Escalated
from rules.reports.escalating import escalated_of
from rules.ticket import TicketRef
from sync import Known

#: Tickets loaded at once.
_BATCH = 100
#: Work that was made for a ticket lies below the ticket that it is linked to, which no rule may have asked for.
_FAR = Horizon(siblings=True, account_tickets=True, linked=True, records=True)


def running(app: App, now: datetime) -> Iterator[Escalated]:
    """Every running escalation, each judged by the version of the policy that it follows. Asks no helpdesk."""
    waiting = iter(app.store.touched())
    while batch := list(islice(waiting, _BATCH)):
        yield from _judged(app, batch, now)


def _judged(app: App, refs: Sequence[TicketRef], now: datetime) -> Iterator[Escalated]:
    for known in app.store.load(refs, _FAR).values():
        row = _row(app, known, now)
        if row is not None:
            yield row


def _row(app: App, known: Known, now: datetime) -> Escalated | None:
    policy = app.policies.deciding(known, known.ledger)
    account = app.visitor.account_facts.told(known.account)
    ticket, summary, ledger, around = known.ticket, known.summary, known.ledger, known.around
    facts = facts_for(policy, ticket, account, summary, ledger, now, known.linked, around)
    decision = decide(
        policy, ticket, account, summary, ledger, now, linked=known.linked, around=around, load={}, proof=False
    )
    return escalated_of(policy, facts, decision)
