"""JQL, as far as Escalade writes it itself."""

from __future__ import annotations


def quoted(word: str) -> str:
    """Write a word as a JQL string."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
