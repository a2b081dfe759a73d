"""Quiz: so many questions of a policy, of every kind in turn, and the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from rules.load import Loaded
from rules.quiz.asking import Asker
from rules.quiz.question import LETTERS, Question
from rules.reports.sheet import Section, Sheet
from rules.testing.player import RestlessError

#: So often a question is tried anew before it is clear that the policy has no more.
_MOST_TRIES = 40


def questions(loaded: Loaded, seed: int, count: int) -> tuple[Question, ...]:
    """Make questions, no two of them alike; fewer where the policy has no more to ask.

    Args:
        loaded: The policy with its document.
        seed: Equal seeds make equal questions.
        count: How many.
    """
    made: dict[tuple[object, ...], Question] = {}
    asker = Asker(loaded, Random(seed))  # noqa: S311 - nothing secret is made
    for question in _tried(asker, count):
        made.setdefault((question.situation, question.ask), question)
        if len(made) == count:
            break
    return tuple(made.values())


def _tried(asker: Asker, count: int) -> Iterator[Question]:
    """Questions of each kind in turn; what a kind cannot ask this time is left out."""
    for number in range(count * _MOST_TRIES):
        try:
            question = asker.kinds[number % len(asker.kinds)]()
        except RestlessError:
            continue
        if question is not None:
            yield question


def paper(asked: tuple[Question, ...], title: str, policy: str) -> Sheet:
    """The questions to print, with the answers at the end.

    Args:
        asked: The questions.
        title: The heading.
        policy: The version of the policy that they are made from.
    """
    numbered = list(enumerate(asked, start=1))
    answers = Section(heading="Answers", sentences=("Fold the paper here.",))
    return Sheet(
        title=title,
        sentences=(f"{len(asked)} questions about policy {policy}. Choose one letter each.",),
        sections=(
            *(_asked(number, question) for number, question in numbered),
            answers,
            *(_answered(number, question) for number, question in numbered),
        ),
    )


def _asked(number: int, question: Question) -> Section:
    return Section(
        heading=f"Question {number}",
        sentences=(*question.situation, question.ask),
        points=tuple(lettered(question)),
    )


def _answered(number: int, question: Question) -> Section:
    return Section(
        heading=f"Answer {number}: {question.letter}",
        level=3,
        sentences=(question.answer,),
        points=tuple(line.strip() for line in question.because),
    )


def lettered(question: Question) -> Iterator[str]:
    """The choices, each behind its letter."""
    yield from (f"{letter}) {choice}" for letter, choice in zip(LETTERS, question.choices, strict=False))
