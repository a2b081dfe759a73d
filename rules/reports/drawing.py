"""Drawing: boxes and the arrows between them, before anybody chose how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a drawing."""

    #: What arrows call it; never shown.
    id: str
    #: The lines that stand in it.
    lines: tuple[str, ...]
    #: Nothing leads on from here: it is drawn round.
    end: bool = False
    #: It explains another box, and is no place to be at: it is drawn pale.
    note: bool = False


class Arrow(msgspec.Struct, frozen=True, kw_only=True):
    """A way from one box to another."""

    source: str
    target: str
    #: What leads along it; empty = it goes without saying.
    text: str = ""
    #: Only where somebody or something asks for it: it is drawn dashed.
    asked: bool = False


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of ways, from the top to the bottom."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def in_words(self) -> Iterator[str]:
        """Every arrow as a line, and every box that none touches: what the picture says to those who do not see it."""
        named = {box.id: ", ".join(box.lines) for box in self.boxes}
        for arrow in self.arrows:
            way = f"{named[arrow.source]} → {named[arrow.target]}"
            yield f"{way}: {arrow.text}" if arrow.text else way
        touched = {end for arrow in self.arrows for end in (arrow.source, arrow.target)}
        yield from (named[box.id] for box in self.boxes if box.id not in touched)
