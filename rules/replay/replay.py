"""Replay: one policy on one history, event by event, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rules.account_facts import AccountFacts
from rules.facts import facts_of
from rules.histories.event import PastEvent
from rules.policy import Policy
from rules.replay.around import around_of
from rules.replay.backtest import Backtest
from rules.replay.counted import ALL, Counted
from rules.replay.gap import Gap
from rules.replay.impact import Stand, stand_of
from rules.replay.judged import judged
from rules.replay.ladder_tally import MOST_LISTED
from rules.replay.player import Player
from rules.replay.shelf import Rack, Shelf
from rules.replay.survey import Survey
from rules.replay.tally import Tally
from rules.replay.truth import Truth
from rules.replay.world import World

_UTC = ZoneInfo("UTC")
#: The shortest time there is.
_MOMENT = timedelta(microseconds=1)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How a history is played, whatever the policy."""

    #: What tells that people escalated a ticket; None = nobody asks.
    truth: Truth | None = None
    #: What is counted.
    counted: Counted = ALL
    #: Whose days and hours loads are told in.
    zone: ZoneInfo = _UTC
    #: What a file tells of accounts, as they are today.
    account_facts: AccountFacts = AccountFacts()
    #: What is not told did not happen: nothing of the policy is left out.
    as_told: bool = False
    #: Climbs that are listed.
    most_listed: int = MOST_LISTED


class Replay:
    """Plays a history that is told event by event. Memory grows with the tickets that are open, not with events."""

    def __init__(
        self, policy: Policy, survey: Survey, setting: Setting | None = None, shelf: Shelf | None = None
    ) -> None:
        """Prepare to play.

        Args:
            policy: What decides.
            survey: What the history tells of.
            setting: How it is played.
            shelf: Where tickets are kept to which nothing can happen by itself; in memory where none is given.
        """
        chosen = Setting() if setting is None else setting
        facts = chosen.account_facts
        found = judged(policy, survey, as_told=chosen.as_told, accounts_told=bool(facts.rows))
        self._gaps, self._counted = found.gaps, chosen.counted
        world = World.of(found.policy, Rack() if shelf is None else shelf, facts)
        self._tally = Tally(
            found.policy,
            zone=chosen.zone,
            counted=chosen.counted,
            truth=chosen.truth,
            most_listed=chosen.most_listed,
        )
        self._player = Player(world, self._tally, None if chosen.truth is None else chosen.truth.when)

    def happen(self, event: PastEvent) -> bool:
        """Play one event; False when it lies behind what is counted, so that nothing of interest follows.

        Raises:
            UnorderedError: it comes before the one that was played last.
            RestlessError: the policy does not come to rest.
            ValueError: it names tickets in a way that cannot be read.
        """
        end = self._counted.end
        if end is not None and event.at >= end:
            if self._player.now is not None:
                self._player.pass_until(max(self._player.now, end - _MOMENT))
            return False
        self._player.happen(event)
        return True

    def play(self, events: Iterable[PastEvent]) -> None:
        """Play events one after the other, in the order of time.

        Raises:
            UnorderedError: they are not in that order.
            RestlessError: the policy does not come to rest.
            ValueError: one names tickets in a way that cannot be read.
        """
        for event in events:
            if not self.happen(event):
                return

    def result(self, ends: datetime | None = None) -> Backtest:
        """What it came to, once everything was played.

        Args:
            ends: When the history ends (UTC); None = with its last event.

        Raises:
            ValueError: when no event was played.
        """
        player = self._player
        if player.now is not None:
            player.pass_until(max(player.now, ends) if ends is not None else player.now)
            player.settle()
        gaps = self._gaps
        if player.people.unknown:
            because = f"how tickets began that are left out for that: {player.people.unknown:,}"
            gaps = tuple(sorted((*gaps, Gap(what="beginnings", because=because)), key=lambda gap: gap.what))
        return self._tally.result(gaps, player.world.open_tickets)

    def stands(self) -> Iterator[Stand]:
        """How every ticket that is open at the end stands, in the order of their ids; after `result`."""
        now, world = self._player.now, self._player.world
        for ref in sorted(ref for ref, ticket in world.tickets.items() if ticket.status.is_open) if now else ():
            if ref in world.ours or now is None:
                continue
            found = around_of(world, ref)
            facts = facts_of(found.ticket, found.account, found.summary, found.ledger, now, found.linked)
            escalation = found.ledger.escalation
            yield stand_of(world.policy, facts, None if escalation is None else escalation.tier)
