"""Past subject: a ticket of a history file, as the policy would have left it at an instant."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from escalade.histories.file import read_history
from escalade.subject import Subject
from rules.account_facts import AccountFacts
from rules.histories.event import PastEvent
from rules.histories.lack import Lack
from rules.policy import Policy
from rules.replay.around import around_of
from rules.replay.player import Player, Visit
from rules.replay.shelf import Rack
from rules.replay.trail import Trail
from rules.replay.world import World
from rules.ticket import Ticket, TicketRef
from rules.words import minute


class _Nobody:
    """Sees a replay, and counts nothing."""

    def happened(self, event: PastEvent) -> None:
        """People did something."""

    def visited(self, visit: Visit, trail: Trail) -> datetime | None:  # noqa: ARG002 - a witness that counts needs them
        """A ticket was decided about."""
        return None

    def passed_by(self, ticket: Ticket, trail: Trail, at: datetime) -> None:
        """A ticket was looked at, and nothing has changed."""


def of_history(file: Path, policy: Policy, name: str | None, at: datetime | None) -> Subject:
    """A ticket of a history, played up to an instant with the policy that is to be explained.

    Args:
        file: The history.
        policy: What decides, from its first event on.
        name: The ticket as `helpdesk:id`.
        at: Up to which instant (UTC) the history is played; None = to its end.

    Raises:
        ValueError: no ticket is named, or there is none of that name at that instant.
        HistoryFileError: the file cannot be read.
    """
    if name is None:
        raise ValueError("say which ticket of the history is meant: --ticket helpdesk:id")
    ref, world = TicketRef.parse(name), World.of(policy, Rack(), AccountFacts())
    player, lacks = Player(world, _Nobody()), list[Lack]()
    for event in read_history(file):
        if event.about is not None:
            lacks += event.about.lacks
        if at is not None and event.at > at:
            player.pass_until(at)
            break
        player.happen(event)
    player.settle()
    if player.now is None or ref in world.ours or not world.knows(ref):
        when = "" if at is None else f" at {minute(at)}"
        raise ValueError(f"the history has no ticket {name}{when}")
    unknown = (f"anything but what {file.name} tells", *(lack.told for lack in lacks))
    return Subject(policy=policy, known=around_of(world, ref), now=player.now, unknown=unknown)
