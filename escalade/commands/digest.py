"""The digest: all running escalations on one sheet, shown here or sent to where the policy says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.commands.sheet_options import SheetForm
from escalade.digests import Dispatch, deliver
from escalade.escalations import running
from escalade.failures import FAILED, explained
from escalade.harmless import harmless
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.policy import Policy
from rules.reports.digest import Scope, daily, weekly
from rules.reports.escalated import Level
from rules.reports.unattended import with_unattended
from rules.reports.written import Form


def digest(
    region: Annotated[str | None, typer.Option("--region", help="Only this region, and what belongs to none.")] = None,
    level: Annotated[Level | None, typer.Option("--level", help="Only accounts, or only tickets.")] = None,
    roll_up: Annotated[bool, typer.Option("--weekly", help="The short form for executives.")] = False,
    form: SheetForm = Form.TEXT,
    send: Annotated[
        bool, typer.Option("--send", help="Send the digests of the policy that are due and did not go out yet.")
    ] = False,
    config: Config = None,
) -> None:
    """Show all running escalations: colour, age, what is due, what is late or missing, how far the plan is.

    Judged from what the store knows; no helpdesk is asked. With --send nothing is shown: what the section digests: of
    the policy says goes out, each edition once; `escalade sync` does so as well.
    """
    console = Console()
    with explained(console):
        if send and (region or level or roll_up or form is not Form.TEXT):
            raise typer.BadParameter("--send sends what the policy says; leave the other options out")
        with open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
            if send:
                told = deliver(app)
                show_dispatches(console, told)
                raise typer.Exit(0 if all(one.sent for one in told) else FAILED)
            now = app.clock.now()
            scope = Scope(title=_title(region, weekly=roll_up), zone=zone_of(app.policy), region=region, level=level)
            rows = running(app, now)
            short = weekly(rows, scope, now) if roll_up else None
            sheet = short or with_unattended(daily(rows, scope, now), app.store.letters(), now)
            show_sheet(sheet, form)


def show_dispatches(console: Console, told: Sequence[Dispatch]) -> None:
    """One line an edition: what became of it."""
    for one in told:
        style = None if one.sent else "yellow"
        text = f"Digest {one.digest}: {harmless(one.text)}"
        console.print(text, highlight=False, markup=False, soft_wrap=True, style=style)


def zone_of(policy: Policy) -> ZoneInfo:
    """The zone that people of the policy live in: that of its first calendar, else UTC."""
    return next((calendar.zone for calendar in policy.calendars.values()), ZoneInfo("UTC"))


def _title(region: str | None, *, weekly: bool) -> str:
    kind = "Escalations of the week" if weekly else "Escalations today"
    return kind if region is None else f"{kind}: {region}"
