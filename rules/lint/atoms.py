"""Atoms: the smallest statements about a ticket that conditions are made of, each true or false."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from rules.calendar import ALWAYS, BusinessCalendar, Span
from rules.conditions.question import QuestionKind

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Ask:
    """The fact's value answers a question with yes; a fact that is not set never does."""

    fact: str
    kind: QuestionKind
    values: tuple[Any, ...]
    #: Python takes 1, 1.0 and True for the same.
    types: tuple[type, ...] = ()
    test: Callable[[Any], bool] = field(default=bool, compare=False)

    def holds(self, value: object) -> bool:
        """Whether it is true of a value; None = not set."""
        return value is not None and self.test(value)


@dataclass(frozen=True, slots=True)
class Wears:
    """The tag is among the fact's tags."""

    fact: str
    tag: str


@dataclass(frozen=True, slots=True)
class IsSet:
    """A length of time runs, or an instant is known."""

    fact: str


@dataclass(frozen=True, slots=True)
class Reached:
    """So much time has passed since the fact's instant."""

    fact: str
    calendar: BusinessCalendar
    span: Span
    #: The due instant itself does not count yet.
    later: bool

    def implies(self, other: Reached) -> bool:
        """Whether this one cannot be true without the other, on the same fact; False when that is not sure."""
        if self.calendar != other.calendar:
            return False
        if self.calendar is ALWAYS:
            mine, theirs = _seconds(self.span), _seconds(other.span)
            return theirs < mine or (theirs == mine and other.later <= self.later)
        if other.span == self.span:
            return other.later <= self.later
        fewer = other.span.days <= self.span.days and other.span.seconds <= self.span.seconds
        # A day more can end where a day less with a closing in between does; then only equal edges compare.
        alike = (other.span.days == self.span.days == 0) or (other.span.seconds == self.span.seconds == 0)
        return fewer and (alike or other.later <= self.later)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A statement that is not looked into; equal only to itself."""

    key: Hashable


Atom = Ask | Wears | IsSet | Reached | Unknown


def _seconds(span: Span) -> int:
    return span.days * _DAY_SECONDS + span.seconds
