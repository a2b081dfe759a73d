"""Take over business hours that a helpdesk keeps, as calendars of the policy."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from connectors.base import CalendarSource
from escalade.commands.options import Config
from escalade.failures import explained
from escalade.helpdesks import open_helpdesks
from escalade.settings import EnvironmentSecrets, Settings, find_settings, load_settings


def calendars(
    source: Annotated[
        str, typer.Option("--from", metavar="HELPDESK", help="The helpdesk to read from, by its name in the settings.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="Only the schedule of this name there.")] = None,
    config: Config = None,
) -> None:
    """Print the schedules and holidays of a helpdesk as calendars of the policy. Writes nothing anywhere.

    The output is a policy file: `escalade calendars --from zendesk > calendars.yaml`.
    """
    console = Console()
    with explained(console):
        found = _schedules(load_settings(find_settings(config)), source)
        if name is not None and name not in found:
            raise typer.BadParameter(_unknown(name, found, f"{source} has no schedule"))
        sys.stdout.write(_document([found[name]] if name is not None else found.values()))


def _schedules(settings: Settings, source: str) -> dict[str, str]:
    if source not in settings.helpdesks:
        raise typer.BadParameter(_unknown(source, settings.helpdesks, "the settings have no helpdesk"))
    helpdesks = open_helpdesks(settings, EnvironmentSecrets())
    try:
        helpdesk = helpdesks[source]
        if not isinstance(helpdesk, CalendarSource):
            raise typer.BadParameter(f"{source} is a helpdesk whose business hours Escalade cannot read")
        return dict(helpdesk.calendars())
    finally:
        for opened in helpdesks.values():
            opened.close()


def _document(entries: Iterable[str]) -> str:
    text = "\n".join(entries)
    some = any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())
    return f"version: 1\ncalendars:{'' if some else ' {}'}\n{text}"


def _unknown(name: str, known: Iterable[str], message: str) -> str:
    words = sorted(known)
    close = difflib.get_close_matches(name, words, n=1)
    advice = f"; did you mean {close[0]!r}?" if close else ""
    return f"{message} {name!r}{advice} There are: {', '.join(map(repr, words)) or 'none'}"
