"""Options that the commands share which write a sheet."""

from __future__ import annotations

from typing import Annotated

import typer

from rules.reports.written import Form

Month = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="This month; default: the last 30 days.")]
SheetForm = Annotated[Form, typer.Option("--format", help="How it is written.")]
