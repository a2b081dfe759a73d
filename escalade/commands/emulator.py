"""The helpdesks of the demo, served on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from escalade.emulator.__main__ import main as serve


def emulator(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = any free one.")] = 8787,
    world: Annotated[str, typer.Option(help="demo | empty | big:N (N tickets) | history:FILE")] = "demo",
) -> None:
    """Serve a local Zendesk and Jira that speak the vendors' HTTP APIs, for trying things out. Ends with Ctrl-C."""
    raise typer.Exit(serve(["--port", str(port), "--world", world, "--print-url"]))
