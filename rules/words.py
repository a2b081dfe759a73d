"""Words: a fact's value as people say it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

#: Observed texts are cut to so many characters in verdicts.
_LONGEST_OBSERVED = 80
#: Letters of `2026-03-02 09:00`, the offset aside.
_MINUTE = 16


def words(value: object) -> str:
    """A fact's value as people say it."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_OBSERVED else f"{value[: _LONGEST_OBSERVED - 1]}…"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return _tag_words(value)
    if isinstance(value, datetime):
        return minute(value)
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def minute(at: datetime) -> str:
    """An instant to the minute; it has to be given in UTC."""
    # Python prints the standard form several times as fast as one that is spelled out.
    return f"{at.isoformat(' ', 'minutes')[:_MINUTE]} UTC"


@lru_cache(maxsize=4096)
def _tag_words(tags: frozenset[str]) -> str:
    text = ", ".join(sorted(tags))
    return (text if len(text) <= _LONGEST_OBSERVED else f"{text[: _LONGEST_OBSERVED - 1]}…") or "none"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 ticket`, `2,000 tickets`."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
