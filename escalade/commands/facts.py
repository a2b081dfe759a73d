"""The facts of one ticket: everything that rules may ask about it, with where each value comes from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from escalade.app import App, open_app
from escalade.asked_for import ticket_asked_for
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.harmless import harmless
from escalade.settings import find_settings, load_settings
from escalade.store.horizon import Horizon
from rules.clocks.book import facts_for
from rules.fact_table import FactRow, fact_table
from rules.ticket import TicketRef


def facts(
    ticket: Annotated[str, typer.Argument(help="The ticket as helpdesk:id, for example zendesk:35.")],
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As of this instant in the past, for example 2026-03-02T09:00Z.")
    ] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
    config: Config = None,
) -> None:
    """Show every fact that rules may ask of a ticket: its value, since when, and where it comes from.

    Told from what the store knows; no helpdesk is asked. Facts that are not set are shown as well.
    """
    console = Console(stderr=json_out)
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        now = app.clock.now()
        instant = now if at is None else _instant(at, now)
        ref = ticket_asked_for(app, ticket)
        rows = _rows(app, ref, now, instant)
        if json_out:
            sys.stdout.write(_json(ref, instant, rows))
        else:
            _show(console, ref, instant, rows)


def _instant(text: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at > now:
        raise typer.BadParameter(f"{text!r} is no instant in the past; write for example 2026-03-02T09:00Z")
    return at.astimezone(UTC)


def _rows(app: App, ref: TicketRef, now: datetime, instant: datetime) -> list[FactRow]:
    app.store.watch(Horizon(siblings=True, account_tickets=True, linked=True, records=True))
    known = app.store.load([ref])[ref]
    policy, told = app.policies.deciding(known, known.ledger), app.visitor.account_facts
    account = told.told(known.account)
    asked = facts_for(policy, known.ticket, account, known.summary, known.ledger, now, known.linked, known.around)
    if instant < now:
        asked = asked.as_of(instant)
    row = told.row_of(known.account)
    clocks = [target.id for target in policy.sla]
    return fact_table(asked, clocks, None if row is None else row.at, () if row is None else row.fields)


def _show(console: Console, ref: TicketRef, instant: datetime, rows: Sequence[FactRow]) -> None:
    # A name is for copying into a rule: on a narrow terminal the other columns give way.
    name = Column("Fact", no_wrap=True, min_width=max(len(row.name) for row in rows))
    others = (Column(header, overflow="fold") for header in ("Value", "Since", "From"))
    table = Table(name, *others, title=f"{ref} at {instant:%Y-%m-%d %H:%M:%S} UTC", expand=False)
    for row in rows:
        since = "" if row.since is None else f"{row.since:%Y-%m-%d %H:%M} UTC"
        table.add_row(*(escape(harmless(text)) for text in (row.name, row.told, since, row.provenance)))
    console.print(table)


def _json(ref: TicketRef, instant: datetime, rows: Sequence[FactRow]) -> str:
    told: dict[str, Any] = {"ticket": str(ref), "at": instant, "facts": rows}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"
