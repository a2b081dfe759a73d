"""Columns: a table as plain text, side by side where there is room, and one entry below the other where there is not.

Nothing is cut off. A word that is longer than a line, such as an address, stays whole.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rules.reports.sheet import Table

#: Signs between two columns, the usual and the least.
_GAPS = (2, 1)
#: Lines of a row; what would take more is easier to read as an entry.
_MOST_LINES = 3
_INDENT = "  "
_BETWEEN = " | "


def columns_of(table: Table, width: int | None = None) -> Iterator[str]:
    """The lines of a table.

    Args:
        table: What to write. Cells lose their line breaks.
        width: Signs that a line has room for; None = as many as it takes.
    """
    rows = [table.headers, *(tuple(one_line(cell.text) for cell in row) for row in table.rows)]
    natural = _widths(rows)
    if width is None or sum(natural) + _GAPS[0] * (len(natural) - 1) <= width:
        yield from _side_by_side(rows, natural, _GAPS[0])
        return
    for gap in _GAPS:
        widths = _narrowed(rows, natural, width - gap * (len(natural) - 1))
        if widths is not None:
            yield from _side_by_side(rows, widths, gap)
            return
    for row in rows[1:]:
        yield from _entry(table.headers, row, width)


def one_line(text: str) -> str:
    """The words of a text with one blank between them."""
    return " ".join(text.split())


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _narrowed(rows: Sequence[Sequence[str]], natural: Sequence[int], room: int) -> list[int] | None:
    """Widths that fit into the room and break no word; None where they do not, or rows would become high."""
    widths = _widths([[max(word.split(), key=len, default="") for word in row] for row in rows])
    spare = room - sum(widths)
    if spare < 0:
        return None
    # Who wants least is served first, so that short columns stay in one line and the longest one gives way.
    for at in sorted(range(len(widths)), key=lambda at: natural[at] - widths[at]):
        more = min(natural[at] - widths[at], spare)
        widths[at] += more
        spare -= more
    return widths if all(len(_lines(row, widths)) <= _MOST_LINES for row in rows) else None


def _side_by_side(rows: Iterable[Sequence[str]], widths: Sequence[int], gap: int) -> Iterator[str]:
    for row in rows:
        for line in _lines(row, widths):
            padded = (f"{word:<{width}}" for word, width in zip(line, widths, strict=True))
            yield (" " * gap).join(padded).rstrip()


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[tuple[str, ...]]:
    """One row as lines, each with its part of every cell."""
    cells = (_wrapped(word, max(width, 1)) for word, width in zip(row, widths, strict=True))
    return list(zip_longest(*cells, fillvalue=""))


def _entry(headers: Sequence[str], row: Sequence[str], width: int) -> Iterator[str]:
    """One row by itself: what it is about, and below it everything else by its header."""
    yield from _wrapped(row[0], width, later=_INDENT)
    told = [f"{head}: {word}" if head else word for head, word in zip(headers[1:], row[1:], strict=True) if word]
    line = ""
    for one in told:
        longer = f"{line}{_BETWEEN}{one}" if line else one
        if line and len(_INDENT) + len(longer) > width:
            yield from _wrapped(line, width, first=_INDENT, later=2 * _INDENT)
            longer = one
        line = longer
    if line:
        yield from _wrapped(line, width, first=_INDENT, later=2 * _INDENT)


def _wrapped(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """Lines of a text, none longer than the width unless a word is; at least one."""
    found = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return found or [""]
