"""People: who has a role at an instant, and whom people mean by what they write. Pure and deterministic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from rules.calendar import ALWAYS
from rules.choice import ANYBODY, Choice, Errand, Profile, pick
from rules.directory import Directory, Person, Team

_NO_LOAD: Mapping[str, int] = MappingProxyType({})
#: `@anna`, and how Jira writes a mention: `[~anna]`, `[~accountid:557058:f3]`.
_MENTION = re.compile(r"\[~(?:accountid:)?([^\]]+)\]|@(\S.*)")


def who(  # noqa: PLR0917 - whom to ask for, when and where, and how busy they are
    directory: Directory,
    names: Sequence[str],
    at: datetime,
    helpdesk: str = "",
    load: Mapping[str, int] = _NO_LOAD,
    profile: Profile = ANYBODY,
) -> Choice:
    """The person who takes something: of the first name that has somebody on duty.

    Args:
        directory: Knows roles, teams and people.
        names: Roles, teams or people in the order in which they are asked: the manager, then the pool that stands by.
        at: The instant (UTC). For what has been wanted for a while, the one since when, so that the answer stays.
        helpdesk: Where `load` was counted.
        load: Open tickets by the assignee's id there.
        profile: What the person has to bring.

    Returns:
        Who it is and why; those on duty before the deputies of those who are not, the least busy before the others.
        Where nobody is on duty, nobody, and when somebody could be.

    Raises:
        KeyError: when the directory has no such name.
    """
    asked: list[Choice] = []
    for name in names:
        errand = Errand(team=_as_team(directory.at(at), name), at=at, helpdesk=helpdesk, profile=profile, load=load)
        asked.append(pick(directory, errand))
        if asked[-1].person is not None:
            break
    passed = tuple({one.person: one for choice in asked for one in choice.passed}.values())
    turns = [choice.flips_at for choice in asked if choice.flips_at is not None]
    reasons = [choice.reason for choice in asked]
    return Choice(
        person=asked[-1].person if asked else None,
        reason="; ".join(reasons) if reasons else "nobody was named",
        passed=passed,
        flips_at=min(turns, default=None),
    )


def person_meant(directory: Directory, text: str, helpdesk: str) -> Person | None:
    """Whom somebody means: by id, by name, or by a helpdesk's mention or id; None when nobody, or several.

    Args:
        directory: Knows the people.
        text: As it was written in a comment: `anna`, `Anna Berg`, `@anna`, `[~accountid:557058:f3]`.
        helpdesk: Where it was written.
    """
    text = " ".join(text.split())
    mention = _MENTION.fullmatch(text)
    wanted = (mention[1] or mention[2] if mention is not None else text).strip()
    if (person := directory.people.get(wanted.lower())) is not None:
        return person
    if (person := directory.person_of(helpdesk, wanted)) is not None:
        return person
    named = [one for one in directory.people.values() if one.name.casefold() == wanted.casefold()]
    return named[0] if len(named) == 1 else None


def name_meant(directory: Directory, text: str, helpdesk: str) -> str | None:
    """The id of the role, or of the person, whom somebody means by what they wrote; None = nobody, or several."""
    role = text.strip().lower()
    if role in directory.roles:
        return role
    person = person_meant(directory, text, helpdesk)
    return None if person is None else person.id


def _as_team(directory: Directory, name: str) -> Team:
    if name in directory.teams:
        return directory.teams[name]
    return Team(id=name, calendar=ALWAYS, members=directory.people_named(name))
