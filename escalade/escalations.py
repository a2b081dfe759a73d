"""Escalations: everything that is escalated right now, judged from what the store knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from escalade.app import App
from escalade.store.afoot import Traces
from escalade.store.horizon import Horizon
from rules.clocks.book import facts_for
from rules.decide import decide
from rules.facts import Facts
from rules.policy import Policy
from rules.reports.escalated import Escalated
from rules.reports.escalating import escalated_of
from rules.ticket import TicketRef
from sync import Known

#: Tickets loaded at once.
_BATCH = 100
#: Work that was made for a ticket lies below the ticket that it is linked to, which no rule may have asked for.
_FAR = Horizon(siblings=True, account_tickets=True, linked=True, records=True)


def running(app: App, now: datetime) -> Iterator[Escalated]:
    """Every running escalation at the present (UTC), in the order of the tickets' keys. Asks no helpdesk.

    Each is judged by the version of the policy that it follows.
    """
    # Tickets of one account are loaded together, for each needs the account's others.
    judgements = (judged(app, known, now) for known in _known(app, _candidates(app, now)))
    yield from sorted((row for row in judgements if row is not None), key=lambda row: row.ref)


def facts_of_all(app: App, now: datetime) -> Iterator[Facts]:
    """The facts of every ticket that Escalade ever touched, solved ones too."""
    for known in _known(app, app.store.touched(solved=True)):
        yield _facts(app, app.policies.deciding(known, known.ledger), known, now)


def facts_of_open(app: App, now: datetime) -> Iterator[Facts]:
    """The facts of every open ticket, and of those that Escalade ever touched, by the policy in force."""
    refs = dict.fromkeys(app.store.touched(solved=True))
    for helpdesk in app.settings.helpdesks:
        last = ""
        while batch := app.store.open_refs(helpdesk, last, _BATCH):
            last = batch[-1].id
            refs.update(dict.fromkeys(batch))
    for known in _known(app, sorted(refs)):
        yield _facts(app, app.policy, known, now)


def _candidates(app: App, now: datetime) -> Sequence[TicketRef]:
    """The tickets to judge: those on which an escalation may run; all of ours before a run adopted today's rules."""
    if app.store.rule() != app.sync_quietly().rule:
        return app.store.touched()
    policies = app.policies.in_use()
    fields: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for policy in policies:
        for name, values in policy.commanding.fields.items():
            fields[name] |= values.keys()
    traces = Traces(
        conducts=any(policy.process is not None for policy in policies),
        tags=frozenset(tag for policy in policies for tag in policy.commanding.tags),
        fields=dict(fields),
    )
    return app.store.afoot(now, traces)


def _known(app: App, refs: Sequence[TicketRef]) -> Iterator[Known]:
    waiting = iter(refs)
    while batch := list(islice(waiting, _BATCH)):
        yield from app.store.load(batch, _FAR).values()


def _facts(app: App, policy: Policy, known: Known, now: datetime) -> Facts:
    account = app.visitor.account_facts.told(known.account)
    ticket, summary, ledger = known.ticket, known.summary, known.ledger
    return facts_for(policy, ticket, account, summary, ledger, now, known.linked, known.around)


def judged(app: App, known: Known, now: datetime) -> Escalated | None:
    """The escalation that runs on a ticket at an instant (UTC); None where none does."""
    policy = app.policies.deciding(known, known.ledger)
    facts = _facts(app, policy, known, now)
    ticket, summary, ledger, around = known.ticket, known.summary, known.ledger, known.around
    # A list shows where tickets stand, and nothing of what follows.
    decision = decide(
        policy,
        ticket,
        facts.account,
        summary,
        ledger,
        now,
        linked=known.linked,
        around=around,
        load={},
        proof=False,
        whole=False,
    )
    return escalated_of(policy, facts, decision)
