"""Texts: by the text of one fact, the rows that it does not rule out; all that is asked of it is asked in one go."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

import re2

from rules.compile.values import Asked, Values
from rules.conditions.base import ValueCondition
from rules.conditions.question import Question, QuestionKind

#: So many patterns of one fact are worth running together.
MOST_PATTERNS = 64
#: Of about so many texts is remembered that they came.
_MOST_ONCE = 4093


class Texts(Values):
    """The rows, as bits, that a text does not rule out; other values are asked as values are.

    RE2's sets run many patterns over a text at once. They may give up where memory is short, and then find nothing at
    all. A pattern that is found everywhere is therefore added: where that one is missing, all is asked one by one.

    Args:
        asked: What is asked of the fact.
        everything: The bits of all rows.
    """

    __slots__ = ("_left", "_match", "_once", "_others", "_patterns", "_phrases")

    def __init__(self, asked: Sequence[Asked], everything: int) -> None:
        super().__init__(asked, everything)
        self._patterns = [one for one in asked if _question(one[0]).kind is QuestionKind.PATTERN]
        phrases = [one for one in asked if _is_phrase(_question(one[0]))]
        self._phrases = phrases[: max(0, MOST_PATTERNS - len(self._patterns))]
        taken = [*self._patterns, *self._phrases]
        self._others = [one for one in asked if one not in taken]
        self._match = _together([_pattern(_question(one[0])) for one in taken])
        #: By the numbers of the patterns that were found: the rows that they leave. Many texts find the same ones.
        self._left: dict[tuple[int, ...], int] = {}
        #: Hashes of texts that came once.
        self._once = array("q", [0]) * _MOST_ONCE

    def __missing__(self, value: Any) -> int:
        """Work it out. Most texts never come again: one is kept when it comes for the second time."""
        if value.__class__ is not str:
            return super().__missing__(value)
        seen = hash(value)
        if self._once[seen % _MOST_ONCE] == seen:
            return super().__missing__(value)
        self._once[seen % _MOST_ONCE] = seen
        return self.of(value)

    def of(self, value: Any) -> int:
        """The rows that a value of any type does not rule out."""
        try:
            found = self._match(value.encode()) if value.__class__ is str else None
        except UnicodeEncodeError:
            found = None
        if found is None:
            return super().of(value)
        if value.isascii() or len(value.casefold()) == len(value):
            numbers, others = tuple(found), self._others
        else:
            # Letters that are folded to several are not known to RE2: phrases are looked for without it.
            numbers = tuple(number for number in found if number < len(self._patterns))
            others = [*self._others, *self._phrases]
        left = self._left.get(numbers)
        if left is None:
            left = self._leave(numbers)
        return left & self.all_of(others, value) if others else left

    def _leave(self, numbers: tuple[int, ...]) -> int:
        """The rows that are left where of some patterns these are found."""
        # The number of what is found everywhere is taken away where phrases are not told.
        with_phrases = len(self._patterns) + len(self._phrases) in numbers
        left = self._everything
        for number, (condition, wanted, bits) in enumerate([*self._patterns, *(self._phrases if with_phrases else ())]):
            if (number in numbers) is not (wanted is not _question(condition).negated):
                left &= ~bits
        if len(self._left) >= self._most:
            self._left.clear()
        self._left[numbers] = left
        return left


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
    match: Callable[[bytes], list[int] | None] = together.Match
    return match


def _question(condition: ValueCondition) -> Question:
    question = condition.question
    if question is None:
        raise ValueError(f"{condition.wanted!r} is not told as a question")
    return question


def _is_phrase(question: Question) -> bool:
    """Whether a pattern can ask the same: of letters beyond ASCII, RE2 folds others than Python does."""
    return question.kind is QuestionKind.PHRASE and all(word.isascii() for word in question.values)


def _pattern(question: Question) -> str:
    if question.kind is QuestionKind.PATTERN:
        pattern: str = question.values[0]
        return pattern
    return f"(?i){'|'.join(map(re2.escape, question.values))}"
