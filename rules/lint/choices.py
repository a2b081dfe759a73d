"""Choices: the few texts that a formula leaves a fact, so that two formulas that leave none in common are told at once.

Large policies are tables: one product or one queue a rule. That no two of their rules meet is seen
here without a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.conditions.question import QuestionKind
from rules.lint.atoms import Ask
from rules.lint.formula import Both, Fact, Formula

_VALUES = frozenset({QuestionKind.VALUE, QuestionKind.FIELD})
#: Texts that custom fields take for a value of another kind.
_FLAGS = frozenset({"true", "false"})

#: Fact → the texts, in small letters, of which it has to be one.
Choices = Mapping[str, frozenset[str]]


def choices_of(formula: Formula) -> Choices:
    """The facts of which a formula names every text that they may have; what is not sure is left out."""
    found: dict[str, frozenset[str]] = {}
    for ask in _asked(formula):
        texts = frozenset(value.casefold() for value in ask.values if isinstance(value, str))
        if len(ask.values) == sum(isinstance(value, str) for value in ask.values) and all(map(_is_plain, texts)):
            found[ask.fact] = texts if ask.fact not in found else found[ask.fact] & texts
    return found


def exclude(one: Choices, other: Choices) -> bool:
    """Whether no ticket can fulfil both, as far as these choices tell."""
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    return any(fact in many and texts.isdisjoint(many[fact]) for fact, texts in few.items())


def _asked(formula: Formula) -> Iterator[Ask]:
    """The questions that have to be answered with yes."""
    if isinstance(formula, Both):
        for part in formula.parts:
            yield from _asked(part)
    elif isinstance(formula, Fact) and formula.holds and isinstance(formula.atom, Ask) and formula.atom.kind in _VALUES:
        yield formula.atom


def _is_plain(text: str) -> bool:
    """Whether it can be written in one way only: numbers and flags of custom fields have several."""
    try:
        float(text)
    except ValueError:
        return text not in _FLAGS
    return False
