"""Sheet: a report as headings, sentences, tables and lists, before anybody chose how it is written."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rules.reports.chart import Chart
from rules.reports.drawing import Drawing


class Cell(msgspec.Struct, frozen=True, gc=False):
    """One field of a table."""

    text: str
    #: Where the text leads; empty = nowhere.
    url: str = ""
    #: It wants attention.
    alarming: bool = False
    #: A status colour that it shows: red, yellow or green; the text says it in words. Empty = none.
    tint: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows below headers, all of the same width."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a sheet: what is there is written in this order."""

    heading: str
    #: 2 = a part of the sheet, 3 = a part of the section before it.
    level: int = 2
    sentences: tuple[str, ...] = ()
    drawing: Drawing | None = None
    #: A picture of what the table says; only pages show it.
    chart: Chart | None = None
    table: Table | None = None
    points: tuple[str, ...] = ()


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report."""

    title: str
    sentences: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


def table_of(headers: Iterable[str], rows: Iterable[Iterable[Cell | str]]) -> Table:
    """A table whose cells may be given as plain words; a column that is empty in every row is left out."""
    words = tuple(headers)
    filled = [tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows]
    shown = [at for at in range(len(words)) if any(row[at].text for row in filled)]
    return Table(headers=tuple(words[at] for at in shown), rows=tuple(tuple(row[at] for at in shown) for row in filled))


def safe_address(url: str) -> str:
    """A web address that nothing in it can break out of; empty where it is none, so that it leads nowhere."""
    safe = url.startswith(("https://", "http://")) and not any(sign in url for sign in "<>\"' \n\r\t")
    return url if safe else ""
