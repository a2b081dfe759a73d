"""Texts: by the text of one fact, the rows that it does not rule out; all that is asked of it is asked in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import re2

from rules.compile.values import Asked, Values
from rules.conditions.base import ValueCondition
from rules.conditions.question import Question, QuestionKind

#: So many patterns of one fact are worth running together.
MOST_PATTERNS = 64


class Texts(Values):
    """The rows, as bits, that a text does not rule out; other values are asked as values are.

    RE2's sets run many patterns over a text at once. They may give up where memory is short, and then find nothing at
    all. A pattern that is found everywhere is therefore added: where that one is missing, all is asked one by one.

    Args:
        asked: What is asked of the fact.
        everything: The bits of all rows.
    """

    __slots__ = ("_find", "_left", "_others", "_patterns", "_phrases")

    def __init__(self, asked: Sequence[Asked], everything: int) -> None:
        super().__init__(asked, everything)
        self._patterns = [one for one in asked if _question(one[0]).kind is QuestionKind.PATTERN]
        phrases = [one for one in asked if _is_phrase(_question(one[0]))]
        self._phrases = phrases[: max(0, MOST_PATTERNS - len(self._patterns))]
        taken = [*self._patterns, *self._phrases]
        self._others = [one for one in asked if one not in taken]
        self._find = _together([_pattern(_question(one[0])) for one in taken])
        #: By the numbers of the patterns that were found: the rows that they leave. Many texts find the same ones.
        self._left: dict[tuple[int, ...], int] = {}

    def of(self, value: Any) -> int:
        """The rows that a value of any type does not rule out."""
        found = self._find(value) if value.__class__ is str else None
        if found is None:
            return super().of(value)
        if value.isascii() or len(value.casefold()) == len(value):
            left, others = self._leave(tuple(found), (*self._patterns, *self._phrases)), self._others
        else:
            # Letters that are folded to several are not known to RE2: phrases are looked for without it.
            numbers = tuple(number for number in found if number < len(self._patterns))
            left, others = self._leave(numbers, self._patterns), [*self._others, *self._phrases]
        return left & self.all_of(others, value) if others else left

    def _leave(self, numbers: tuple[int, ...], asked: Sequence[Asked]) -> int:
        """The rows that are left where of some patterns these are found."""
        left = self._left.get(numbers)
        if left is None:
            left = self._everything
            for number, (condition, wanted, bits) in enumerate(asked):
                if (number in numbers) is not (wanted is not _question(condition).negated):
                    left &= ~bits
            if len(self._left) >= self._most:
                self._left.clear()
            self._left[numbers] = left
        return left


def _together(patterns: Sequence[str]) -> Callable[[str], list[int] | None]:
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
    match = together.Match

    def find(text: str) -> list[int] | None:
        try:
            found: list[int] | None = match(text.encode())
        except UnicodeEncodeError:
            return None
        return found

    return find


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
