"""Build: who belongs to teams and roles because a group in a helpdesk holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rules.build import Ground
from rules.calendar import ALWAYS, BusinessCalendar
from rules.directory import Directory, Person, Role, Team, Tenure
from rules.roster import GroupRef, Stay, version_of

#: What an id of the directory cannot have.
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


@dataclass(slots=True, kw_only=True)
class Intake:
    """Takes the people of groups into teams and roles, each once; those of the file are known by their accounts."""

    ground: Ground
    #: By id; those who are in a group and not in the file are added.
    people: dict[str, Person]
    asked: set[GroupRef] = field(default_factory=set)
    _known: Directory = field(init=False)
    #: Helpdesk and account → somebody whom the file does not describe.
    _comers: dict[tuple[str, str], Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = Directory(people=dict(self.people))

    @property
    def unread(self) -> frozenset[GroupRef]:
        """The groups that were asked for and never read."""
        return frozenset(self.asked - self.ground.rosters.keys())

    @property
    def version(self) -> str:
        """Which readings of the groups were used."""
        return version_of(roster for group, roster in self.ground.rosters.items() if group in self.asked)

    def team(self, team: Team) -> Team:
        """The team with the people of its groups."""
        named = {person.id for person in team.members}
        passing = tuple(one for one in self._tenures(team.sources, team.calendar) if one.person.id not in named)
        come = (one.person for one in passing if one.stay.until is None)
        people = {person.id: person for person in (*team.members, *come)}
        return replace(team, members=tuple(people.values()), passing=passing)

    def role(self, role: Role) -> Role:
        """The role with the people of its groups."""
        calendar = self.ground.scope.calendar(self.ground.default_calendar or "") or ALWAYS
        passing = tuple(one for one in self._tenures(role.sources, calendar) if one.person.id not in role.people)
        come = (one.person.id for one in passing if one.stay.until is None)
        return replace(role, people=tuple(dict.fromkeys((*role.people, *come))), passing=passing)

    def _tenures(self, sources: Sequence[GroupRef], calendar: BusinessCalendar) -> Iterator[Tenure]:
        for group in sources:
            self.asked.add(group)
            roster = self.ground.rosters.get(group)
            for stay in () if roster is None else roster.stays:
                yield Tenure(person=self._person(group.helpdesk, stay, calendar), stay=stay)

    def _person(self, helpdesk: str, stay: Stay, calendar: BusinessCalendar) -> Person:
        """Whom the helpdesk means; somebody new works in the hours of the first team that takes them in."""
        described = self._known.person_of(helpdesk, stay.account)
        if described is not None:
            return described
        known = self._comers.get((helpdesk, stay.account))
        if known is None:
            known = Person(
                id=self._free(f"{helpdesk}-{stay.account}"),
                name=stay.name,
                calendar=calendar,
                accounts={helpdesk: stay.account},
            )
            self._comers[helpdesk, stay.account] = self.people[known.id] = known
        return known

    def _free(self, wanted: str) -> str:
        """An id of the directory that nobody has."""
        plain = _OTHER.sub("-", wanted.lower()).strip("-")[:_LONGEST]
        found, number = plain, 1
        while found in self.people:
            number += 1
            found = f"{plain}-{number}"
        return found
