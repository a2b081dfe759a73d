"""Choice: the one person of a team who takes a ticket, and why not the others. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from rules.directory import Directory, Person, Team
from rules.duty import person_on_duty


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What somebody has to bring."""

    skills: Collection[str] = ()
    region: str | None = None
    #: The least experience; 2 leaves entry level out.
    minimum_level: int = 1

    def lacks(self, person: Person) -> str | None:
        """Why a person does not fit, in words; None = fits."""
        missing = sorted(set(self.skills) - person.skills)
        if missing:
            return f"lacks {', '.join(missing)}"
        if self.region is not None and person.region != self.region:
            return f"works for {person.region or 'no region'}, not {self.region}"
        if person.level < self.minimum_level:
            return f"has level {person.level}, below {self.minimum_level}"
        return None


ANYBODY = Profile()


class Passed(msgspec.Struct, frozen=True, gc=False):
    """Somebody who was not chosen, and why."""

    person: str
    why: str


class Choice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who takes it."""

    #: None = nobody can.
    person: Person | None
    #: In a sentence: why this one, or why nobody.
    reason: str
    #: Everybody who was asked before or beside, in the order of the directory.
    passed: tuple[Passed, ...]
    #: The earliest instant (UTC) at which the choice could be another one with the same load; None = never.
    flips_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be done where and when."""

    team: Team
    #: The instant of choosing (UTC).
    at: datetime
    #: The helpdesk in which the ticket is assigned.
    helpdesk: str
    profile: Profile = ANYBODY
    #: Open tickets by the assignee's id in that helpdesk; who is missing has none.
    load: Mapping[str, int] = field(default_factory=dict)


def pick(directory: Directory, errand: Errand) -> Choice:
    """Choose the member on duty who fits and has the fewest open tickets; of equals the first in the directory.

    Where no member can, the deputies of those who are off duty are asked in the same way, and theirs after them.
    """
    poll = _Poll(errand=errand)
    people, stands_in = errand.team.at(errand.at).members, dict[str, str]()
    while people:
        fits = [person for person in people if poll.takes(person)]
        if fits:
            return poll.choice(min(fits, key=poll.load), stands_in)
        stands_in = poll.deputies(people)
        people = tuple(directory.people[name] for name in stands_in)
    return poll.choice(None, stands_in)


@dataclass(slots=True, kw_only=True)
class _Poll:
    """Who was asked so far, and what came of it."""

    errand: Errand
    asked: dict[str, Person] = field(default_factory=dict)
    #: Why somebody cannot take it; nothing on those who can.
    refusals: dict[str, str] = field(default_factory=dict)
    off_duty: set[str] = field(default_factory=set)
    turns: list[datetime] = field(default_factory=list)

    def takes(self, person: Person) -> bool:
        """Whether somebody is on duty and fits."""
        self.asked[person.id] = person
        duty = person_on_duty(person, self.errand.at)
        if duty.flips_at is not None:
            self.turns.append(duty.flips_at)
        if not duty.holds:
            self.off_duty.add(person.id)
            self.refusals[person.id] = duty.observed
        elif (lack := self.errand.profile.lacks(person)) is not None:
            self.refusals[person.id] = lack
        return person.id not in self.refusals

    def deputies(self, people: Iterable[Person]) -> dict[str, str]:
        """Deputies of those who are off duty and were not asked yet, each with the name of the first one they serve."""
        found: dict[str, str] = {}
        for person in people:
            if person.deputy is not None and person.id in self.off_duty and person.deputy not in self.asked:
                found.setdefault(person.deputy, person.name)
        return found

    def load(self, person: Person) -> int:
        """How many open tickets somebody has."""
        return self.errand.load.get(person.account(self.errand.helpdesk), 0)

    def choice(self, best: Person | None, stands_in: Mapping[str, str]) -> Choice:
        """The answer, with everybody who was asked and not chosen."""
        if best is None:
            reason = f"nobody of {self.errand.team.id} can take it"
        else:
            reason = f"{best.name} is on duty with {self._load_text(best)}"
            reason += f" and stands in for {stands_in[best.id]}" if best.id in stands_in else ""
        passed = tuple(
            Passed(person.name, self.refusals.get(person.id) or f"has {self._load_text(person)}")
            for person in self.asked.values()
            if person is not best
        )
        return Choice(person=best, reason=reason, passed=passed, flips_at=min(self.turns, default=None))

    def _load_text(self, person: Person) -> str:
        count = self.load(person)
        return "1 open ticket" if count == 1 else f"{count} open tickets"
