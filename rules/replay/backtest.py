"""Backtest: what a policy would have done in the past, as one value; and two of them side by side."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rules.replay.climbed import Climbed
from rules.replay.cost import Cost
from rules.replay.gap import Gap
from rules.replay.score import BreachScore, RuleScore, TruthScore
from rules.replay.told import Told
from rules.ticket import TicketRef


class TierLoad(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How often one tier was entered, on how many tickets, and how many stood there at the end."""

    tier: str
    entries: int
    tickets: int
    at_end: int


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What was played, and in which stretch of it things were counted (UTC)."""

    #: The first and the last instant of the history, and how much it holds.
    begins: datetime
    ends: datetime
    events: int
    tickets: int
    #: What was counted: from here (included) to there (excluded). What was before shaped the tickets all the same.
    counted_from: datetime
    counted_to: datetime
    #: Tickets that were open in the counted stretch at some instant, and those still open at its end.
    open_tickets: int
    open_at_end: int


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy would have done. The same history and policy give the same value, always."""

    #: Content hash of the policy.
    policy: str
    played: Played
    #: Escalations that began in the counted stretch, tickets that they were of, and the first of them in order of time
    #: (all of them, unless there are very many).
    escalations: int
    escalated_tickets: int
    climbs: tuple[Climbed, ...]
    #: In the order of the policy.
    tiers: tuple[TierLoad, ...]
    told: Told
    #: In the order in which the policy names them; parts that never held are there with zeros.
    rules: tuple[RuleScore, ...]
    breaches: BreachScore
    #: None = nobody said what tells that people escalated a ticket.
    truth: TruthScore | None
    cost: Cost
    #: In the order of their names; empty = the history tells everything that the policy asks for.
    gaps: tuple[Gap, ...]


class Moved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ticket that two policies treat differently: the first escalation by each, or None where there is none."""

    ticket: TicketRef
    before: Climbed | None
    after: Climbed | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two policies on the same history."""

    before: Backtest
    after: Backtest
    #: Tickets that the one or the other alone escalates, or at another instant, or higher; in the order of their ids.
    moved: tuple[Moved, ...]
