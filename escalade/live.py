"""Live: whether helpdesks and channels can be reached right now, and when each channel last took something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from connectors.base import group_members
from connectors.errors import ConnectorError
from escalade.app import App
from escalade.checking.remark import UNREACHABLE, Remark
from rules.change import channel_target
from rules.lint.finding import Severity
from rules.words import minute


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What one of them answered."""

    #: `helpdesk zendesk`, `channel room`.
    what: str
    said: str
    #: None = it cannot be asked.
    answers: bool | None


def reach_all(app: App) -> Iterator[Reached]:
    """Ask every helpdesk who we are, and see whether every channel's host takes a connection. Tells nobody anything."""
    for name, helpdesk in app.helpdesks.items():
        try:
            us = helpdesk.identity()
        except ConnectorError as error:
            yield Reached(what=f"helpdesk {name}", said=str(error), answers=False)
        else:
            yield Reached(what=f"helpdesk {name}", said=f"answers; we are {us.name} ({us.role})", answers=True)
    yield from _groups(app)
    for name in app.policy.channels:
        last = app.store.last_told(name)
        told = "nothing was delivered yet" if last is None else f"last delivery {minute(last)}"
        try:
            answers = app.channels[channel_target(name)].reach()
        except ConnectorError as error:
            yield Reached(what=f"channel {name}", said=f"{error}; {told}", answers=False)
        else:
            reached = "can be reached" if answers else "cannot be asked"
            yield Reached(what=f"channel {name}", said=f"{reached}; {told}", answers=answers or None)


def _groups(app: App) -> Iterator[Reached]:
    """Ask now who is in the groups that the directory takes people from; what is kept of them stays as it is."""
    kept = app.store.rosters()
    for group in sorted(app.policy.directory.sources):
        roster = kept.get(group)
        read = "never read"
        if roster is not None:
            read = f"last read {minute(roster.read_at)}, with {len(roster.present)} people"
        try:
            members = group_members(app.helpdesks, group)
        except ConnectorError as error:
            yield Reached(what=str(group), said=f"{error}; {read}", answers=False)
        else:
            yield Reached(what=str(group), said=f"{len(members)} people; {read}", answers=True)


def remarks_of(reached: Iterable[Reached]) -> list[Remark]:
    """What did not answer."""
    return [
        Remark(code=UNREACHABLE, severity=Severity.WARNING, message=f"{one.what}: {one.said}")
        for one in reached
        if one.answers is False
    ]
