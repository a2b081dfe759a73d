"""Serve a world: `python -m escalade.emulator --world demo --port 0 --print-url`."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from escalade.emulator.clock import let_run
from escalade.emulator.desk import START, build_desk, build_large
from escalade.emulator.history import build_history
from escalade.emulator.server import serve
from escalade.emulator.world import World


def main(argv: list[str] | None = None) -> int:
    """Serve the world that the arguments name until interrupted; return the exit status."""
    parser = argparse.ArgumentParser(prog="escalade.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument("--world", default="demo", help="demo, demo:N (N tickets), empty, big:N or history:FILE")
    parser.add_argument("--seed", type=int, default=7, help="another seed makes another desk")
    parser.add_argument("--start", type=datetime.fromisoformat, default=START, help="what its clock shows at first")
    parser.add_argument("--runs", action="store_true", help="its clock runs as time does; else it stands still")
    parser.add_argument("--print-url", action="store_true", help="print the address when it is served")
    chosen = parser.parse_args(argv)
    try:
        world = make_world(chosen.world, chosen.seed, chosen.start)
    except (OSError, ValueError) as error:
        print(f"cannot make the world {chosen.world!r}: {error}", file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    if chosen.runs:
        let_run(world.clock, world.lock)
    try:
        serve(world, chosen.host, chosen.port, print_url=chosen.print_url)
    except OSError as error:
        place = f"{chosen.host}:{chosen.port}"
        print(f"cannot serve on {place}: {error}; choose another --port", file=sys.stderr)  # noqa: T201 - as above
        return 2
    return 0


def make_world(name: str, seed: int = 7, start: datetime = START) -> World:
    """Return the world of a name: demo, demo:N, empty, big:N or history:FILE.

    Args:
        name: Which one.
        seed: Another seed makes another desk.
        start: What its clock shows (aware); a history brings its own instant.

    Raises:
        ValueError: There is no such world.
        BadHistoryError: The history file is not in format version 1.
        OSError: The history file cannot be read.
    """
    kind, _, rest = name.partition(":")
    if kind == "demo" and (not rest or rest.isdigit()):
        return build_desk(seed, start, int(rest)) if rest else build_desk(seed, start)
    if kind == "empty":
        return World.empty(start)
    if kind == "big" and rest.isdigit():
        return build_large(int(rest), seed=seed, start=start)
    if kind == "history" and rest:
        return build_history(Path(rest))
    raise ValueError("there are demo, demo:N, empty, big:N and history:FILE")


if __name__ == "__main__":
    sys.exit(main())
