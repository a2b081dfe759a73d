"""Page: a sheet as one HTML document for browsers and mail programs. What people wrote never becomes markup.

It stands for itself: no script, no image, no address of ours. On a narrow screen every row of a table becomes a card,
with the headers as labels. Mail programs that leave style sheets out show plain tables that can still be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import count

from rules.reports.sheet import Cell, Section, Sheet, Table, safe_address

_STYLE = (
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#1c2430;background:#fff;"
    "margin:0 auto;padding:24px;max-width:1280px}"
    "h1{font-size:22px;line-height:1.3}h2{font-size:17px;margin-top:28px}h3{font-size:15px;margin:20px 0 4px}"
    "table{font-size:13px}th,td{border-bottom:1px solid #d9dee7;padding:6px 10px;text-align:left;vertical-align:top}"
    "thead th{background:#f3f5f9;white-space:nowrap}tbody th{font-weight:600}"
    "a{color:#0b57d0}ul{padding-left:20px}nav ul{columns:16em;padding-left:18px}"
    ".chip{display:inline-block;padding:0 8px;border-radius:9px;border:1px solid #5f6b7c;white-space:nowrap}"
    ".red{background:#fdecea;border-color:#b3261e}.yellow{background:#fff4ce;border-color:#8a6100}"
    ".green{background:#e6f4ea;border-color:#1e7b34}"
)
#: On a phone a row is a card, and each of its cells a line with its header before it.
_NARROW = (
    "body{padding:14px}thead{position:absolute;left:-9999px}table,tbody,tr,td,tbody th{display:block}"
    "tr{border:1px solid #d9dee7;border-radius:8px;margin:0 0 12px;padding:6px 10px}"
    "td,tbody th{border:0;padding:2px 0;white-space:normal}td{padding-left:7em}td:empty{display:none}"
    "td::before{display:inline-block;width:7em;margin-left:-7em;color:#5a6473;font-weight:400}"
)
#: Also where the style sheet is left out: what is alarming, and a table as wide as the page.
_ALARMING = "background:#fdecea;color:#8c1d18;font-weight:600"
_TABLE = "border-collapse:collapse;width:100%"
#: Longer words may be broken here and there, so that they do not push everything else aside.
_LONG_WORD, _PIECE = 24, 16
#: From so many parts on, a sheet begins with a list of them.
_MANY_PARTS = 6
#: Classes of signs that turn the direction of what follows; kept to the words that they stand in.
_TURNING = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
#: Signs that no HTML document may hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef]")


def page(sheet: Sheet) -> str:
    """The sheet as an HTML document; it ends with a line break."""
    title = escape(_clean(sheet.title))
    rules = "".join(_labels(sheet.sections))
    head = (
        '<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}@media (max-width:700px){{{_NARROW}{rules}}}</style>\n</head>"
    )
    body = "\n".join(_body(sheet))
    return f'<!doctype html>\n<html lang="en">\n{head}\n<body>\n{body}\n</body>\n</html>\n'


def _labels(sections: Sequence[Section]) -> Iterator[str]:
    """The headers of every table as style rules: in the cells themselves they would make long pages twice as long."""
    for name, table in _tables(sections):
        for place, header in enumerate(table.headers, 1):
            if place > 1:
                yield f'#{name} td:nth-child({place})::before{{content:"{_css(header)}"}}'


def _tables(sections: Sequence[Section]) -> Iterator[tuple[str, Table]]:
    """Every table with its id on the page."""
    return ((f"t{number}", part.table) for number, part in enumerate(sections, 1) if part.table is not None)


def _body(sheet: Sheet) -> Iterator[str]:
    yield f"<h1>{_said(sheet.title)}</h1>"
    yield from (f"<p>{_said(sentence)}</p>" for sentence in sheet.sentences)
    parts = [(number, part) for number, part in enumerate(sheet.sections, 1) if part.level == 2]  # noqa: PLR2004 - h2
    if len(parts) >= _MANY_PARTS:
        items = "".join(f'<li><a href="#s{number}">{_said(part.heading)}</a></li>' for number, part in parts)
        yield f'<nav aria-label="Contents"><ul>{items}</ul></nav>'
    tables = dict(_tables(sheet.sections))
    for number, section in zip(count(1), sheet.sections):
        yield f'<h{section.level} id="s{number}">{_said(section.heading)}</h{section.level}>'
        yield from (f"<p>{_said(sentence)}</p>" for sentence in section.sentences)
        if (table := tables.get(f"t{number}")) is not None:
            yield from _table(f"t{number}", f"s{number}", table)
        if section.points:
            yield from ("<ul>", *(f"<li>{_said(point)}</li>" for point in section.points), "</ul>")


def _table(name: str, heading: str, table: Table) -> Iterator[str]:
    head = "".join(f'<th scope="col">{_said(header)}</th>' for header in table.headers)
    yield f'<table id="{name}" aria-labelledby="{heading}" style="{_TABLE}">'
    yield f"<thead><tr>{head}</tr></thead>\n<tbody>"
    yield from (f"<tr>{''.join(_row(row))}</tr>" for row in table.rows)
    yield "</tbody>\n</table>"


def _row(row: Iterable[Cell]) -> Iterator[str]:
    for place, cell in enumerate(row):
        if place == 0:
            yield f'<th scope="row">{_cell(cell)}</th>'
        elif cell.alarming and cell.text:
            yield f'<td style="{_ALARMING}">{_cell(cell)}</td>'
        else:
            yield f"<td>{_cell(cell)}</td>"


def _cell(cell: Cell) -> str:
    text, address = _said(cell.text), safe_address(cell.url)
    if cell.tint and text:
        text = f'<span class="chip {escape(_clean(cell.tint))}">{text}</span>'
    return f'<a href="{escape(_clean(address))}">{text}</a>' if address else text


def _said(text: str) -> str:
    """Words of people: harmless, breakable where they are long, and in their own direction."""
    said = " ".join(_word(word) for word in _clean(text).split())
    return f"<bdi>{said}</bdi>" if any(unicodedata.bidirectional(sign) in _TURNING for sign in text) else said


def _clean(text: str) -> str:
    """The text with a mark for every sign that HTML does not take."""
    replaced = _FORBIDDEN.sub("\ufffd", text)
    # The last two of every plane are no characters.
    return "".join("\ufffd" if ord(sign) & 0xFFFE == 0xFFFE else sign for sign in replaced)  # noqa: PLR2004 - of Unicode


def _word(word: str) -> str:
    if len(word) <= _LONG_WORD:
        return escape(word)
    pieces = (word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
    return "<wbr>".join(escape(piece) for piece in pieces)


def _css(text: str) -> str:
    """Text inside of a string of a style sheet, from which nothing in it can break out."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign == " ") else f"\\{ord(sign):x} " for sign in text)
