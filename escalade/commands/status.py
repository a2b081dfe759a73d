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
from escalade.harmless import harmless_lines
from escalade.settings import find_settings, load_settings
from rules.reports.digest import Scope
from rules.reports.escalated import Level
from rules.reports.status import exposition, status_sheet
from rules.reports.unattended import with_unattended
from rules.reports.written import Form, written


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

    Judged from what the store knows; no helpdesk is asked.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        now = app.clock.now()
        scope = Scope(title="Escalations", zone=zone_of(app.policy), region=region, level=level)
        rows = [row for row in running(app, now) if scope.covers(row)]
        if output is Output.TEXT:
            told = (
                harmless_lines(
                    written(with_unattended(status_sheet(rows, scope, now), app.store.letters(), now), Form.TEXT)
                )
                + "\n"
            )
        elif output is Output.METRICS:
            told = exposition(rows, now) + app.measured().exposition().decode()
        else:
            plain = [{**msgspec.to_builtins(row), "ref": str(row.ref)} for row in rows]
            letters = [{**msgspec.to_builtins(letter), "ref": str(letter.ref)} for letter in app.store.letters()]
            whole = {"at": now, "escalations": plain, "dead": letters}
            told = msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n"
        sys.stdout.write(told)
