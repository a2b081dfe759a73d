"""Texts: by the text of one fact, the rows that it does not rule out; all that is asked of it is asked in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import re2

from rules.compile.values import Asked, Values
from rules.conditions.question import Question, QuestionKind


class Texts(Values):
    """The rows, as bits, that a text does not rule out; other values are asked as values are.

    RE2's sets run many patterns over a text at once. They may give up where memory is short, and then find nothing at
    all. A pattern that is found everywhere is therefore added: where that one is missing, all is asked one by one.

    Args:
        asked: What is asked of the fact.
        everything: The bits of all rows.
    """

    __slots__ = ("_find", "_needed", "_others", "_phrases", "_several", "_start")

    def __init__(self, asked: Sequence[Asked], everything: int) -> None:
        super().__init__(asked, everything)
        patterns = [one for one in asked if _is(one, QuestionKind.PATTERN)]
        several = _in_several(bits for _, wanted, bits in patterns if wanted)
        #: By the number of a pattern the rows that need it and no other one.
        self._needed = [bits & ~several if wanted else 0 for _, wanted, bits in patterns]
        self._start = everything
        for bits in self._needed:
            self._start &= ~bits
        self._several = [
            (number, wanted, bits & several if wanted else bits)
            for number, (_, wanted, bits) in enumerate(patterns)
            if not wanted or bits & several
        ]
        self._needed.append(0)
        phrases = [(one, _question(one)) for one in asked if _is(one, QuestionKind.PHRASE) and _is_plain(one)]
        #: Words, whether they have to stand there, and the rows that ask so.
        self._phrases = [(q.values[0], wanted is not q.negated, bits) for (_, wanted, bits), q in phrases]
        taken = [*patterns, *(one for one, _ in phrases)]
        self._others = [one for one in asked if one not in taken]
        self._find = _together([str(_question(one).values[0]) for one in patterns])

    def of(self, value: Any) -> int:
        """The rows that a value of any type does not rule out."""
        if value.__class__ is not str:
            return super().of(value)
        try:
            found = self._find(value.encode())
        except UnicodeEncodeError:
            found = None
        if found is None:
            return super().of(value)
        left = self._start
        for number in found:
            left |= self._needed[number]
        for number, wanted, bits in self._several:
            if (number in found) is not wanted:
                left &= ~bits
        low = value.casefold()
        for word, wanted, bits in self._phrases:
            if (word in low) is not wanted:
                left &= ~bits
        return left & self.all_of(self._others, value) if self._others else left


def _together(patterns: Sequence[str]) -> Callable[[bytes], list[int] | None]:
    """Tells the numbers of the patterns that are found, and one more; None where that cannot be told."""
    options = re2.Options()
    options.log_errors = False
    together = re2.Set.SearchSet(options)
    try:
        for pattern in (*patterns, ""):
            together.Add(pattern)
        together.Compile()
    except re2.error:
        # Each of them has room in memory, all of them together have not.
        return lambda _: None
    found: Callable[[bytes], list[int] | None] = together.Match
    return found


def _in_several(numbers: Iterator[int]) -> int:
    """Bits that several numbers have."""
    seen = several = 0
    for bits in numbers:
        several |= seen & bits
        seen |= bits
    return several


def _question(asked: Asked) -> Question:
    question = asked[0].question
    if question is None:
        raise ValueError(f"{asked[0].wanted!r} is not told as a question")
    return question


def _is(asked: Asked, kind: QuestionKind) -> bool:
    return _question(asked).kind is kind


def _is_plain(asked: Asked) -> bool:
    return len(_question(asked).values) == 1
