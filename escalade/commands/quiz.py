"""The quiz: questions about the policy, for the people who work by it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from escalade.commands.check import sources_of
from escalade.commands.options import Config
from escalade.drawings import svg_of
from escalade.failures import FAILED, explained
from escalade.harmless import harmless, harmless_lines
from escalade.sheets import show_sheet
from rules.load import load_document
from rules.quiz.question import LETTERS, Question
from rules.quiz.quiz import lettered, paper, questions
from rules.reports.written import Form

_STOP = frozenset({"q", "quit", "exit"})


def quiz(
    directory: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The directory of the policy. Default: what the settings say.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds ask the same questions.")] = 1,
    count: Annotated[int, typer.Option("--count", min=1, max=200, help="How many questions.")] = 10,
    form: Annotated[
        Form | None, typer.Option("--format", help="Write the questions to print instead, the answers at the end.")
    ] = None,
    least: Annotated[
        int, typer.Option("--pass", min=0, max=100, help="End with 1 when fewer answers, in percent, are right.")
    ] = 0,
    config: Config = None,
) -> None:
    """Ask questions about the policy, and say why each answer is right. Asks no helpdesk.

    Tickets are made up to fit the rules, or nearly so, and decided on by the engine itself: which tier, which rule,
    when due, whose work, who is told, who may say what. Answer with the letter; `q` ends the quiz. The same --seed asks
    the same questions, another one asks others.
    """
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with explained(console):
        loaded = load_document(sources_of(directory, config))
        asked = questions(loaded, seed, count)
        if form is not None:
            sheet = paper(asked, "Quiz on the escalation policy", loaded.policy.hash)
            show_sheet(sheet, form, svg_of)
            return
        right, answered = _hold(console, asked)
        share = 100 * right // answered if answered else 0
        console.print(f"{right} of {answered} right ({share}%).")
        if share < least:
            raise typer.Exit(FAILED)


def _hold(console: Console, asked: tuple[Question, ...]) -> tuple[int, int]:
    """Ask one question after the other, until they are all answered or somebody has had enough."""
    right = 0
    for number, question in enumerate(asked, start=1):
        console.print(harmless_lines("\n".join((f"Question {number} of {len(asked)}", *question.situation, ""))))
        console.print(harmless_lines("\n".join((question.ask, *lettered(question)))))
        is_right = _answer(console, question)
        if is_right is None:
            return right, number - 1
        right += is_right
        console.print("Right." if is_right else f"No: {question.letter}) {harmless(question.answer)}")
        console.print(harmless_lines("\n".join((*(f"  {line}" for line in question.because), ""))))
    return right, len(asked)


def _answer(console: Console, question: Question) -> bool | None:
    """Whether the answer is right; None = somebody has had enough, or there is no more input."""
    letters = ", ".join(LETTERS[: len(question.choices)])
    while True:
        console.print("> ", end="")
        line = sys.stdin.readline()
        if not line or line.strip().casefold() in _STOP:
            console.print()
            return None
        if (is_right := question.is_right(line)) is not None:
            return is_right
        console.print(f"Answer with one of {letters}, or q to end.")
