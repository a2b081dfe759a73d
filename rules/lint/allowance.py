"""Allowance: a comment that says why a finding is right to be there: `# escalade: allow CODE because …`.

It stands at the end of the line that the finding names, or on a line of its own above it. Comments are no part of what
a policy says: allowing a finding changes neither its version nor what escalations in flight follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from rules.policy import Position
from rules.yamltext import LOADER

_SAID = re.compile(r"#\s*escalade:\s*allow\b[ \t]*(\S*)[ \t]*(.*)$")
_MARK = "escalade:"
_FEED = ".ics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One comment that allows one kind of finding on one line."""

    #: Where the comment begins.
    at: Position
    #: The line that it is about, counted from 1.
    line: int
    #: The code of the finding, as written; may be none that there is.
    code: str
    #: Why that is right; empty where nobody said.
    reason: str


def allowances(texts: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Every allowance in the files of a policy, in their order.

    Args:
        texts: File name → text, of files that can be read.
    """
    return tuple(
        one for file in sorted(texts) if not file.endswith(_FEED) and _MARK in texts[file] for one in _of(file, texts)
    )


def _of(file: str, texts: Mapping[str, str]) -> Iterator[Allowance]:
    text = texts[file]
    lines = text.splitlines()
    quoted = _scalars(text)
    for index, line in enumerate(lines):
        said = _SAID.search(line)
        if said is None or any(start <= (index, said.start()) < end for start, end in quoted):
            continue
        alone = not line[: said.start()].strip()
        at = Position(file=file, line=index + 1, column=said.start() + 1)
        about = _next(lines, index) if alone else index
        yield Allowance(at=at, line=about + 1, code=said[1], reason=said[2].strip())


def _next(lines: list[str], index: int) -> int:
    """The line below a comment that says something; the comment's own where nothing follows."""
    below = (number for number in range(index + 1, len(lines)) if lines[number].split("#")[0].strip())
    return next(below, index)


def _scalars(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where (line and column, from 0) values and keys stand: a `#` in them begins no comment."""
    tokens = yaml.scan(text, Loader=LOADER)
    return [
        ((token.start_mark.line, token.start_mark.column), (token.end_mark.line, token.end_mark.column))
        for token in tokens
        if isinstance(token, yaml.ScalarToken)
    ]
