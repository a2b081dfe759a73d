"""Likely: a pattern that is asked of texts which probably match."""

from __future__ import annotations

from collections.abc import Callable

import re2


class Likely:
    """Asks whether a pattern matches; a yes takes a third of the time that finding the place takes.

    RE2's sets tell which patterns match and not where. They may give up where memory is short, and then say no; so a no
    is asked again.

    Args:
        pattern: An RE2 pattern that can be read.
        test: Whether it is found in a text.
    """

    __slots__ = ("_hits", "_test")

    def __init__(self, pattern: str, test: Callable[[str], bool]) -> None:
        options = re2.Options()
        options.log_errors = False
        hits = re2.Set.SearchSet(options)
        hits.Add(pattern)
        hits.Compile()
        self._hits = hits.Match
        self._test = test

    def matches(self, value: object) -> bool:
        """Whether the pattern is found anywhere in the value's text."""
        text = str(value)
        try:
            found = self._hits(text.encode()) is not None
        except UnicodeEncodeError:
            # Half of a letter, which UTF-8 cannot write.
            found = False
        return found or self._test(text)
