"""Written: a sheet as plain text, as Markdown and as HTML. What customers and agents wrote never becomes markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from html import escape

from rules.reports.sheet import Cell, Section, Sheet, Table

#: Signs that Markdown would read as markup.
_SIGNS = "\\`*_[]<>|#!~&"
_UNDERLINES = {2: "-", 3: "~"}
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;margin:24px;max-width:1100px}"
    "h1{font-size:22px}h2{font-size:17px;margin-top:28px}"
    "table{border-collapse:collapse;width:100%;font-size:13px}"
    "th,td{border-bottom:1px solid #d9dee7;padding:6px 10px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f3f5f9;white-space:nowrap}td.alarming{background:#fdecea;color:#8c1d18;font-weight:600}a{color:#0b57d0}"
)


class Form(StrEnum):
    """How a sheet is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


def written(sheet: Sheet, form: Form) -> str:
    """The sheet in that form; it ends with a line break."""
    return _WRITERS[form](sheet)


def _text(sheet: Sheet) -> str:
    return "\n".join(_text_lines(sheet)).rstrip("\n") + "\n"


def _text_lines(sheet: Sheet) -> Iterator[str]:
    yield from (sheet.title, "=" * len(sheet.title), "", *sheet.sentences)
    for section in sheet.sections:
        yield from ("", section.heading, _UNDERLINES[section.level] * len(section.heading), *section.sentences)
        yield from () if section.table is None else _columns(section.table)
        yield from (f"- {_line(point)}" for point in section.points)


def _columns(table: Table) -> Iterator[str]:
    """Columns side by side."""
    rows = [table.headers, *([_line(cell.text) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{word:<{width}}" for word, width in zip(row, widths, strict=True)).rstrip()


def _markdown(sheet: Sheet) -> str:
    return "\n".join(_markdown_lines(sheet)).rstrip("\n") + "\n"


def _markdown_lines(sheet: Sheet) -> Iterator[str]:
    yield from (f"# {_plain(sheet.title)}", "")
    yield from _paragraphs(sheet.sentences)
    for section in sheet.sections:
        yield from (f"{'#' * section.level} {_plain(section.heading)}", "")
        yield from _paragraphs(section.sentences)
        yield from () if section.table is None else _markdown_table(section.table)
        yield from [*(f"- {_plain(point)}" for point in section.points), *([""] if section.points else [])]


def _paragraphs(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from (_plain(sentence), "")


def _markdown_table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, table.headers))} |"
    yield f"|{'---|' * len(table.headers)}"
    yield from (f"| {' | '.join(map(_markdown_cell, row))} |" for row in table.rows)
    yield ""


def _markdown_cell(cell: Cell) -> str:
    text = f"[{_plain(cell.text)}](<{_address(cell.url)}>)" if _address(cell.url) else _plain(cell.text)
    return f"**{text}**" if cell.alarming and cell.text else text


def _html(sheet: Sheet) -> str:
    title = escape(sheet.title)
    head = f'<head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
    said = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sheet.sentences)
    body = "\n".join(part for part in (f"<h1>{title}</h1>", said, *map(_html_section, sheet.sections)) if part)
    return f'<!doctype html>\n<html lang="en">\n{head}\n<body>\n{body}\n</body>\n</html>\n'


def _html_section(section: Section) -> str:
    parts = [f"<h{section.level}>{escape(section.heading)}</h{section.level}>"]
    parts += [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
    if section.table is not None:
        parts.append(_html_table(section.table))
    if section.points:
        parts += ["<ul>", *(f"<li>{escape(point)}</li>" for point in section.points), "</ul>"]
    return "\n".join(parts)


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(header)}</th>" for header in table.headers)
    rows = "\n".join(f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in table.rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _html_cell(cell: Cell) -> str:
    address = _address(cell.url)
    text = f'<a href="{escape(address)}">{escape(cell.text)}</a>' if address else escape(cell.text)
    return f'<td class="alarming">{text}</td>' if cell.alarming and cell.text else f"<td>{text}</td>"


def _address(url: str) -> str:
    """A web address that nothing in it can break out of; anything else leads nowhere."""
    safe = url.startswith(("https://", "http://")) and not any(sign in url for sign in "<>\"' \n\r\t")
    return url if safe else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Text that Markdown takes for text, in one line."""
    for sign in _SIGNS:
        text = text.replace(sign, f"\\{sign}")
    return _line(text)


_WRITERS: dict[Form, Callable[[Sheet], str]] = {Form.TEXT: _text, Form.MARKDOWN: _markdown, Form.HTML: _html}
