"""Playing a scenario on its stage, step by step: time passes, somebody acts, Escalade answers, and that is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from escalade.drill.acting import Act
from escalade.drill.judging import Check
from escalade.drill.scenario import Chapter, Step
from escalade.drill.score import Attempt, PlayedChapter, PlayedStep
from escalade.drill.stage import Stage
from escalade.drill.wording import same_kind

#: Before somebody writes, so much time has passed: nobody types faster.
_TYPING = timedelta(minutes=5)


class Trainee(Protocol):
    """Somebody who plays one of the people."""

    @property
    def who(self) -> str:
        """Id of the person whose part it is."""
        ...

    def asked(self, step: Step) -> str | None:
        """What the trainee writes; None when they do not know, or are gone."""
        ...

    def answered(self, said: str, misses: Sequence[Check]) -> None:
        """Tell the trainee what Escalade said to a try, and what is not right about it."""
        ...


class Audience(Protocol):
    """Whoever watches a drill."""

    def opens(self, number: int, chapter: Chapter) -> None:
        """A chapter begins."""
        ...

    def sees(self, step: PlayedStep) -> None:
        """A step was played."""
        ...

    def closes(self, chapter: PlayedChapter) -> None:
        """A chapter is over."""
        ...


@dataclass(kw_only=True)
class Performance:
    """One telling of a scenario."""

    stage: Stage
    audience: Audience
    trainee: Trainee | None = None
    #: Step → when it happened.
    _happened: dict[str, datetime] = field(default_factory=dict)

    def play(self) -> Iterator[PlayedChapter]:
        """Play chapter after chapter."""
        for number, chapter in enumerate(self.stage.scenario.chapters, start=1):
            yield self._chapter(number, chapter)

    def _chapter(self, number: int, chapter: Chapter) -> PlayedChapter:
        self.audience.opens(number, chapter)
        steps = []
        for step in chapter.steps:
            played = self._step(step)
            self.audience.sees(played)
            steps.append(played)
        self.stage.engine.settle(self.stage)
        before = self.stage.writes
        self.stage.engine.settle(self.stage)
        played_chapter = PlayedChapter(title=chapter.title, steps=tuple(steps), second_run=self.stage.writes - before)
        self.audience.closes(played_chapter)
        return played_chapter

    def _step(self, step: Step) -> PlayedStep:
        self._let_time_pass(step)
        act, trainee = Act(self.stage, step), self.trainee
        if trainee is not None and step.who == trainee.who and step.task is not None:
            played = self._tried(act, trainee)
        else:
            played = act.play(step.writes)
        if step.id is not None:
            self._happened[step.id] = played.at
        return played if step.answers is None else replace(played, reaction=played.at - self._happened[step.answers])

    def _let_time_pass(self, step: Step) -> None:
        stage = self.stage
        if step.until is not None:
            stage.pass_until(step.until)
        elif step.wait is not None:
            stage.pass_until((self._happened[step.since] if step.since is not None else stage.now) + step.wait)
        elif step.writes is not None:
            stage.pass_time(_TYPING)

    def _tried(self, act: Act, trainee: Trainee) -> PlayedStep:
        """Let the trainee try until it is right, or they give up and see how it is done."""
        attempts: list[Attempt] = []
        while (wrote := trainee.asked(act.step)) is not None:
            played = act.play(wrote)
            kind = same_kind(act.step.writes or "", wrote)
            attempts.append(Attempt(wrote=wrote, said=played.said))
            misses = [check for check in (*played.checks, kind) if not check.holds]
            trainee.answered(played.said, misses)
            if not misses:
                return replace(played, attempts=tuple(attempts))
            self.stage.pass_time(_TYPING)
        return replace(act.play(act.step.writes), attempts=tuple(attempts), skipped=True)
