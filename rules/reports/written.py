"""Written: a sheet as plain text, as Markdown and as HTML. What customers and agents wrote never becomes markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from rules.reports.columns import columns_of, one_line
from rules.reports.drawing import Drawing
from rules.reports.mermaid import mermaid
from rules.reports.page import Draw, Plot, page
from rules.reports.sheet import Cell, Sheet, Table, safe_address

#: Signs that Markdown would read as markup.
_SIGNS = "\\`*_[]<>|#!~&"
_UNDERLINES = {2: "-", 3: "~"}


class Form(StrEnum):
    """How a sheet is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


def written(
    sheet: Sheet, form: Form, draw: Draw | None = None, plot: Plot | None = None, *, width: int | None = None
) -> str:
    """The sheet in that form; it ends with a line break.

    Args:
        sheet: What to write.
        form: How to.
        draw: What turns a drawing into SVG, for HTML; without it, drawings are told in words. Markdown has them in
            Mermaid's language, and text in words.
        plot: What turns a chart into SVG, for HTML; without it, and in the other forms, the tables say it all.
        width: Signs that a line of a table has room for in plain text; None = as many as it takes.
    """
    match form:
        case Form.HTML:
            return page(sheet, draw, plot)
        case Form.MARKDOWN:
            return _ended(_markdown_lines(sheet))
        case Form.TEXT:
            return _ended(_text_lines(sheet, width))


def _ended(lines: Iterator[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _text_lines(sheet: Sheet, width: int | None) -> Iterator[str]:
    yield from (sheet.title, "=" * len(sheet.title), "", *sheet.sentences)
    for section in sheet.sections:
        yield from ("", section.heading, _UNDERLINES[section.level] * len(section.heading), *section.sentences)
        yield from () if section.drawing is None else (f"- {one_line(way)}" for way in section.drawing.in_words())
        yield from () if section.table is None else columns_of(section.table, width)
        yield from (f"- {one_line(point)}" for point in section.points)


def _markdown_lines(sheet: Sheet) -> Iterator[str]:
    yield from (f"# {_plain(sheet.title)}", "")
    yield from _paragraphs(sheet.sentences)
    for section in sheet.sections:
        yield from (f"{'#' * section.level} {_plain(section.heading)}", "")
        yield from _paragraphs(section.sentences)
        yield from () if section.drawing is None else _markdown_drawing(section.drawing)
        yield from () if section.table is None else _markdown_table(section.table)
        yield from [*(f"- {_plain(point)}" for point in section.points), *([""] if section.points else [])]


def _paragraphs(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from (_plain(sentence), "")


def _markdown_drawing(drawing: Drawing) -> Iterator[str]:
    yield from ("```mermaid", *mermaid(drawing), "```", "")


def _markdown_table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, table.headers))} |"
    yield f"|{'---|' * len(table.headers)}"
    yield from (f"| {' | '.join(map(_markdown_cell, row))} |" for row in table.rows)
    yield ""


def _markdown_cell(cell: Cell) -> str:
    address = safe_address(cell.url)
    text = f"[{_plain(cell.text)}](<{address}>)" if address else _plain(cell.text)
    return f"**{text}**" if cell.alarming and cell.text else text


def _plain(text: str) -> str:
    """Text that Markdown takes for text, in one line."""
    for sign in _SIGNS:
        text = text.replace(sign, f"\\{sign}")
    return one_line(text)
