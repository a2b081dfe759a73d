"""The record of an account's escalation, on one page, for programs, or as invitations for calendars."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from escalade.app import App, open_app
from escalade.asked_for import ticket_asked_for
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.drill.exporting import scenario_text
from escalade.failures import explained
from escalade.harmless import harmless_lines
from escalade.settings import find_settings, load_settings
from escalade.store.horizon import Horizon
from rules.clocks.book import facts_for
from rules.escalation.record.as_json import record_as_json
from rules.escalation.record.calling import invitations
from rules.escalation.record.record import AccountRecord, read_record
from rules.escalation.record.telling import told
from rules.ticket import TicketRef


def record(
    ticket: Annotated[str, typer.Argument(help="The record, or a ticket of the account, as helpdesk:id.")],
    json_out: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
    ics: Annotated[
        bool, typer.Option("--ics", help="Write its calls as an iCalendar file to standard output.")
    ] = False,
    as_drill: Annotated[
        bool,
        typer.Option(
            "--as-drill", help="Write a scenario for drills: what people told Escalade, without names, words and dates."
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Show the record of an account's escalation: how it stands, who is in it, what is agreed, owed and missing.

    Told from what the store knows; no helpdesk is asked.
    """
    console = Console(stderr=json_out or ics or as_drill)
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        found = _found(app, ticket_asked_for(app, ticket), app.clock.now())
        if ics:
            sys.stdout.write(invitations(found.desk, found.course, found.facts.ticket))
        elif as_drill:
            sys.stdout.write(_scenario(app, found))
        elif json_out:
            sys.stdout.write(json.dumps(record_as_json(found), indent=2, ensure_ascii=False) + "\n")
        else:
            console.print(harmless_lines(told(found)), highlight=False, markup=False, soft_wrap=True)


def _scenario(app: App, found: AccountRecord) -> str:
    """The record as a scenario; what Escalade opened for its tickets is left out."""
    members = found.facts.around.members
    ledgers = [known.ledger for known in app.store.load([member.ref for member in members]).values()]
    own = {ref for ledger in ledgers for ref in (*ledger.opened.values(), *ledger.remediation.values())}
    return scenario_text(app.policies.current, found.facts.ticket, members, own)


def _found(app: App, ref: TicketRef, now: datetime) -> AccountRecord:
    """The record that the ticket is, or that of its account; else the first of those beside which it stands."""
    app.store.watch(Horizon(records=True))
    around = app.store.load([ref])[ref].around
    standings = [one for one in (around.standing, *around.running) if one is not None]
    record = standings[0].record if standings else ref
    known = app.store.load([record]).get(record)
    if known is None:
        raise ValueError(f"the store does not know {record}, the record of {ref}'s account: run escalade plan")
    policy = app.policies.deciding(known, known.ledger)
    facts = facts_for(policy, known.ticket, known.account, known.summary, known.ledger, now, known.linked, known.around)
    found = read_record(facts)
    if found is None:
        why = "the policy escalates no accounts" if policy.accounts is None else "its account is not escalated"
        raise ValueError(f"{ref} is no record of an account's escalation, and {why}")
    return found
