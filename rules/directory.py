"""The directory: who there is, in which teams and roles, with which skills, and when they are away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.raci import Raci

if TYPE_CHECKING:
    from datetime import date

    from rules.calendar import BusinessCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days on which somebody is away: local dates in the zone of the person's calendar, both included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can take a ticket."""

    id: str
    name: str
    #: Working hours: the person's own, else those of the team in which the person is described.
    calendar: BusinessCalendar
    skills: frozenset[str] = frozenset()
    region: str | None = None
    #: Experience, 1 for entry level.
    level: int = 1
    #: In the order of their dates.
    absences: tuple[Absence, ...] = ()
    #: Id of the person who stands in.
    deputy: str | None = None
    #: The person's id by helpdesk name, where it is not `id`.
    accounts: Mapping[str, str] = field(default_factory=dict)

    def account(self, helpdesk: str) -> str:
        """What a helpdesk calls the person when tickets are assigned."""
        return self.accounts.get(helpdesk, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who share working hours, and groups in the helpdesks."""

    id: str
    calendar: BusinessCalendar
    #: Names of groups by helpdesk name.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: In the order of the file. Empty = nobody is named, and the calendar alone says when the team is there.
    members: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What people are asked to be: duty manager, sponsor, owner of a criterion."""

    id: str
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    #: What is expected of them, in words.
    duties: tuple[str, ...] = ()
    #: What Escalade does in the role's name: `tier`, `tier:csm`, `cadence`, `sla:answer`, …
    serves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All teams, people and roles of the policy, by their ids."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    raci: Raci | None = None
    #: Helpdesk and id there → person, where the person has another id there.
    _accounts: Mapping[tuple[str, str], Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        people = self.people.values()
        known = {(where, account): person for person in people for where, account in person.accounts.items()}
        object.__setattr__(self, "_accounts", known)

    @property
    def names(self) -> tuple[str, ...]:
        """Every id that somebody answers to: roles, teams, people."""
        return (*self.roles, *self.teams, *self.people)

    def team_of(self, helpdesk: str, group: str) -> Team | None:
        """The first team that works in a group of a helpdesk; None when the directory does not say."""
        return next((team for team in self.teams.values() if group in team.groups.get(helpdesk, ())), None)

    def person_of(self, helpdesk: str, account: str) -> Person | None:
        """Whom a helpdesk calls by that id; None when the directory does not know."""
        named = self._accounts.get((helpdesk, account))
        if named is not None:
            return named
        person = self.people.get(account)
        return None if person is None or helpdesk in person.accounts else person

    def is_one_of(self, person: str, name: str) -> bool:
        """Whether somebody has that role, is in that team, or is that person."""
        if name in self.roles:
            return any(one.id == person for one in self.people_of(name))
        if name in self.teams:
            return any(one.id == person for one in self.teams[name].members)
        return person == name

    def served_by(self, source: str) -> str | None:
        """The role in whose name something is done.

        Args:
            source: What does it: `tier:csm`, `sla:answer`, `commands`, …

        Returns:
            The role that names it, else the one that names its kind, else who is accountable; None = nobody is named.
        """
        kind = source.partition(":")[0]
        for wanted in (source, kind):
            found = next((role.id for role in self.roles.values() if wanted in role.serves), None)
            if found is not None:
                return found
        return None if self.raci is None else self.raci.accountable

    def people_named(self, name: str) -> tuple[Person, ...]:
        """Everybody whom a role, a team or an id stands for.

        Raises:
            KeyError: when the directory has no such name.
        """
        if name in self.roles:
            return self.people_of(name)
        return self.teams[name].members if name in self.teams else (self.people[name],)

    def people_of(self, role: str) -> tuple[Person, ...]:
        """Everybody who has a role: the people that it names, then the members of its teams, each once.

        Raises:
            KeyError: when there is no such role.
        """
        asked = self.roles[role]
        named = [self.people[name] for name in asked.people]
        named += [member for team in asked.teams for member in self.teams[team].members]
        return tuple({person.id: person for person in named}.values())
