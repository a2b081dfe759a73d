"""Harmless: what others wrote, before a terminal sees it."""

from __future__ import annotations

import re

#: What moves a terminal's cursor, sets its title or turns the direction of reading: customers write subjects.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text with everything in it that a terminal would obey made visible instead."""
    return _COMMANDS.sub("\N{REPLACEMENT CHARACTER}", text)


def harmless_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(map(harmless, text.splitlines()))
