"""Telling: a drill on the terminal, chapter by chapter: what people did, what Escalade did and why, and the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from rich.console import Console
from rich.rule import Rule

from escalade.drill.scenario import Chapter, Scenario
from escalade.drill.score import PlayedChapter, PlayedStep, Score
from escalade.harmless import harmless, harmless_lines
from rules.change import KeepNote, PostComment
from rules.explain import describe
from rules.span import spell
from sync import Progress

#: Kinds of changes shown for one step before the rest is counted.
_SHOWN = 3
#: Lines of an answer shown before the rest is counted.
_LINES = 6
_INDENT = " " * 9
_WIDEST = 160
#: Letters of an act in the list of reactions.
_BRIEF = 30


class Narrator:
    """Tells a drill while it is played."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress

    def begins(self, scenario: Scenario) -> None:
        """The whole drill begins."""
        self._console.print(Rule(f"[bold]{scenario.title}[/]"))
        self._say(scenario.tells)
        self._progress.phase("Steps played", total=len(tuple(scenario.steps)))

    def opens(self, number: int, chapter: Chapter) -> None:
        """A chapter begins."""
        self._console.print()
        self._console.print(Rule(f"[bold]{number}. {chapter.title}[/]", align="left"))
        self._say(chapter.tells, style="dim")

    def sees(self, step: PlayedStep) -> None:
        """A step was played."""
        self._progress.advance()
        acted = f"{step.who} on {step.where}: {step.did}" if step.who else step.did or "time passes"
        self._say(f"{step.at:%d %b %H:%M}  {_indented(acted)}")
        # A trainee has read the answer before.
        if step.said and not step.is_found:
            self._say(f"{_INDENT}→ {_indented(_first(step.said))}", style="cyan")
        for line in _done(step):
            self._say(f"{_INDENT}· {line}")
        for check in step.misses:
            self._say(f"{_INDENT}✗ expected: {check.wanted}; found: {_indented(check.found)}", style="red")
        for trouble in step.troubles:
            self._say(f"{_INDENT}✗ {trouble}", style="red")

    def closes(self, chapter: PlayedChapter) -> None:
        """A chapter is over."""
        met = sum(len(step.checks) - len(step.misses) for step in chapter.steps)
        count = sum(len(step.checks) for step in chapter.steps)
        skipped = sum(step.skipped for step in chapter.steps)
        lost = f"; you did not find {skipped}" if skipped else ""
        again = f"the second run wrote {chapter.second_run or 'nothing'}"
        mark, style = ("✓", "green") if chapter.has_passed else ("✗", "red")
        self._say(f"{mark} {met} of {count} as expected{lost}; {again}", style=style)

    def ends(self, score: Score) -> None:
        """The whole drill is over."""
        self._console.print()
        self._console.print(Rule("[bold]The score[/]", align="left"))
        for line in score_lines(score):
            self._say(line)
        for miss in score.misses:
            self._say(f"✗ {miss}", style="red")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(harmless_lines(text), style=style, highlight=False, markup=False, soft_wrap=True)


def score_lines(score: Score) -> Iterator[str]:
    """The score, a line each."""
    yield f"Chapters passed: {score.passed} of {len(score.chapters)}"
    yield f"As expected: {sum(check.holds for check in score.checks)} of {len(score.checks)}"
    yield f"Steps done: {len(score.steps) - sum(step.skipped for step in score.steps)} of {len(score.steps)}"
    asked = score.asked
    if asked:
        first = sum(step.is_right_first_time for step in asked)
        tries = sum(len(step.attempts) for step in asked)
        lost = sum(step.skipped for step in asked)
        yield f"You: {first} of {len(asked)} right first time, {lost} not found; tries: {tries}"
    times = [step.reaction for step in score.reactions if step.reaction is not None]
    if times:
        told = "; ".join(f"{step.who}, {_short(step.did)}: {_minutes(step.reaction)}" for step in score.reactions)
        middle = timedelta(seconds=median(time.total_seconds() for time in times))
        yield f"Time until somebody reacted: {_minutes(middle)} in the middle ({told})"


def _short(text: str) -> str:
    words = text.split()
    return words[0] if words and words[0].startswith("#") else " ".join(words)[:_BRIEF].rstrip()


def _minutes(span: timedelta | None) -> str:
    return "" if span is None else spell(span, days=True)


def _done(step: PlayedStep) -> Iterator[str]:
    """What Escalade did besides answering, with its reasons: equal changes are told once."""
    told: Counter[tuple[str, str]] = Counter()
    for plan in step.plans:
        for change in plan.changes:
            if not isinstance(change, PostComment | KeepNote) or (isinstance(change, PostComment) and change.public):
                told[describe(change), change.because] += 1
    for (what, because), count in list(told.items())[:_SHOWN]:
        where = f" on {count} tickets" if count > 1 else ""
        yield _cut(f"{what}{where} ({because})")
    if len(told) > _SHOWN:
        rest = sum(count for _, count in list(told.items())[_SHOWN:])
        yield f"and more changes: {rest}"


def _cut(text: str) -> str:
    text = harmless(" ".join(text.split()))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _first(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    more = [f"… and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join([*lines[:_LINES], *more])


def _indented(text: str) -> str:
    return text.strip().replace("\n", f"\n{_INDENT}  ")
