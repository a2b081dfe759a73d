"""Climbs of a replay, counted and listed as they begin, rise and end."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from msgspec.structs import replace

from rules.ledger import Escalation, TierStep
from rules.policy import Policy
from rules.replay.backtest import TierLoad
from rules.replay.climbed import Climbed
from rules.replay.counted import Counted
from rules.replay.trail import Trail
from rules.ticket import Ticket, TicketRef

#: Climbs that are listed unless somebody asks for more; what is beyond is counted all the same.
MOST_LISTED = 10_000


class LadderTally:
    """Follows tickets up the ladder."""

    def __init__(self, policy: Policy, counted: Counted, most: int = MOST_LISTED) -> None:
        self._policy, self._counted, self._most = policy, counted, most
        self._listed: list[Climbed] = []
        self._entries: Counter[str] = Counter()
        self._tickets: Counter[str] = Counter()
        self._there: Counter[str] = Counter()
        #: Climbs that began in the counted stretch, and tickets that they were of.
        self.climbs = self.escalated = 0

    @property
    def listed(self) -> tuple[Climbed, ...]:
        """The first climbs, in the order in which they began."""
        return tuple(sorted(self._listed, key=lambda one: (one.at, one.ticket, one.episode)))

    def tiers(self) -> tuple[TierLoad, ...]:
        """How often each tier was entered."""
        return tuple(
            TierLoad(
                tier=tier.id,
                entries=self._entries[tier.id],
                tickets=self._tickets[tier.id],
                at_end=self._there[tier.id],
            )
            for tier in self._policy.tiers
        )

    def follow(
        self, ticket: Ticket, trail: Trail, escalation: Escalation | None, at: datetime, sources: tuple[str, ...]
    ) -> bool:
        """Where a ticket stands now (UTC), and what holds; whether a climb began that counts."""
        self._stand(trail, None if escalation is None else escalation.tier)
        if trail.episode and (escalation is None or escalation.episode != trail.episode):
            self._end(trail, at)
        if escalation is None:
            return False
        begins = escalation.episode != trail.episode
        steps = escalation.steps or (TierStep(escalation.tier, escalation.entered_at, escalation.because),)
        counts = begins and self._counted.has(escalation.since)
        if begins:
            trail.episode, trail.steps = escalation.episode, 0
        if counts:
            self._begin(ticket, trail, escalation, steps, sources)
        self._rise(trail, ticket.ref, escalation, steps)
        return counts

    def _stand(self, trail: Trail, tier: str | None) -> None:
        if trail.tier == tier:
            return
        if trail.tier is not None:
            self._there[trail.tier] -= 1
        if tier is not None:
            self._there[tier] += 1
        trail.tier = tier

    def _begin(
        self,
        ticket: Ticket,
        trail: Trail,
        escalation: Escalation,
        steps: tuple[TierStep, ...],
        sources: tuple[str, ...],
    ) -> None:
        self.climbs += 1
        if len(self._listed) >= self._most:
            return
        trail.places = [*trail.places, len(self._listed)]
        first = steps[0]
        climbed = Climbed(
            ticket=ticket.ref,
            at=escalation.since,
            because=first.because,
            sources=sources,
            tier=first.tier,
            highest=first.tier,
            highest_at=first.at,
            episode=escalation.episode,
            priority=ticket.priority,
            account=None if ticket.account is None else ticket.account.id,
            group=ticket.group,
        )
        self._listed.append(with_leads(climbed, trail))

    def _rise(self, trail: Trail, ref: TicketRef, escalation: Escalation, steps: tuple[TierStep, ...]) -> None:
        """Take note of the tiers that were entered since the last time."""
        for step in steps[trail.steps :]:
            if self._counted.has(step.at):
                self._entries[step.tier] += 1
                self._tickets[step.tier] += step.tier not in trail.tiers
                trail.tiers |= {step.tier}
            place = self._place(trail, ref, escalation.episode)
            if place is not None and self._rank(step.tier) > self._rank(self._listed[place].highest):
                self._listed[place] = replace(self._listed[place], highest=step.tier, highest_at=step.at)
        trail.steps = len(steps)

    def _place(self, trail: Trail, ref: TicketRef, episode: int) -> int | None:
        last = trail.places[-1] if trail.places else None
        found = None if last is None else self._listed[last]
        return last if found is not None and (found.ticket, found.episode) == (ref, episode) else None

    def _rank(self, tier: str) -> int:
        found = self._policy.tier(tier)
        return -1 if found is None else found.rank

    def _end(self, trail: Trail, at: datetime) -> None:
        if trail.places:
            last = trail.places[-1]
            if self._listed[last].episode == trail.episode:
                self._listed[last] = replace(self._listed[last], until=at)
        trail.episode = trail.steps = 0

    def know(self, trail: Trail) -> None:
        """Something about a ticket became known that its climbs are measured by."""
        for place in trail.places:
            self._listed[place] = with_leads(self._listed[place], trail)


def with_leads(climbed: Climbed, trail: Trail) -> Climbed:
    """A climb with how much sooner it was than the breach, and than people."""
    breach, truth = trail.breached_at, trail.truth_at
    return replace(
        climbed,
        breached=trail.breached,
        breached_at=breach,
        before_breach=None if breach is None else breach - climbed.at,
        truth_at=truth,
        before_truth=None if truth is None else truth - climbed.at,
    )
