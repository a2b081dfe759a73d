"""Acting from the command line: what a comment, a macro or a button could do as well."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from escalade.acting import NotActedError
from escalade.acting import act as act_on
from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.harmless import harmless
from escalade.progress import progress_on
from escalade.settings import find_settings, load_settings
from rules.ticket import TicketRef


def act(
    ticket: Annotated[str, typer.Argument(help="The ticket as helpdesk:id, for example zendesk:35.")],
    command: Annotated[list[str], typer.Argument(help="One or more commands, for example '#accept we take it'.")],
    person: Annotated[str, typer.Option("--as", metavar="PERSON", help="Who asks, by the id in the directory.")],
    config: Config = None,
) -> None:
    """Say commands on a ticket in somebody's name, as an internal comment, and print the answer.

    Roles are checked first: when one of the commands would not count, nothing is written.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        try:
            with progress_on(console) as progress:
                answers = act_on(app, TicketRef.parse(ticket), "\n".join(command), person, progress)
        except NotActedError as error:
            for line in str(error).splitlines():
                Console(stderr=True).print(harmless(line), style="red", highlight=False, markup=False, soft_wrap=True)
            raise typer.Exit(FAILED) from None
        for line in [line for answer in answers for line in answer.splitlines()]:
            console.print(harmless(line), highlight=False, markup=False, soft_wrap=True)
        if not answers:
            console.print("Written on the ticket; the answer comes there with one of the next runs.")
