"""`escalade quiz`: asked on the terminal, or printed."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from escalade.app import policy_sources
from escalade.cli import cli
from rules.load import load_document
from rules.quiz.quiz import questions

CONFIG = Path(__file__).parents[2] / "config"


def quiz(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(cli, ["quiz", str(CONFIG), *arguments], input=said)


def letters(count: int, seed: int = 1) -> list[str]:
    loaded = load_document({Path(file).name: text for file, text in policy_sources(CONFIG).items()})
    return [question.letter for question in questions(loaded, seed, count)]


def test_right_answers_are_told_to_be_right_and_counted() -> None:
    ran = quiz("--count", "5", "--pass", "100", said="\n".join(letters(5)) + "\n")
    assert ran.exit_code == 0
    assert ran.stdout.count("Right.") == 5
    assert ran.stdout.endswith("5 of 5 right (100%).\n")


def test_a_wrong_answer_is_told_with_the_right_one_and_the_reason() -> None:
    wrong = ["a" if letter != "a" else "b" for letter in letters(4)]
    ran = quiz("--count", "4", "--pass", "50", said="\n".join(wrong) + "\n")
    assert ran.exit_code == 1
    assert ran.stdout.count("> No: ") == 4
    assert "0 of 4 right (0%)." in ran.stdout
    assert "Why" in ran.stdout


def test_whoever_has_had_enough_is_scored_on_what_was_answered() -> None:
    ran = quiz("--count", "9", said=f"what?\n{letters(1)[0]}\nq\n")
    assert ran.exit_code == 0
    assert "Answer with one of a, b" in ran.stdout
    assert "1 of 1 right (100%)." in ran.stdout
    assert "0 of 0 right (0%)." in quiz(said="").stdout


def test_the_printed_quiz_asks_nothing_and_is_the_same_each_time() -> None:
    ran = quiz("--format", "markdown", "--count", "3", "--seed", "9")
    assert ran.exit_code == 0
    assert ran.stdout == quiz("--format", "markdown", "--count", "3", "--seed", "9").stdout
    assert ran.stdout.count("## Question") == 3
    assert "<h2" in quiz("--format", "html", "--count", "3").stdout
