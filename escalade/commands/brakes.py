"""The command `brakes`: whether a service is held, and why; and how it goes on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.logs import log
from escalade.settings import find_settings, load_settings
from escalade.store.braking import BrakeBook
from rules.words import minute


def brakes(
    release: Annotated[
        bool, typer.Option("--release", help="Let the service go on; it counts anew from now on.")
    ] = False,
    config: Config = None,
) -> None:
    """Show whether the brakes hold a service because it wrote to too many tickets, and let it go on.

    They are released by --release, or by another policy, not by a restart. No helpdesk is asked.
    Ends with 1 while they hold.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock(), preflight=False) as app:
        book, now = BrakeBook(app.store), app.clock.now()
        found = book.release(now) if release else book.read()
        if found.held_at is None:
            told = "The brakes hold nothing."
        elif release:
            log.info("brakes.released")
            told = f"Released; held since {minute(found.held_at)}: {found.why}"
        else:
            told = f"Held since {minute(found.held_at)}: {found.why}"
        console.print(told, highlight=False, markup=False, soft_wrap=True)
        if found.held_at is not None and not release:
            raise typer.Exit(FAILED)
