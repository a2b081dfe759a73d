"""Tally: looks on while a history is played, and counts, so that nothing but the counts has to be kept."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rules.clocks.book import facts_for
from rules.facts import Facts
from rules.histories.event import EventKind, PastEvent
from rules.policy import Policy
from rules.replay.backtest import Backtest, Played
from rules.replay.counted import Counted
from rules.replay.gap import Gap
from rules.replay.ladder_tally import MOST_LISTED, LadderTally
from rules.replay.load_tally import CostTally, LoadTally
from rules.replay.player import Visit
from rules.replay.score_tally import BreachTally, ScoreTally, is_part
from rules.replay.trail import Trail
from rules.replay.truth import Truth, TruthTally
from rules.ticket import Ticket


class Tally:
    """Everything that is counted of one policy on one history."""

    def __init__(
        self,
        policy: Policy,
        *,
        zone: ZoneInfo,
        counted: Counted,
        truth: Truth | None,
        most_listed: int = MOST_LISTED,
    ) -> None:
        self._policy, self._counted, self._truth = policy, counted, truth
        self._truths = TruthTally("" if truth is None else truth.expression, counted)
        self._ladder = LadderTally(policy, counted, most_listed)
        self._load, self._cost = LoadTally(zone, policy.directory), CostTally()
        self._scores = ScoreTally(policy, counted, judged=truth is not None)
        self._breaches = BreachTally(counted)
        self._events = self._tickets = self._open = self._open_now = 0
        self._begins: datetime | None = None
        self._ends: datetime | None = None

    def happened(self, event: PastEvent) -> None:
        """People did something."""
        self._begins, self._ends = self._begins or event.at, event.at
        self._events += 1
        self._tickets += event.kind is EventKind.CREATED

    def visited(self, visit: Visit, trail: Trail) -> datetime | None:
        """A ticket was decided about; when it has to be looked at again for the sake of counting (UTC)."""
        at, ticket = visit.at, visit.known.ticket
        counts = self._look_at(ticket, trail, at)
        if self._breaches.late(trail, visit.decision.clocks, at):
            self._scores.breach(trail)
            self._ladder.know(trail)
        turn = self._look_for_truth(visit, trail)
        sources = tuple(dict.fromkeys(one.source for one in visit.decision.reasons if is_part(one.source)))
        self._scores.hold(trail, sources, at)
        self._climb(visit, trail, sources)
        if counts and visit.plan.changes:
            self._write(visit, trail)
        return turn

    def passed_by(self, ticket: Ticket, trail: Trail, at: datetime) -> None:
        """A ticket was looked at, and everything is as it was decided the last time (UTC)."""
        self._look_at(ticket, trail, at)

    def _look_at(self, ticket: Ticket, trail: Trail, at: datetime) -> bool:
        """Count that a ticket was looked at (UTC); whether that lies in the counted stretch."""
        if not self._counted.has(at):
            return False
        self._cost.decisions += 1
        if not trail.was_open and ticket.status.is_open:
            trail.was_open = True
            self._open += 1
        return True

    def _look_for_truth(self, visit: Visit, trail: Trail) -> datetime | None:
        if self._truth is None or trail.truth_at is not None:
            return None
        verdict = self._truth.when.evaluate(_facts(self._policy, visit))
        if not verdict.holds:
            return verdict.flips_at
        self._truths.people(visit.known.ticket.ref, trail, visit.at)
        self._scores.truth(trail)
        self._ladder.know(trail)
        return None

    def _climb(self, visit: Visit, trail: Trail, sources: tuple[str, ...]) -> None:
        escalation, ticket = visit.plan.ledger.escalation, visit.known.ticket
        if escalation is not None and trail.escalated_at is None:
            self._breaches.policy(trail, escalation.since)
            self._truths.policy(ticket.ref, trail, escalation.since)
            if self._counted.has(escalation.since):
                self._ladder.escalated += 1
        if self._ladder.follow(ticket, trail, escalation, visit.at, sources) and escalation is not None:
            self._load.climb(escalation.since)
            self._scores.climb(escalation.steps[0].because if escalation.steps else escalation.because)

    def _write(self, visit: Visit, trail: Trail) -> None:
        escalation = visit.decision.escalation
        because = None if escalation is None else escalation.because
        self._cost.plan(visit.plan, visit.at)
        for change in self._load.plan(visit.plan, visit.known.ticket, trail, visit.at):
            self._scores.alert(change.rule, because)

    def result(self, gaps: tuple[Gap, ...], open_at_end: int) -> Backtest:
        """What everything comes to.

        Raises:
            ValueError: when nothing happened at all.
        """
        if self._begins is None or self._ends is None:
            raise ValueError("the history holds no events")
        start = self._counted.start or self._begins
        end = self._counted.end or self._ends
        return Backtest(
            policy=self._policy.hash,
            played=Played(
                begins=self._begins,
                ends=self._ends,
                events=self._events,
                tickets=self._tickets,
                counted_from=start,
                counted_to=end,
                open_tickets=self._open,
                open_at_end=open_at_end,
            ),
            escalations=self._ladder.climbs,
            escalated_tickets=self._ladder.escalated,
            climbs=self._ladder.listed,
            tiers=self._ladder.tiers(),
            told=self._load.told(start, max(start, min(end, self._ends))),
            rules=self._scores.scores(),
            breaches=self._breaches.score(),
            truth=None if self._truth is None else self._truths.score(),
            cost=self._cost.cost(),
            gaps=gaps,
        )


def _facts(policy: Policy, visit: Visit) -> Facts:
    known = visit.known
    return facts_for(
        policy, known.ticket, known.account, known.summary, known.ledger, visit.at, known.linked, known.around
    )
