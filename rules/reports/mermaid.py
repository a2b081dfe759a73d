"""Mermaid: a drawing in the language that code hosts and wikis draw. What people wrote never becomes markup."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from rules.reports.drawing import Arrow, Box, Drawing

#: Signs that mean nothing to Mermaid inside of quotes; every other one is written as its number.
_PLAIN = frozenset(" .,:?!()/+%-→")
#: Longer lines are broken: boxes get as wide as their longest line.
_LONGEST = 30


def mermaid(drawing: Drawing) -> Iterator[str]:
    """The lines of the drawing, without the fence around them."""
    names = {box.id: f"n{number}" for number, box in enumerate(drawing.boxes)}
    yield "flowchart TD"
    yield f"  accTitle: {_word(drawing.title)}"
    yield f"  accDescr: {_word('; '.join(drawing.in_words()))}"
    for box in drawing.boxes:
        yield f"  {names[box.id]}{_box(box)}"
    for arrow in drawing.arrows:
        yield f"  {names[arrow.source]} {_arrow(arrow)} {names[arrow.target]}"


def _box(box: Box) -> str:
    text = _lines(box.lines)
    if box.note:
        return f'[/"{text}"/]'
    return f'(["{text}"])' if box.end else f'["{text}"]'


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.asked else "-->"
    return f'{line}|"{_lines((arrow.text,))}"|' if arrow.text else line


def _lines(lines: tuple[str, ...]) -> str:
    return "<br>".join(_word(part) for line in lines for part in wrap(line, _LONGEST))


def _word(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign in _PLAIN else f"#{ord(sign)};" for sign in " ".join(text.split()))
