"""contains, contains_any, contains_all, lacks: what is in the tags, or in a text?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.conditions.base import (
    Condition,
    Operand,
    OperandError,
    Operator,
    ValueCondition,
    list_operand,
    listed,
    scalar_operand,
    text_of,
)
from rules.conditions.question import Question, QuestionKind
from rules.conditions.takes import Takes
from rules.facts import FactType

_TAGS = frozenset({FactType.TAGS})
_TEXTS = frozenset({FactType.TEXT, FactType.ANY})


def _words(operand: Operand, *, several: bool) -> tuple[str, ...]:
    values = list_operand(operand) if several else (scalar_operand(operand),)
    found = tuple(text_of(value, index=index if several else None) for index, value in enumerate(values))
    if operand.spec.type is FactType.TAGS:
        for index, word in enumerate(found):
            _check_tag(operand, word, index if several else None)
    return found


def _check_tag(operand: Operand, word: str, index: int | None) -> None:
    """Refuse what no ticket can wear: a tag (in Jira a label) has no blanks, and some facts have a fixed list."""
    spec = operand.spec
    if spec.values is not None and word not in spec.values:
        raise OperandError(f"{spec.name} never has this value", index=index, found=word, allowed=spec.values)
    if any(letter.isspace() for letter in word):
        raise OperandError("a tag has no blanks in it", index=index, found=word, hint="write one tag per list entry")


def _condition(operand: Operand, wanted: str, test: Callable[[Any], bool], question: Question) -> Condition:
    return ValueCondition(
        fact=operand.spec.name, wanted=wanted, test=test, when_unset=question.negated, question=question
    )


def _contains(operand: Operand) -> Condition:
    (word,) = _words(operand, several=False)
    if operand.spec.type is FactType.TAGS:
        return _condition(operand, f"contains {word}", lambda tags: word in tags, Question(QuestionKind.TAG, (word,)))
    folded = word.casefold()
    question = Question(QuestionKind.PHRASE, (folded,))
    return _condition(operand, f"contains {word!r}", lambda text: folded in str(text).casefold(), question)


def _contains_any(operand: Operand) -> Condition:
    found = _words(operand, several=True)
    wanted = f"contains any of {listed(found)}"
    if operand.spec.type is FactType.TAGS:
        tags = frozenset(found)
        return _condition(operand, wanted, lambda worn: not tags.isdisjoint(worn), Question(QuestionKind.TAG, found))
    folded = tuple(word.casefold() for word in found)

    def test(text: object) -> bool:
        low = str(text).casefold()
        return any(word in low for word in folded)

    return _condition(operand, wanted, test, Question(QuestionKind.PHRASE, folded))


def _contains_all(operand: Operand) -> Condition:
    found = _words(operand, several=True)
    wanted = f"contains all of {listed(found)}"
    if operand.spec.type is FactType.TAGS:
        return _condition(operand, wanted, frozenset(found).issubset, Question(QuestionKind.TAGS, found))
    folded = tuple(word.casefold() for word in found)

    def test(text: object) -> bool:
        low = str(text).casefold()
        return all(word in low for word in folded)

    return _condition(operand, wanted, test, Question(QuestionKind.PHRASES, folded))


def _lacks(operand: Operand) -> Condition:
    (word,) = _words(operand, several=False)
    if operand.spec.type is FactType.TAGS:
        question = Question(QuestionKind.TAG, (word,), negated=True)
        return _condition(operand, f"lacks {word}", lambda tags: word not in tags, question)
    folded = word.casefold()
    question = Question(QuestionKind.PHRASE, (folded,), negated=True)
    return _condition(operand, f"lacks {word!r}", lambda text: folded not in str(text).casefold(), question)


def _on_tags_and_texts(name: str, build: Callable[[Operand], Condition], takes: Takes, doc: str) -> Operator:
    return Operator(name=name, types=_TAGS | _TEXTS, build=build, takes=takes, doc=doc)


OPERATORS = (
    _on_tags_and_texts(
        "contains", _contains, Takes.WORD, "this tag is worn, or this text occurs (texts: case does not count)"
    ),
    _on_tags_and_texts(
        "contains_any", _contains_any, Takes.WORDS, "at least one of these tags is worn, or of these texts occurs"
    ),
    _on_tags_and_texts(
        "contains_all", _contains_all, Takes.WORDS, "all of these tags are worn, or all of these texts occur"
    ),
    _on_tags_and_texts(
        "lacks", _lacks, Takes.WORD, "this tag is not worn, or this text does not occur, or nothing is set"
    ),
)
