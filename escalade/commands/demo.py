"""The demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.demo.story import run_demo
from escalade.failures import explained


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the emulator and the syncing running until Ctrl-C.")
    ] = False,
    history: Annotated[
        Path | None, typer.Option(help="Build the world from a ticket history file (JSON lines, .gz or plain).")
    ] = None,
) -> None:
    """Watch Escalade do its job against a local Zendesk and Jira. Needs no account, touches nothing of yours."""
    console = Console()
    with explained(console):
        raise typer.Exit(run_demo(console, keep=keep, history=history))
