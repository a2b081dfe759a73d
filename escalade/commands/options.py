"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="ESCALADE_CONFIG",
        help="Settings file, or the directory it is in. Default: ./escalade.yaml, then ./config/escalade.yaml.",
    ),
]
