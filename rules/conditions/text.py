"""matches, starts_with: the shape of a text."""

from __future__ import annotations

from collections.abc import Callable

import re2

from rules.conditions.base import Condition, Operand, OperandError, Operator, ValueCondition, scalar_operand, text_of
from rules.conditions.question import Question, QuestionKind
from rules.conditions.takes import Takes
from rules.facts import FactType
from rules.literals import required_words

_TYPES = frozenset({FactType.TEXT, FactType.ANY})


def _starts_with(operand: Operand) -> Condition:
    start = text_of(scalar_operand(operand))
    folded = start.casefold()
    return ValueCondition(
        fact=operand.spec.name,
        wanted=f"starts with {start!r}",
        test=lambda text: str(text).casefold().startswith(folded),
        question=Question(QuestionKind.START, (folded,)),
    )


def _matches(operand: Operand) -> Condition:
    pattern = text_of(scalar_operand(operand))
    options = re2.Options()
    options.log_errors = False
    try:
        # RE2 runs in time linear in the text: no customer's text can stall a rule.
        search = re2.compile(pattern, options).search
    except re2.error as error:
        raise OperandError(
            f"this pattern cannot be read: {_reason(error)}",
            hint="patterns are RE2: no look-around, no back references; (?i) ignores case",
        ) from None
    return ValueCondition(
        fact=operand.spec.name,
        wanted=f"matches {pattern}",
        test=_Finder(pattern, _searcher(search)).finds,
        question=Question(QuestionKind.PATTERN, (pattern,)),
    )


class _Finder:
    """A test for a pattern: most texts have none of the words that it needs, and looking for those is cheap."""

    __slots__ = ("_pattern", "_search", "_words")

    def __init__(self, pattern: str, search: Callable[[str], object]) -> None:
        self._pattern, self._search = pattern, search
        #: Worked out when it is first asked: of a large policy most rules never are. Empty = there are none.
        self._words: tuple[str, ...] | None = None

    def finds(self, value: object) -> bool:
        """Whether the pattern is found anywhere in the value's text."""
        text, words = str(value), self._words
        if words is None:
            words = self._words = required_words(self._pattern) or ()
        if not words:
            return self._search(text) is not None
        low = text.casefold()
        for word in words:
            if word in low:
                return self._search(text) is not None
        return False


def _searcher(search: Callable[[str], object]) -> Callable[[str], object]:
    """The search in texts with halves of letters too, as customers' programs send them; each stands for no letter."""

    def found(text: str) -> object:
        try:
            return search(text)
        except UnicodeEncodeError:
            # UTF-8, which is what RE2 reads, cannot write them.
            return search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))

    return found


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "it is not a regular expression"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


OPERATORS = (
    Operator(
        name="starts_with",
        types=_TYPES,
        build=_starts_with,
        takes=Takes.WORD,
        doc="the text begins so (case does not count)",
    ),
    Operator(
        name="matches",
        types=_TYPES,
        build=_matches,
        takes=Takes.WORD,
        doc="the RE2 pattern is found anywhere in the text (case counts; ^ and $ anchor, (?i) ignores case)",
    ),
)
