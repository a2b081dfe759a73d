"""Line: one line of an explanation, before anybody chose how it is written; and how lines are written."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

#: Signs that Markdown would read as markup: what customers write must become neither links nor images.
_SIGNS = "\\`*_[]<>|#!~&"
_INDENT = "  "
_NARROWEST = 30


class Tone(StrEnum):
    """What a line is for the eye."""

    PLAIN = "plain"
    HEADING = "heading"
    #: Part of the answer.
    ANSWER = "answer"
    YES = "yes"
    NO = "no"
    #: Can be read later.
    ASIDE = "aside"


class Line(msgspec.Struct, frozen=True):
    """One line; `depth` counts from 0."""

    text: str
    depth: int = 0
    tone: Tone = Tone.PLAIN


def instant(at: datetime) -> str:
    """An instant (UTC) with its weekday; seconds only where there are some."""
    return f"{at:%a %Y-%m-%d %H:%M:%S} UTC" if at.second or at.microsecond else f"{at:%a %Y-%m-%d %H:%M} UTC"


def wrapped(line: Line, width: int) -> str:
    """A line as text, broken where it is wider than so many characters."""
    indent = _INDENT * line.depth
    text = " ".join(line.text.split())
    room = max(width, len(indent) + _NARROWEST)
    return textwrap.fill(
        text,
        room,
        initial_indent=indent,
        subsequent_indent=f"{indent}{_INDENT}" if line.depth else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_text(lines: Iterable[Line], width: int) -> str:
    """Lines for a terminal of so many columns; it ends with a line break."""
    parts: list[str] = []
    for line in lines:
        if line.tone is Tone.HEADING:
            parts += ["", wrapped(line, width)]
        else:
            parts.append(wrapped(line, width))
    return "\n".join(parts) + "\n"


def as_markdown(lines: Iterable[Line]) -> str:
    """The same for Markdown: the answer as paragraphs, all else as nested lists."""
    parts: list[str] = []
    for line in lines:
        text = _escaped(line.text)
        if line.tone is Tone.HEADING:
            parts += ["", f"### {text}", ""]
        elif line.tone is Tone.ANSWER and not line.depth:
            parts += [*([""] if parts else []), f"**{text}**", ""]
        else:
            parts.append(f"{_INDENT * max(line.depth - 1, 0)}- {text}")
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def _escaped(text: str) -> str:
    for sign in _SIGNS:
        text = text.replace(sign, f"\\{sign}")
    told = " ".join(text.split())
    # What is to be written begins with a sign that would open a list within the list.
    return f"\\{told}" if told.startswith("+ ") else told
