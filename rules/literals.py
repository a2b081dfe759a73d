"""Literals: words of which one has to stand in every text that a pattern matches; looking for them is cheap.

Sound whatever the pattern's flags: words and text are compared case-folded, and all letters that RE2 takes for one
ASCII letter fold to it. A pattern with a construct that is not known here has no words, and is then always asked.
"""

from __future__ import annotations

import re

#: More words than this cost as much as the pattern.
_MOST_WORDS = 6
#: Shorter words stand in almost every text.
_SHORTEST = 3
#: Patterns nested deeper than any that people write are not looked into.
_MOST_GROUPS = 50
_GROUP = re.compile(r"\((?:\?(?:P?<\w+>|[imsU-]*:))?")
_FLAGS = re.compile(r"\(\?[imsU-]+\)")
_REPEAT = re.compile(r"(?:[*+?]|\{(\d+)(?:,\d*)?\})\??")
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\\[]|\\[^pPQEx0-9])*\]")
_ZERO_WIDTH = frozenset("bBAz")
_ONE_OF_MANY = frozenset("dDwWsS")


class _UnknownError(Exception):
    """The pattern has a construct that is not known here."""


def required_words(pattern: str) -> tuple[str, ...] | None:
    """Case-folded words, one of which stands in the case-folded form of every text that the RE2 pattern matches.

    None where there are none, too many, or where it cannot be told.
    """
    if pattern.count("(") > _MOST_GROUPS:
        return None
    try:
        words, end = _alternatives(pattern, 0)
    except _UnknownError:
        return None
    if words is None or end != len(pattern) or len(words) > _MOST_WORDS:
        return None
    return tuple(sorted(words)) if min(map(len, words)) >= _SHORTEST else None


def _alternatives(pattern: str, at: int) -> tuple[frozenset[str] | None, int]:
    """Words of `a|b|c` up to the closing bracket or the end; every alternative has to have some."""
    words: frozenset[str] | None = frozenset()
    while True:
        found, at = _sequence(pattern, at)
        words = None if words is None or found is None else words | found
        if pattern[at : at + 1] != "|":
            return words, at
        at += 1


def _sequence(pattern: str, at: int) -> tuple[frozenset[str] | None, int]:
    """Words of parts that follow each other: those of the part that tells most."""
    best: frozenset[str] | None = None
    run = ""
    while at < len(pattern) and pattern[at] not in "|)":
        letter, words, at = _part(pattern, at)
        least, at = _repeats(pattern, at)
        if letter is not None and least is None:
            run += letter
            continue
        if letter is not None and least:
            run += letter
        best = _better(best, frozenset((run,)) if run else None)
        best = _better(best, None if least == 0 else words)
        run = ""
    return _better(best, frozenset((run,)) if run else None), at


def _part(pattern: str, at: int) -> tuple[str | None, frozenset[str] | None, int]:
    """One part: the letter that it stands for, or else the words that it needs, and where it ends."""
    sign = pattern[at]
    if sign == "(":
        if flags := _FLAGS.match(pattern, at):
            return None, None, flags.end()
        return _group(pattern, at)
    if sign == "[":
        if (found := _CLASS.match(pattern, at)) is None:
            raise _UnknownError
        return None, None, found.end()
    if sign == "\\":
        return _escaped(pattern, at)
    if sign in "^$." or not sign.isascii():
        return None, None, at + 1
    if sign in "*+?{":
        raise _UnknownError
    return sign.casefold(), None, at + 1


def _group(pattern: str, at: int) -> tuple[None, frozenset[str] | None, int]:
    opening = _GROUP.match(pattern, at)
    if opening is None or pattern[opening.end() : opening.end() + 1] == "?":
        raise _UnknownError
    words, end = _alternatives(pattern, opening.end())
    if pattern[end : end + 1] != ")":
        raise _UnknownError
    return None, words, end + 1


def _escaped(pattern: str, at: int) -> tuple[str | None, None, int]:
    letter = pattern[at + 1 : at + 2]
    if letter in _ZERO_WIDTH or letter in _ONE_OF_MANY:
        return None, None, at + 2
    if not letter.isascii() or not letter or letter.isalnum():
        raise _UnknownError
    return letter, None, at + 2


def _repeats(pattern: str, at: int) -> tuple[int | None, int]:
    """How often the part before has to stand at least; None when nothing is said."""
    found = _REPEAT.match(pattern, at)
    if found is None:
        return None, at
    sign = pattern[at]
    least = int(found[1]) if sign == "{" else int(sign == "+")
    return least, found.end()


def _better(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Of two sets of words the one that fewer texts have: its shortest word is longer."""
    if not one or not other:
        return one or other or None
    return max(one, other, key=lambda words: min(map(len, words)))
