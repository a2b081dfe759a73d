"""Owners: which group takes a ticket on entry into a tier, when the first choice may not be there."""

from __future__ import annotations

import msgspec

from rules.directory import Directory
from rules.duty import team_staffed
from rules.ledger import Escalation
from rules.policy import Tier


class Owner(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The group that takes the ticket, and why this one."""

    group: str
    because: str


def owner_of(tier: Tier, escalation: Escalation, helpdesk: str, directory: Directory) -> Owner | None:
    """The first group of the tier whose team was staffed when the tier was entered; None = the tier names no group.

    The instant of the entry decides, so a ticket does not change hands with every shift. When nobody was there, the
    first choice takes it. A group that no team works in is taken as it comes: nobody said when it is there.
    """
    groups, at = tier.groups.get(helpdesk, ()), escalation.entered_at
    if not groups:
        return None
    missed: list[str] = []
    for group in groups:
        team = directory.team_of(helpdesk, group) if len(groups) > 1 else None
        staffed = None if team is None else team_staffed(team, at)
        if staffed is None or staffed.holds:
            told = f"{group} owns {_named(tier, group)}"
            return Owner(group=group, because=f"{told}: {'; '.join(missed)}" if missed else told)
        missed.append(f"{group} was not there at {at:%Y-%m-%d %H:%M} UTC, {staffed.observed}")
    told = f"{groups[0]} owns {_named(tier, groups[0])}, though nobody was there"
    return Owner(group=groups[0], because=f"{told}: {'; '.join(missed)}")


def _named(tier: Tier, group: str) -> str:
    """The tier beside its group; where both have one name, once."""
    return "its tier" if tier.name == group else tier.name
