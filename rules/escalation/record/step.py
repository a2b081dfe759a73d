"""Step: what one act does to a course, or why it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from rules.directory import Directory, Person
from rules.escalation.act import Act
from rules.escalation.people import person_meant
from rules.escalation.permission import may
from rules.escalation.record.course import Course, Stamp
from rules.escalation.record.programme import AccountProgramme
from rules.timetable import instant

#: An act without a known author, such as a tag that a macro set.
SOMEBODY = "somebody unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an act."""

    #: None = it does nothing.
    course: Course | None
    #: What happened, or what is missing, for people.
    text: str


def taken(course: Course, text: str) -> Outcome:
    """The act counts."""
    return Outcome(course=course, text=text)


def refused(text: str) -> Outcome:
    """The act does not count."""
    return Outcome(course=None, text=text)


def no_gate(course: Course, act: Act, earlier: Sequence[Act]) -> Outcome | None:  # noqa: ARG001 - stands in for one
    """Every act is left to its step."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What steps may look at besides the course itself."""

    programme: AccountProgramme
    directory: Directory
    #: Where the acts were written: mentions name people by their ids there.
    helpdesk: str
    #: What answers an act, after these earlier ones, before its step does: that its author may not; None = its step.
    gate: Callable[[Course, Act, Sequence[Act]], Outcome | None] = no_gate
    #: Which exit criteria are not met at an instant (UTC), each in words; None = nobody asks about closing.
    unmet: Callable[[Course, datetime], tuple[str, ...]] | None = None

    def at(self, at: datetime) -> Desk:
        """The same desk with those who had teams and roles at an instant (UTC): an act stays what it was."""
        then = self.directory.at(at)
        return self if then is self.directory else replace(self, directory=then)

    def by(self, act: Act) -> str:
        """Whoever did it, by name."""
        if act.person is not None:
            return self.name(act.person)
        return act.author or SOMEBODY

    def name(self, person: str) -> str:
        """A person of the directory by name; an id that the directory does not know stays as it is."""
        known = self.directory.people.get(person)
        return person if known is None else known.name

    def stamp(self, act: Act) -> Stamp:
        """The act as it is remembered."""
        return Stamp(at=act.at, by=self.by(act), note=act.text, act=act.key)

    def person(self, text: str) -> Person | None:
        """The person of the directory whom somebody wrote of: by id, name or mention."""
        return person_meant(self.directory, text, self.helpdesk)

    def may(self, act: Act, names: Sequence[str]) -> bool:
        """Whether whoever did the act has one of these roles, or is one of these people, or stands in for one."""
        return act.person is not None and may(self.directory, act.person, names, act.at)

    def unknown(self, text: str) -> str:
        """That the directory does not know somebody, and whom it knows."""
        known = ", ".join(sorted(self.directory.people)) or "nobody"
        return f"the directory knows no {text!r}; it knows {known}"

    def day(self, text: str) -> date | None:
        """A date as people write it, YYYY-MM-DD; None when it is none."""
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            return None

    def instant(self, text: str) -> datetime | None:
        """A local time of the programme's calendar, `YYYY-MM-DD HH:MM`, in UTC; None when it is none."""
        try:
            wall = datetime.strptime(text.strip().replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - local on purpose
        except ValueError:
            return None
        return instant(wall, self.programme.calendar.zone)

    def local_day(self, at: datetime) -> date:
        """The date at an instant, where the record lives."""
        return self.programme.calendar.local_date(at)

    def horizon(self, at: datetime) -> date:
        """The last date that an exit criterion may aim at."""
        return self.local_day(self.programme.calendar.add(at, self.programme.horizon))


Step = Callable[[Desk, Course, Act], Outcome]


def several(text: str) -> tuple[str, ...]:
    """Names that are separated by commas, each once."""
    parts = (part.strip() for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def either(words: Iterable[str]) -> str:
    """Words as a choice: `a, b or c`."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
