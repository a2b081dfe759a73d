"""Page: a sheet as one HTML document for browsers and mail programs. What people wrote never becomes markup.

It stands for itself: no script, no image file, no address of ours. On a narrow screen every row of a table becomes a
card, with the headers as labels. Mail programs that leave style sheets out show plain tables that can still be read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import count

from rules.reports.chart import Chart
from rules.reports.drawing import Drawing
from rules.reports.page_style import NARROW, STYLE
from rules.reports.sheet import Cell, Section, Sheet, Table, safe_address
from rules.reports.signs import clean

#: What turns a drawing into an `svg` element that stands for itself and needs no style of its own.
Draw = Callable[[Drawing], str]
#: What turns a chart into such an element.
Plot = Callable[[Chart], str]

#: Also where the style sheet is left out: what is alarming, and a table as wide as the page.
_ALARMING = "background:#fdecea;color:#8c1d18;font-weight:600"
_TABLE = "border-collapse:collapse;width:100%"
#: Longer words may be broken here and there, so that they do not push everything else aside.
_LONG_WORD, _PIECE = 24, 16
#: From so many parts on, a sheet begins with a list of them.
_MANY_PARTS = 6
#: Classes of signs that turn the direction of what follows; kept to the words that they stand in.
_TURNING = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})


def page(sheet: Sheet, draw: Draw | None = None, plot: Plot | None = None) -> str:
    """The sheet as an HTML document; it ends with a line break.

    Args:
        sheet: What is on the page.
        draw: What draws its drawings; None = they are told in words, as in mails.
        plot: What draws its charts; None = the tables say it all.
    """
    title = escape(clean(sheet.title))
    rules = "".join(_labels(sheet.sections))
    head = (
        '<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}@media (max-width:700px){{{NARROW}{rules}}}</style>\n</head>"
    )
    body = "\n".join(_body(sheet, draw, plot))
    return f'<!doctype html>\n<html lang="en">\n{head}\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n'


def _labels(sections: Sequence[Section]) -> Iterator[str]:
    """The headers of every table as style rules: in the cells themselves they would make long pages twice as long."""
    for name, table in _tables(sections):
        for place, header in enumerate(table.headers, 1):
            if place > 1:
                yield f'#{name} td:nth-child({place})::before{{content:"{_css(header)}"}}'


def _tables(sections: Sequence[Section]) -> Iterator[tuple[str, Table]]:
    """Every table with its id on the page."""
    return ((f"t{number}", part.table) for number, part in enumerate(sections, 1) if part.table is not None)


def _body(sheet: Sheet, draw: Draw | None, plot: Plot | None) -> Iterator[str]:
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
        yield from () if section.drawing is None else _drawing(section.drawing, draw)
        if section.chart is not None and section.chart.labels and plot is not None:
            yield from _figure(section.chart.title, plot(section.chart))
        if (table := tables.get(f"t{number}")) is not None:
            yield from _table(f"t{number}", f"s{number}", table)
        if section.points:
            yield from ("<ul>", *(f"<li>{_said(point)}</li>" for point in section.points), "</ul>")


def _drawing(drawing: Drawing, draw: Draw | None) -> Iterator[str]:
    """The picture with its title below it, and what it says in words for those who do not see it."""
    ways = ["<ul>", *(f"<li>{_said(way)}</li>" for way in drawing.in_words()), "</ul>"]
    if draw is None:
        yield from ways
        return
    yield from _figure(drawing.title, draw(drawing))
    yield from ("<details><summary>The picture in words</summary>", *ways, "</details>")


def _figure(title: str, picture: str) -> Iterator[str]:
    # Who has no mouse moves a wide picture with the keyboard.
    frame = f'<div class="ways" role="group" tabindex="0" aria-label="{escape(clean(title))}">'
    yield f"<figure>{frame}{picture}</div><figcaption>{_said(title)}</figcaption></figure>"


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
        text = f'<span class="chip {escape(clean(cell.tint))}">{text}</span>'
    return f'<a href="{escape(clean(address))}">{text}</a>' if address else text


def _said(text: str) -> str:
    """Words of people: harmless, breakable where they are long, and in their own direction."""
    said = " ".join(_word(word) for word in clean(text).split())
    return f"<bdi>{said}</bdi>" if any(unicodedata.bidirectional(sign) in _TURNING for sign in text) else said


def _word(word: str) -> str:
    if len(word) <= _LONG_WORD:
        return escape(word)
    pieces = (word[at : at + _PIECE] for at in range(0, len(word), _PIECE))
    return "<wbr>".join(escape(piece) for piece in pieces)


def _css(text: str) -> str:
    """Text inside of a string of a style sheet, from which nothing in it can break out."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign == " ") else f"\\{ord(sign):x} " for sign in text)
