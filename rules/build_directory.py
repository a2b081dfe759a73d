"""Build: the directory, with every name in it resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from rules.build import Ground
from rules.build_raci import build_raci, check_informed, check_serves
from rules.build_rosters import Intake
from rules.calendar import ALWAYS, BusinessCalendar
from rules.criteria import Criterion
from rules.directory import Absence, Directory, Person, Role, Team
from rules.policy import NameKind, Tier
from rules.roster import GroupRef
from rules.schema.directory import DirectoryShape, PersonShape, RoleShape, TeamShape
from rules.shapes import shaped
from rules.yamltext import Path

_SECTION = "directory"


def build_directory(ground: Ground) -> Directory:
    """Everybody who could be built. Of a wrong directory only the names of its teams, so that they can be asked for."""
    raw = ground.tree.value.get(_SECTION) if isinstance(ground.tree.value, dict) else None
    if raw is None:
        return Directory()
    shape = shaped(DirectoryShape, raw, (_SECTION,), ground.tree)
    if shape is None:
        ground.glance(raw, (_SECTION,))
        teams = raw.get("teams") if isinstance(raw, dict) else None
        names = teams if isinstance(teams, dict) else {}
        return Directory(teams={str(name): Team(id=str(name), calendar=ALWAYS) for name in names})
    people = _people(ground, shape)
    _check_deputies(ground, shape, people)
    teams = {name: _team(ground, name, team, people) for name, team in shape.teams.items()}
    roles = {name: _role(ground, name, role, shape, people) for name, role in shape.roles.items()}
    intake = Intake(ground=ground, people=people)
    teams = {name: intake.team(team) for name, team in teams.items()}
    roles = {name: intake.role(role) for name, role in roles.items()}
    for name in roles:
        if name in teams:
            ground.tree.refuse((_SECTION, "roles", name), "there is a team of that name, too", on_key=True)
    check_serves(ground, roles)
    directory = Directory(teams=teams, people=people, roles=roles, unread=intake.unread, version=intake.version)
    directory = replace(directory, raci=build_raci(ground, shape.raci, directory.names))
    check_informed(ground, directory)
    return directory


def is_refused(ground: Ground) -> bool:
    """Whether something in the directory is wrong, so that who is in which team is not certain."""
    return any(problem.path.startswith(_SECTION) for problem in ground.tree.findings.problems)


def check_owners(ground: Ground, directory: Directory, criteria: tuple[Criterion, ...]) -> None:
    """Refuse owners of criteria whom the directory does not know, where there is one."""
    for criterion in criteria if directory.people or directory.roles else ():
        if criterion.owner is not None and criterion.owner not in directory.names:
            number = ground.criteria.index(criterion.id)
            message, allowed = "the directory has no such role, team or person", directory.names
            ground.tree.refuse(("criteria", number, "owner"), message, found=criterion.owner, allowed=allowed)


def check_alternates(ground: Ground, directory: Directory, tiers: tuple[Tier, ...]) -> None:
    """Refuse alternates that never get their turn, because nobody said when the group before them is there."""
    if is_refused(ground):
        return
    for tier in tiers:
        number = ground.tiers.index(tier.id)
        for helpdesk, groups in tier.groups.items():
            for index, group in enumerate(groups[:-1]):
                if directory.team_of(helpdesk, group) is None:
                    message = f"nobody knows when {group} is there, so {groups[index + 1]} never gets its turn"
                    hint = f"describe a team below directory: with groups: {{{helpdesk}: {group}}}"
                    ground.tree.refuse(("tiers", number, "groups", helpdesk, index), message, found=group, hint=hint)


def _people(ground: Ground, shape: DirectoryShape) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for path, member, hours in _described(shape):
        if member.id in people:
            hint = "describe everybody once, and name the id in other teams"
            message = f"the person {member.id!r} is described twice"
            ground.tree.refuse((*path, "id"), message, hint=hint)
        # A wrong calendar of the team is told where the team is built.
        ordinary = ground.scope.calendar(hours or ground.default_calendar or "") or ALWAYS
        calendar = ordinary if member.calendar is None else ground.calendar(member.calendar, path)
        people.setdefault(member.id, _person(ground, member, calendar, path))
    return people


def _described(shape: DirectoryShape) -> Iterator[tuple[Path, PersonShape, str | None]]:
    """Everybody who is described: where, how, and the name of the calendar of their team."""
    for team, described in shape.teams.items():
        for index, member in enumerate(described.members):
            if isinstance(member, PersonShape):
                yield (_SECTION, "teams", team, "members", index), member, described.calendar
    for index, person in enumerate(shape.people):
        yield (_SECTION, "people", index), person, None


def _person(ground: Ground, shape: PersonShape, calendar: BusinessCalendar, path: Path) -> Person:
    absences: list[Absence] = []
    for index, away in enumerate(shape.absent):
        start, end = date.fromisoformat(away.start), date.fromisoformat(away.end)
        if end < start:
            message = "the absence ends before it begins"
            ground.tree.refuse((*path, "absent", index, "to"), message, found=away.end)
        absences.append(Absence(start=start, end=end))
    for helpdesk, account in shape.accounts.items():
        here = (*path, "accounts", helpdesk)
        ground.name(NameKind.HELPDESK, helpdesk, here, helpdesk=None)
        ground.name(NameKind.PERSON, account, here, helpdesk=helpdesk)
    return Person(
        id=shape.id,
        name=shape.name,
        calendar=calendar,
        skills=frozenset(shape.skills),
        region=shape.region,
        level=shape.level,
        absences=tuple(sorted(absences, key=lambda absence: absence.start)),
        deputy=shape.deputy,
        accounts=shape.accounts,
    )


def _check_deputies(ground: Ground, shape: DirectoryShape, people: dict[str, Person]) -> None:
    for path, member, _ in _described(shape):
        if member.deputy is not None and member.deputy == member.id:
            ground.tree.refuse((*path, "deputy"), "nobody stands in for themselves", found=member.deputy)
        elif member.deputy is not None:
            _known(ground, member.deputy, people, (*path, "deputy"))
    for team, described in shape.teams.items():
        for index, named in enumerate(described.members):
            if isinstance(named, str):
                _known(ground, named, people, (_SECTION, "teams", team, "members", index))


def _known(ground: Ground, name: str, people: dict[str, Person], path: Path) -> bool:
    if name not in people:
        ground.tree.refuse(path, "there is no such person", found=name, allowed=people)
    return name in people


def _team(ground: Ground, name: str, shape: TeamShape, people: dict[str, Person]) -> Team:
    path: Path = (_SECTION, "teams", name)
    for helpdesk, groups in shape.groups.items():
        here = (*path, "groups", helpdesk)
        ground.name(NameKind.HELPDESK, helpdesk, here, helpdesk=None)
        for index, group in enumerate(groups):
            ground.name(NameKind.GROUP, group, (*here, index) if len(groups) > 1 else here, helpdesk=helpdesk)
    ids = [member if isinstance(member, str) else member.id for member in shape.members]
    for index, member in enumerate(ids):
        if member in ids[:index] and isinstance(shape.members[index], str):
            ground.tree.refuse((*path, "members", index), "this person stands here twice", found=member)
    return Team(
        id=name,
        calendar=ground.calendar(shape.calendar, path),
        groups={helpdesk: tuple(groups) for helpdesk, groups in shape.groups.items()},
        members=tuple(people[member] for member in dict.fromkeys(ids) if member in people),
        sources=_sources(ground, shape.members_from, path),
    )


def _sources(ground: Ground, members_from: dict[str, list[str]], path: Path) -> tuple[GroupRef, ...]:
    """The groups whose people belong to a team or a role; helpdesks have to know them."""
    sources: list[GroupRef] = []
    for helpdesk, groups in members_from.items():
        here = (*path, "members_from", helpdesk)
        ground.name(NameKind.HELPDESK, helpdesk, here, helpdesk=None)
        for index, group in enumerate(groups):
            at = (*here, index) if len(groups) > 1 else here
            ground.name(NameKind.PEOPLE_GROUP, group, at, helpdesk=helpdesk)
            if group in groups[:index]:
                ground.tree.refuse(at, "this group stands here twice", found=group)
            sources.append(GroupRef(helpdesk, group))
    return tuple(dict.fromkeys(sources))


def _role(ground: Ground, name: str, shape: RoleShape, whole: DirectoryShape, people: dict[str, Person]) -> Role:
    path: Path = (_SECTION, "roles", name)
    if not shape.members and not shape.teams and not shape.members_from:
        hint = "add members:, teams: or members_from:"
        ground.tree.refuse(path, f"nobody has the role {name!r}", on_key=True, hint=hint)
    for index, member in enumerate(shape.members):
        _known(ground, member, people, (*path, "members", index))
    for index, team in enumerate(shape.teams):
        if team not in whole.teams:
            here = (*path, "teams", index)
            ground.tree.refuse(here, "there is no such team", found=team, allowed=whole.teams)
    return Role(
        id=name,
        people=tuple(member for member in shape.members if member in people),
        teams=tuple(team for team in shape.teams if team in whole.teams),
        duties=tuple(shape.duties),
        serves=tuple(shape.serves),
        sources=_sources(ground, shape.members_from, path),
    )
