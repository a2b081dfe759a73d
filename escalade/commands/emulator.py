"""The helpdesks of the demo, served on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from escalade.clock import SystemClock
from escalade.emulator.__main__ import main as serve


def emulator(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = any free one.")] = 8787,
    world: Annotated[str, typer.Option(help="demo | demo:N (N tickets) | empty | big:N | history:FILE")] = "demo",
    present: Annotated[
        bool, typer.Option("--present", help="Its tickets are of today, and its clock runs. Else it stands still.")
    ] = False,
) -> None:
    """Serve a local Zendesk and Jira that speak the vendors' HTTP APIs, for trying things out. Ends with Ctrl-C.

    With --present other commands can be tried on it as on a real helpdesk; `escalade init DIR --demo` makes the
    settings for that.
    """
    when = ["--start", SystemClock().now().isoformat(), "--runs"] if present else []
    raise typer.Exit(serve(["--port", str(port), "--world", world, "--print-url", *when]))
