"""Dot: a drawing in the language of Graphviz. What people wrote never becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from rules.reports.drawing import Arrow, Box, Drawing
from rules.reports.signs import clean

#: Longer lines are broken: boxes get as wide as their longest line.
_LONGEST = 28
_LOOKS = (
    'graph [rankdir=TB, bgcolor=transparent, nodesep=0.35, ranksep=0.5, pad=0.1, fontname="Arial"]',
    'node [shape=box, style="rounded,filled", margin="0.2,0.1", fontname="Arial", fontsize=13]',
    'edge [fontname="Arial", fontsize=12, arrowsize=0.8]',
)


def dot(drawing: Drawing) -> str:
    """The drawing as the text of one graph. Its classes (`box`, `end`, `note`, `way`, `asked`) say what is what."""
    return "\n".join(_statements(drawing))


def _statements(drawing: Drawing) -> Iterator[str]:
    names = {box.id: f"n{number}" for number, box in enumerate(drawing.boxes)}
    yield "digraph {"
    yield from _LOOKS
    for box in drawing.boxes:
        yield f"{names[box.id]} [{_box(box)}]"
    notes = {box.id for box in drawing.boxes if box.note}
    for arrow in drawing.arrows:
        way = f"{names[arrow.source]} -> {names[arrow.target]}"
        yield f"{way} [{_arrow(arrow)}]"
        if arrow.source in notes:  # A note stands beside what it explains.
            yield f"{{rank=same; {way.replace(' -> ', '; ')}}}"
    yield "}"


def _box(box: Box) -> str:
    kind = "note" if box.note else "end" if box.end else "box"
    shape = ', shape=box, style="filled"' if box.note else ', shape=box, style="rounded,filled", peripheries=2'
    return f"label={_lines(box.lines)}, class={kind}{shape if box.note or box.end else ''}"


def _arrow(arrow: Arrow) -> str:
    kind = ", class=asked, style=dashed" if arrow.asked else ", class=way"
    # The blanks keep words off the line beside them.
    return f"label={_lines((arrow.text,), around='  ')}{kind}" if arrow.text else kind.removeprefix(", ")


def _lines(lines: tuple[str, ...], around: str = "") -> str:
    parts = [f"{around}{_word(part)}{around}" for line in lines for part in wrap(line, _LONGEST)]
    return '"' + "\\n".join(parts) + '"'


def _word(text: str) -> str:
    """Neither the end of the label, nor one of Graphviz's own abbreviations, nor an entity of HTML."""
    return " ".join(clean(text).split()).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
