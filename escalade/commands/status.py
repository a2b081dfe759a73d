"""The status of all running escalations: how many where, and which."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.digest import zone_of
from escalade.commands.options import Config
from escalade.escalations import running
from escalade.failures import explained
from escalade.settings import find_settings, load_settings
from escalade.sheets import show_sheet
from rules.reports.digest import Scope
from rules.reports.escalated import Level
from rules.reports.status import exposition, status_sheet
from rules.reports.unattended import with_unattended
from rules.reports.written import Form


class Output(StrEnum):
    """For whom the status is."""

    TEXT = "text"
    JSON = "json"
    #: The text format that Prometheus and others collect.
    METRICS = "metrics"


def status(
    region: Annotated[str | None, typer.Option("--region", help="Only this region, and what belongs to none.")] = None,
    level: Annotated[Level | None, typer.Option("--level", help="Only accounts, or only tickets.")] = None,
    output: Annotated[Output, typer.Option("--format", help="For people, programs or monitoring.")] = Output.TEXT,
    config: Config = None,
) -> None:
    """Show how many escalations run in which tier, stage and colour, and list them.

    Judged from what the store knows; no helpdesk is asked. Where a table is wider than the terminal, its rows stand
    one below the other. In a pipe a line has 80 signs, unless the environment variable COLUMNS says otherwise.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        now = app.clock.now()
        scope = Scope(title="Escalations", zone=zone_of(app.policy), region=region, level=level)
        rows = [row for row in running(app, now) if scope.covers(row)]
        if output is Output.TEXT:
            show_sheet(with_unattended(status_sheet(rows, scope, now), app.store.letters(), now), Form.TEXT)
        elif output is Output.METRICS:
            sys.stdout.write(exposition(rows, now) + app.measured().exposition().decode())
        else:
            plain = [{**msgspec.to_builtins(row), "ref": str(row.ref)} for row in rows]
            letters = [{**msgspec.to_builtins(letter), "ref": str(letter.ref)} for letter in app.store.letters()]
            whole = {"at": now, "escalations": plain, "dead": letters}
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n")
