"""Score: what was played, what came of it, and how well it went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from escalade.drill.judging import Check
from rules.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a trainee wrote, and what Escalade said to it."""

    wrote: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedStep:
    """A step as it went."""

    #: Who acted, where, and what they did, in words; empty where time alone passed.
    who: str
    where: str
    did: str
    #: When it began (UTC).
    at: datetime
    #: What Escalade said there.
    said: str
    plans: tuple[Plan, ...]
    writes: int
    checks: tuple[Check, ...]
    troubles: tuple[str, ...] = ()
    #: A trainee's tries, the right one last; empty where nobody was asked.
    attempts: tuple[Attempt, ...] = ()
    #: The trainee was asked and did not find it.
    skipped: bool = False
    #: From the step that it reacts to until it was right; None where it reacts to none.
    reaction: timedelta | None = None

    @property
    def was_asked(self) -> bool:
        """A trainee was asked to do it."""
        return bool(self.attempts) or self.skipped

    @property
    def is_found(self) -> bool:
        """A trainee found what was asked, with whatever try."""
        return bool(self.attempts) and not self.skipped

    @property
    def is_right_first_time(self) -> bool:
        """A trainee did it with the first try."""
        return self.is_found and len(self.attempts) == 1

    @property
    def misses(self) -> tuple[Check, ...]:
        """What is not as expected."""
        return tuple(check for check in self.checks if not check.holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedChapter:
    """A chapter as it went."""

    title: str
    steps: tuple[PlayedStep, ...]
    #: Requests that changed something when Escalade ran again with nothing new; right is 0.
    second_run: int

    @property
    def has_passed(self) -> bool:
        """Everything is as expected, a trainee found what was asked, and the second run wrote nothing."""
        return not any(self.misses)

    @property
    def misses(self) -> Iterator[str]:
        """What is not as it should be, in words."""
        for step in self.steps:
            for check in step.misses:
                yield f"{self.title}: expected: {check.wanted}; found: {check.found}"
            for trouble in step.troubles:
                yield f"{self.title}: {trouble}"
            if step.skipped:
                yield f"{self.title}: the trainee did not find: {step.did}"
        if self.second_run:
            yield f"{self.title}: the second run wrote {self.second_run} times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a whole drill went."""

    chapters: tuple[PlayedChapter, ...]

    @property
    def steps(self) -> tuple[PlayedStep, ...]:
        """Every step, in order."""
        return tuple(step for chapter in self.chapters for step in chapter.steps)

    @property
    def passed(self) -> int:
        """Chapters that went as they should."""
        return sum(chapter.has_passed for chapter in self.chapters)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that was looked at."""
        return tuple(check for step in self.steps for check in step.checks)

    @property
    def asked(self) -> tuple[PlayedStep, ...]:
        """The steps that a trainee was asked to do."""
        return tuple(step for step in self.steps if step.was_asked)

    @property
    def reactions(self) -> tuple[PlayedStep, ...]:
        """The steps that react to another one."""
        return tuple(step for step in self.steps if step.reaction is not None)

    @property
    def misses(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        return tuple(miss for chapter in self.chapters for miss in chapter.misses)

    @property
    def is_good(self) -> bool:
        """Nothing was missed."""
        return not self.misses
