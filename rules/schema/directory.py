"""Shapes of `directory:`: teams, people and roles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from rules.schema.base import Id, Line, Shape, Words
from rules.schema.criteria import Date
from rules.schema.ladder import Groups

#: Names of the two ways to write a member; no key of a policy looks like them.
_PERSON, _ID = "(person)", "(id)"


class AbsenceShape(Shape):
    """Days on which somebody is away, both included."""

    start: Date = Field(alias="from", description="first day away, YYYY-MM-DD")
    end: Date = Field(alias="to", description="last day away, YYYY-MM-DD")


class PersonShape(Shape):
    """Somebody who can take a ticket."""

    id: Id
    name: Line
    calendar: Words | None = Field(default=None, description="working hours; else those of this team")
    skills: list[Words] = []
    region: Words | None = None
    level: int = Field(default=1, ge=1, le=9, description="experience, 1 for entry level")
    absent: list[AbsenceShape] = []
    deputy: Words | None = Field(default=None, description="id of the person who stands in")
    accounts: dict[str, Words] = Field(default={}, description="helpdesk → the person's id there, where it is not id")


def _kind(value: Any) -> str:
    return _ID if isinstance(value, str) else _PERSON


#: A person as described here, or the id of one who is described in another team.
Member = Annotated[Annotated[PersonShape, Tag(_PERSON)] | Annotated[Words, Tag(_ID)], Discriminator(_kind)]


class TeamShape(Shape):
    """People who share working hours and groups."""

    calendar: Words | None = None
    groups: dict[str, Groups] = Field(default={}, description="helpdesk → name of a group, or a list")
    members: list[Member] = Field(default=[], description="people, each described once and named by id elsewhere")
    members_from: dict[str, Groups] = Field(
        default={}, description="helpdesk → a group, or a list, whose people are members as long as they are in it"
    )


class RoleShape(Shape):
    """What people are asked to be."""

    members: list[Words] = Field(default=[], description="ids of people")
    members_from: dict[str, Groups] = Field(
        default={}, description="helpdesk → a group, or a list, whose people have the role as long as they are in it"
    )
    teams: list[Words] = Field(default=[], description="ids of teams")
    duties: list[Line] = Field(default=[], description="what is expected of them, in words")
    serves: list[Words] = Field(default=[], description="what Escalade does in their name: tier, sla:ID, commands, …")


class RaciShape(Shape):
    """Who has which part in an escalation: roles, teams or people of the directory."""

    responsible: list[Words] = Field(
        alias="R", min_length=1, description="responsible: gets the tasks that nobody else was named for"
    )
    accountable: Words | list[Words] = Field(alias="A", description="accountable: answers for the whole; exactly one")
    consulted: list[Words] = Field(alias="C", default=[], description="consulted: asked before a plan is agreed")
    informed: list[Words] = Field(
        alias="I", default=[], description="informed: reads digests, is never paged or chased"
    )


class DirectoryShape(Shape):
    """Who there is."""

    teams: dict[str, TeamShape] = {}
    people: list[PersonShape] = Field(
        default=[], description="people who belong to teams and roles by the groups that they are in"
    )
    roles: dict[str, RoleShape] = {}
    raci: RaciShape | None = None
