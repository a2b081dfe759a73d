"""Acting: one step carried out on the stage, what Escalade made of it, and whether that is as expected."""

from __future__ import annotations

from dataclasses import dataclass

from escalade.drill.judging import Effects, judged
from escalade.drill.look import Look
from escalade.drill.scenario import RECORD, Alteration, Step
from escalade.drill.score import PlayedStep
from escalade.drill.stage import Stage, StageError


@dataclass(frozen=True, slots=True)
class Act:
    """A step at the instant at which it happens."""

    stage: Stage
    step: Step

    def play(self, text: str | None) -> PlayedStep:
        """Carry it out.

        Args:
            text: What is written; None = nothing is.
        """
        stage, began = self.stage, self.stage.now
        before, letters, writes = len(self._said()), len(stage.letters), stage.writes
        trouble = self._carry_out(text)
        settled = stage.engine.settle(stage)
        effects = Effects(
            said="\n".join(self._said()[before:]),
            told="\n".join(stage.letters[letters:]),
            writes=stage.writes - writes,
        )
        troubles = [f"{name}: {why}" for name, why in settled.troubles.items()]
        return PlayedStep(
            who="" if self.step.who is None else stage.scenario.cast.name(self.step.who),
            where=self._where(),
            did=_told(self.step, text),
            at=began,
            said=effects.said,
            plans=settled.plans,
            writes=effects.writes,
            checks=judged(self.step.expect, effects, stage),
            troubles=tuple(troubles if trouble is None else [trouble, *troubles]),
        )

    def _carry_out(self, text: str | None) -> str | None:
        """Let it happen; why it could not, if so."""
        step, stage = self.step, self.stage
        for name in step.arrive:
            stage.arrive(name)
        if step.who is None:
            return None
        try:
            if text is not None:
                stage.write(step.who, self._place().ref, text, public=step.public)
            if step.change is not None:
                stage.alter(step.who, self._target().ref, step.change)
        except StageError as error:
            return str(error)
        return None

    def _place(self) -> Look:
        """The ticket that it happens on.

        Raises:
            StageError: there is no record yet.
        """
        if self.step.on != RECORD:
            return self.stage.look(self.stage.refs[self.step.on])
        record = self.stage.record()
        if record is None:
            raise StageError("there is no record of the account's escalation to do this on")
        return record

    def _target(self) -> Look:
        """The ticket or subtask that is changed.

        Raises:
            StageError: there is no such subtask.
        """
        title = self.step.subtask
        if title is None:
            return self._place()
        found = next((look for look in self.stage.looks() if look.subject == title), None)
        if found is None:
            raise StageError(f"there is no subtask “{title}” to change")
        return found

    def _said(self) -> list[str]:
        """What Escalade said so far on the ticket that it happens on, apart from the note that is kept current."""
        try:
            return [one.text for one in self._place().said if not one.is_board]
        except StageError:
            return []

    def _where(self) -> str:
        if self.step.who is None:
            return ""
        if self.step.subtask is not None:
            return f"the subtask “{self.step.subtask}”"
        try:
            return "the record" if self.step.on == RECORD else f"ticket {self._place().key}"
        except StageError:
            return "the record"


def _told(step: Step, text: str | None) -> str:
    """What happens, in words."""
    parts = [f"come in: {', '.join(step.arrive)}"] if step.arrive else []
    if text is not None:
        parts.append(text)
    if step.change is not None:
        parts.extend(_changes(step.change))
    return "; ".join(parts)


def _changes(change: Alteration) -> list[str]:
    told = {
        "moves it to": change.status,
        "sets its due date to": change.due,
        "gives it to": change.owner,
        "sets its priority to": change.priority,
    }
    return [f"{verb} {value}" for verb, value in told.items() if value is not None]
