"""The directory: who there is, in which teams and roles, with which skills, and when they are away."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rules.raci import Raci
from rules.roster import GroupRef, Stay

if TYPE_CHECKING:
    from datetime import date, datetime

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
class Tenure:
    """Somebody who belongs to a team or a role for as long as a group in a helpdesk holds them."""

    person: Person
    stay: Stay


#: Sources that are remembered with the role that they serve.
_MOST_SOURCES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who share working hours, and groups in the helpdesks."""

    id: str
    calendar: BusinessCalendar
    #: Names of groups by helpdesk name.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: In the order of the file. Empty = nobody is named, and the calendar alone says when the team is there.
    members: tuple[Person, ...] = ()
    #: The groups whose people are members, too.
    sources: tuple[GroupRef, ...] = ()
    #: Who is, or was, a member because of such a group.
    passing: tuple[Tenure, ...] = ()

    def at(self, at: datetime) -> Team:
        """The team with those who were its members at an instant (UTC)."""
        return replace(self, members=_present(self.members, self.passing, at)) if self.passing else self


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
    #: The groups whose people have the role, too.
    sources: tuple[GroupRef, ...] = ()
    #: Who has, or had, the role because of such a group.
    passing: tuple[Tenure, ...] = ()

    def at(self, at: datetime) -> Role:
        """The role with those who had it at an instant (UTC)."""
        if not self.passing:
            return self
        comers = {tenure.person.id for tenure in self.passing}
        stayed = tuple(name for name in self.people if name not in comers)
        come = (tenure.person.id for tenure in self.passing if tenure.stay.covers(at))
        return replace(self, people=(*stayed, *dict.fromkeys(come)))


def _present(members: Iterable[Person], passing: Iterable[Tenure], at: datetime) -> tuple[Person, ...]:
    comers = {tenure.person.id for tenure in passing}
    stayed = [person for person in members if person.id not in comers]
    come = [tenure.person for tenure in passing if tenure.stay.covers(at)]
    return tuple({person.id: person for person in (*stayed, *come)}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """All teams, people and roles of the policy, by their ids."""

    teams: Mapping[str, Team] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    raci: Raci | None = None
    #: Groups of people that were never read: nobody knows who is in them.
    unread: frozenset[GroupRef] = frozenset()
    #: Which readings of groups it is made from (`rules.roster.version_of`); empty = from the file alone.
    version: str = ""
    #: Helpdesk and id there → person, where the person has another id there.
    _accounts: Mapping[tuple[str, str], Person] = field(init=False, repr=False, compare=False)
    #: Instants (UTC) at which somebody came or went, in their order.
    _turns: tuple[datetime, ...] = field(init=False, repr=False, compare=False)
    #: The directory between these instants, by how many of them had passed; made when first asked for.
    _eras: dict[int, Directory] = field(init=False, repr=False, compare=False)
    #: Source → the role in whose name it does what it does, once it was asked for.
    _serving: dict[str, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        people = self.people.values()
        known = {(where, account): person for person in people for where, account in person.accounts.items()}
        object.__setattr__(self, "_accounts", known)
        passing = [tenure for team in self.teams.values() for tenure in team.passing]
        passing += [tenure for role in self.roles.values() for tenure in role.passing]
        stays = [tenure.stay for tenure in passing]
        turns = {turn for stay in stays for turn in (stay.since, stay.until) if turn is not None}
        object.__setattr__(self, "_turns", tuple(sorted(turns)))
        object.__setattr__(self, "_eras", {})

    @property
    def sources(self) -> frozenset[GroupRef]:
        """Every group that teams and roles take people from."""
        of_teams = [source for team in self.teams.values() for source in team.sources]
        return frozenset((*of_teams, *(source for role in self.roles.values() for source in role.sources)))

    def at(self, at: datetime) -> Directory:
        """The directory as it was at an instant (UTC): who was in which team and role. People stay known for good."""
        if not self._turns:
            return self
        era = bisect_right(self._turns, at)
        if era not in self._eras:
            teams = {name: team.at(at) for name, team in self.teams.items()}
            roles = {name: role.at(at) for name, role in self.roles.items()}
            self._eras[era] = replace(self, teams=teams, roles=roles)
        return self._eras[era]

    def unread_of(self, names: Iterable[str]) -> tuple[GroupRef, ...]:
        """The groups that were never read and could say who belongs to these roles and teams."""
        found: list[GroupRef] = []
        for name in names:
            role = self.roles.get(name)
            found += role.sources if role is not None else ()
            teams = role.teams if role is not None else (name,)
            found += [source for team in teams if team in self.teams for source in self.teams[team].sources]
        return tuple(sorted(self.unread.intersection(found)))

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
        if source in (serving := self._serving):
            return serving[source]
        role = self._named_for(source)
        if len(serving) < _MOST_SOURCES:
            serving[source] = role
        return role

    def _named_for(self, source: str) -> str | None:
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
