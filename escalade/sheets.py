"""Sheets: reports on standard output, as wide as the terminal."""

from __future__ import annotations

import shutil
import sys

from escalade.harmless import harmless_lines
from rules.reports.page import Draw
from rules.reports.sheet import Sheet
from rules.reports.written import Form, written


def show_sheet(sheet: Sheet, form: Form, draw: Draw | None = None) -> None:
    """Write a sheet to standard output; in it, what others wrote moves no cursor.

    Tables of plain text fit into the terminal. Where there is none, lines have 80 signs; the environment variable
    COLUMNS says otherwise.

    Args:
        sheet: What to show.
        form: How it is written.
        draw: What turns a drawing into SVG, for HTML.
    """
    width = shutil.get_terminal_size().columns
    sys.stdout.write(harmless_lines(written(sheet, form, draw, width=width)) + "\n")
