"""Roster: who is, and who was, in a group of a helpdesk, as far as it was read. Values; the shell reads.

A roster is made by reading a group again and again. Between two readings nobody knows when somebody came or went, so a
stay begins and ends with the reading that first showed it: what was said about somebody's command stays true.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec


class GroupRef(msgspec.Struct, frozen=True, order=True):
    """A group of people in a helpdesk."""

    helpdesk: str
    #: As people call it there.
    group: str

    def __str__(self) -> str:
        return f"the group {self.group!r} of {self.helpdesk}"


class Member(msgspec.Struct, frozen=True, order=True):
    """Somebody who is in a group."""

    #: The id by which the helpdesk knows them, as on comments.
    account: str
    name: str


class Stay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The time for which somebody is known to have been in a group."""

    account: str
    name: str
    #: Instant (UTC) of the reading that first showed it; None = it was so at the first reading of all, so nobody knows.
    since: datetime | None = None
    #: Instant (UTC) of the reading that no longer showed it; None = it lasts.
    until: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it was so at an instant (UTC)."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who was ever seen in a group."""

    group: GroupRef
    #: When it was last read (UTC).
    read_at: datetime
    #: In the order in which they were first seen.
    stays: tuple[Stay, ...] = ()

    @property
    def present(self) -> tuple[Stay, ...]:
        """Who was in the group when it was last read."""
        return tuple(stay for stay in self.stays if stay.until is None)

    def reread(self, members: Iterable[Member], at: datetime) -> Roster:
        """The roster after another reading, which found these members at an instant (UTC)."""
        found = {member.account: member.name for member in members}
        kept: list[Stay] = []
        for stay in self.stays:
            if stay.until is not None:
                kept.append(stay)
            elif stay.account in found:
                kept.append(msgspec.structs.replace(stay, name=found.pop(stay.account)))
            else:
                kept.append(msgspec.structs.replace(stay, until=at))
        come = (Stay(account=account, name=name, since=at) for account, name in found.items())
        return Roster(group=self.group, read_at=at, stays=(*kept, *come))


#: Every group that was ever read.
Rosters = Mapping[GroupRef, Roster]
UNREAD: Rosters = MappingProxyType({})


def first_roster(group: GroupRef, members: Iterable[Member], at: datetime) -> Roster:
    """The roster after the first reading, at an instant (UTC): nobody knows since when they are in the group."""
    found = {member.account: member.name for member in members}
    return Roster(
        group=group, read_at=at, stays=tuple(Stay(account=account, name=name) for account, name in found.items())
    )


def version_of(rosters: Iterable[Roster]) -> str:
    """First 8 hex digits of the SHA-256 over who is and was in these groups; empty for none.

    When they were read does not count: reading the same again changes nothing.
    """
    told = sorted((roster.group, roster.stays) for roster in rosters)
    text = msgspec.json.encode(
        [[group.helpdesk, group.group, *sorted(map(_told, stays))] for group, stays in told], order="deterministic"
    )
    return hashlib.sha256(text).hexdigest()[:8] if told else ""


def _told(stay: Stay) -> tuple[str, str, str, str]:
    return stay.account, stay.name, str(stay.since or ""), str(stay.until or "")
