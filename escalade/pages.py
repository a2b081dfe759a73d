"""Pages: reports as files of HTML, with charts where something is there that draws them."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from escalade.charts import MISSING, can_draw, svg_of_chart
from rules.reports.page import page
from rules.reports.sheet import Sheet


def write_page(file: Path, sheet: Sheet, console: Console) -> None:
    """Write a report as one page of HTML that loads nothing.

    Args:
        file: Where to; what is there is replaced.
        sheet: The report.
        console: Hears when the charts are left out.
    """
    plot = svg_of_chart if can_draw() else None
    if plot is None:
        console.print(MISSING, markup=False)
    file.write_text(page(sheet, plot=plot), encoding="utf-8")
