"""Leaves: the expression for each kind of question to one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rules.compile import reads
from rules.compile.likely import Likely
from rules.conditions.base import ValueCondition
from rules.conditions.question import Question, QuestionKind
from rules.literals import required_words

if TYPE_CHECKING:
    from rules.compile.source import Source

_SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
#: Rough costs by kind; see `rules.compile.source`.
_COSTS = {
    QuestionKind.VALUE: 1,
    QuestionKind.TAG: 1,
    QuestionKind.NUMBER: 2,
    QuestionKind.FIELD: 2,
    QuestionKind.TAGS: 2,
    QuestionKind.SET: 3,
    QuestionKind.PHRASE: 4,
    QuestionKind.PHRASES: 4,
    QuestionKind.START: 4,
    QuestionKind.PATTERN: 12,
}
_UNKNOWN_COST = 20
#: What a fact costs on top when it is read in a roundabout way.
_READING = 3


def cost_of(condition: ValueCondition) -> int:
    """What asking costs, roughly."""
    question = condition.question
    cost = _UNKNOWN_COST if question is None else _COSTS[question.kind]
    return cost if reads.is_cheap(condition.fact) else cost + _READING


def look(condition: ValueCondition, source: Source) -> str:
    """An expression that is true when the condition holds."""
    question = condition.question
    # Only where unset values answer as the question itself does may it be asked in another way.
    if question is None or condition.when_unset is not question.negated:
        return _tested(condition, source)
    return _LOOKS[question.kind](condition, question, source)


def _tested(condition: ValueCondition, source: Source) -> str:
    """Whatever is asked: the condition's own test."""
    first, again = source.fact(condition.fact)
    return f"({_set(first, condition)} {source.name(condition.test)}({again}))"


def _set(first: str, condition: ValueCondition) -> str:
    return f"{first} is None or" if condition.when_unset else f"{first} is not None and"


def _value(condition: ValueCondition, question: Question, source: Source) -> str:
    value, _ = source.fact(condition.fact)
    if len(question.values) == 1:
        return f"{value} {'!=' if question.negated else '=='} {source.name(question.values[0])}"
    return f"{value} {'not in' if question.negated else 'in'} {source.name(frozenset(question.values))}"


def _field(condition: ValueCondition, question: Question, source: Source) -> str:
    if not all(isinstance(value, str) for value in question.values):
        return _tested(condition, source)
    first, again = source.fact(condition.fact)
    wanted = source.name(question.values[0] if len(question.values) == 1 else frozenset(question.values))
    word = ("!=" if question.negated else "==") if len(question.values) == 1 else "not in" if question.negated else "in"
    test = source.name(condition.test)
    return f"({again} {word} {wanted} if {first}.__class__ is str else {_set(again, condition)} {test}({again}))"


def _tag(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = _worn(condition, source)
    if len(question.values) == 1:
        text = f"{source.name(question.values[0])} {'not in' if question.negated else 'in'} {again}"
    else:
        text = f"{'' if question.negated else 'not '}{source.name(frozenset(question.values))}.isdisjoint({again})"
    return f"({first}{text})"


def _tags(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = _worn(condition, source)
    return f"({first}{source.name(frozenset(question.values))} <= {again})"


def _worn(condition: ValueCondition, source: Source) -> tuple[str, str]:
    """A test that tags are known where they may be unknown, and the tags."""
    first, again = source.fact(condition.fact)
    return ("", first) if condition.fact in reads.ALWAYS_SET else (f"{_set(first, condition)} ", again)


def _number(condition: ValueCondition, question: Question, source: Source) -> str:
    word, limit = question.values
    first, again = source.fact(condition.fact)
    text = f"{again} {_SIGNS[word]} {source.name(limit)}"
    test = source.name(condition.test)
    return f"({text} if {first}.__class__ is int else {again} is not None and {test}({again}))"


def _phrase(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = source.fact(condition.fact)
    low = _folded(condition.fact, again, source)
    text = _any_word(question.values, low, source)
    return f"({_set(first, condition)} {'not ' if question.negated else ''}({text}))"


def _phrases(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = source.fact(condition.fact)
    low, lower = _folded(condition.fact, again, source)
    names = [source.name(word) for word in question.values]
    text = " and ".join(f"{name} in {lower if index else low}" for index, name in enumerate(names))
    return f"({_set(first, condition)} {text})"


def _start(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = source.fact(condition.fact)
    low, _ = _folded(condition.fact, again, source)
    return f"({_set(first, condition)} {low}.startswith({source.name(question.values[0])}))"


def _pattern(condition: ValueCondition, question: Question, source: Source) -> str:
    first, again = source.fact(condition.fact)
    words = required_words(question.values[0])
    if not words:
        return _tested(condition, source)
    low = _folded(condition.fact, again, source)
    test = source.name(Likely(question.values[0], condition.test).matches)
    return f"({_set(first, condition)} ({_any_word(words, low, source)}) and {test}({again}))"


def _any_word(words: tuple[str, ...], low: tuple[str, str], source: Source) -> str:
    return " or ".join(f"{source.name(word)} in {low[bool(index)]}" for index, word in enumerate(words))


def _folded(fact: str, value: str, source: Source) -> tuple[str, str]:
    """A text as it is compared where case does not count."""
    text = f"({value} if {value}.__class__ is str else str({value})).casefold()"
    return source.local(("folded", fact), text, fact)


def _is_set(condition: ValueCondition, question: Question, source: Source) -> str:
    del question
    return _tested(condition, source)


_Look = Callable[[ValueCondition, Question, Any], str]
_LOOKS: Mapping[QuestionKind, _Look] = {
    QuestionKind.VALUE: _value,
    QuestionKind.FIELD: _field,
    QuestionKind.TAG: _tag,
    QuestionKind.TAGS: _tags,
    QuestionKind.PHRASE: _phrase,
    QuestionKind.PHRASES: _phrases,
    QuestionKind.START: _start,
    QuestionKind.PATTERN: _pattern,
    QuestionKind.NUMBER: _number,
    QuestionKind.SET: _is_set,
}
