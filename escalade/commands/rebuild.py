"""The rebuild: an empty database is filled from the helpdesks."""

from __future__ import annotations

import typer
from rich.console import Console

from escalade.app import open_app
from escalade.clock import SystemClock
from escalade.commands.options import Config
from escalade.failures import FAILED, explained
from escalade.harmless import harmless
from escalade.progress import progress_on
from escalade.rebuild import LOST, NotEmptyError
from escalade.rebuild import rebuild as rebuild_from_helpdesks
from escalade.settings import find_settings, load_settings


def rebuild(config: Config = None) -> None:
    """Restore a lost database from the helpdesks: records, standings, what was said and created. Writes to none.

    Every helpdesk is read from the beginning, and the history of each ticket on which Escalade spoke. The next sync
    writes nothing that was written before. It is refused while the database holds anything of the kind.
    """
    console = Console()
    with explained(console), open_app(load_settings(find_settings(config)), SystemClock()) as app:
        try:
            with progress_on(console) as progress:
                done = rebuild_from_helpdesks(app, progress)
        except NotEmptyError:
            told = (
                f"{app.settings.store} is not empty: a rebuild is for a lost database. Name a new one as store: in the "
                "settings, or move this one away."
            )
            raise typer.BadParameter(told) from None
        text = f"Tickets read: {done.tickets:,}; ledgers restored: {done.ledgers:,}, {done.records:,} of them records."
        console.print(text, highlight=False, soft_wrap=True)
        for name, why in done.failed.items():
            told = f"  Not read back: {harmless(name)}: {harmless(why)}"
            console.print(told, highlight=False, markup=False, style="yellow", soft_wrap=True)
        console.print("What no helpdesk tells, and is lost:", highlight=False)
        for lost in LOST:
            console.print(f"  - {lost}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(FAILED if done.failed else 0)
