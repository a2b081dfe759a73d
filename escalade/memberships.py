"""Memberships: who is in the groups that teams and roles take their members from, read now and then and kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from connectors.base import Helpdesk, group_members
from connectors.errors import ConnectorError
from escalade.logs import log
from rules.journal import JournalEntry
from rules.roster import GroupRef, Roster, Rosters, first_roster, version_of
from rules.ticket import TicketRef


class RosterShelf(Protocol):
    """Where rosters are kept."""

    def rosters(self) -> Rosters:
        """Every group that was ever read."""

    def keep_roster(self, roster: Roster, entries: Collection[JournalEntry]) -> None:
        """Keep a reading of a group, and what it showed."""


@dataclass(slots=True, kw_only=True)
class Memberships:
    """Reads groups at most once in a while; what could not be read stays as it was read last."""

    shelf: RosterShelf
    helpdesks: Mapping[str, Helpdesk]
    #: A reading is good for so long.
    every: timedelta
    #: Groups that could not be read: why, told once until they can be read again.
    _failing: dict[GroupRef, str] = field(default_factory=dict)
    #: When a group was last asked for, also in vain (UTC).
    _asked_at: dict[GroupRef, datetime] = field(default_factory=dict)
    #: One thread reads at a time.
    _turn: Lock = field(default_factory=Lock)

    def read(self, groups: Collection[GroupRef], now: datetime) -> Rosters:
        """What is known of all groups, after reading those of `groups` whose reading is too old at `now` (UTC)."""
        with self._turn:
            known = self.shelf.rosters()
            late = [group for group in sorted(groups) if self._is_late(group, known, now)]
            for group in late:
                self._read(group, known.get(group), now)
            return self.shelf.rosters() if late else known

    def _is_late(self, group: GroupRef, known: Rosters, now: datetime) -> bool:
        roster = known.get(group)
        read_at = None if roster is None else roster.read_at
        last = max((at for at in (read_at, self._asked_at.get(group)) if at is not None), default=None)
        return last is None or now - last >= self.every

    def _read(self, group: GroupRef, before: Roster | None, now: datetime) -> None:
        self._asked_at[group] = now
        try:
            members = group_members(self.helpdesks, group)
        except ConnectorError as error:
            self._note_failure(group, before, str(error))
            return
        self._failing.pop(group, None)
        after = first_roster(group, members, now) if before is None else before.reread(members, now)
        self.shelf.keep_roster(after, _told(before, after))

    def _note_failure(self, group: GroupRef, before: Roster | None, why: str) -> None:
        if self._failing.get(group) != why:
            good = "nobody is believed to be in it" if before is None else f"as read at {before.read_at.isoformat()}"
            log.warning("group.unread", group=str(group), why=why, members=good)
        self._failing[group] = why


def _told(before: Roster | None, after: Roster) -> list[JournalEntry]:
    """What a reading showed, for the journal of the group; nothing where it showed what was known."""
    if before is not None and version_of([before]) == version_of([after]):
        return []
    was = {} if before is None else {stay.account: stay.name for stay in before.present}
    here = {stay.account: stay.name for stay in after.present}
    come = sorted(f"{name} ({account})" for account, name in here.items() if account not in was)
    left = sorted(f"{name} ({account})" for account, name in was.items() if account not in here)
    parts = [f"{len(here)} in {after.group}"]
    parts += [f"came: {', '.join(come)}"] if come else []
    parts += [f"left: {', '.join(left)}"] if left else []
    place = TicketRef(PLACE, f"{after.group.helpdesk}:{after.group.group}")
    return [JournalEntry(at=after.read_at, ref=place, action="group.read", text="; ".join(parts))]


#: Where the journal of a group stands: `escalade journal directory:HELPDESK:GROUP`. No ticket has such an id.
PLACE = "directory"
