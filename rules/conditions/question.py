"""Question: what a condition asks of one value, as data, so that many conditions can be asked at once."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class QuestionKind(StrEnum):
    """The ways in which conditions look at one value."""

    #: The value is one of `values`.
    VALUE = "value"
    #: The same for custom fields, where 5, 5.0 and '5' are one value.
    FIELD = "field"
    #: At least one of the tags `values` is worn.
    TAG = "tag"
    #: All of the tags `values` are worn.
    TAGS = "tags"
    #: At least one of the case-folded texts `values` occurs in the text.
    PHRASE = "phrase"
    #: All of them occur.
    PHRASES = "phrases"
    #: The case-folded text begins with the only one of `values`.
    START = "start"
    #: The RE2 pattern, the only one of `values`, is found in the text.
    PATTERN = "pattern"
    #: The number compares with a limit; `values` are the operator's word and the limit.
    NUMBER = "number"
    #: The value is set at all.
    SET = "set"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one value that is not None; what unset values mean is told by the condition."""

    kind: QuestionKind
    values: tuple[Any, ...] = ()
    #: Asks for the opposite.
    negated: bool = False

    @property
    def key(self) -> Hashable:
        """Equal for equal questions. Types count: Python takes 1, 1.0 and True for the same."""
        return self.kind, self.negated, self.values, tuple(map(type, self.values))
