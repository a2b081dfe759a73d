"""Score: how a policy, and each part of it, fares against what people did and against broken promises."""

from __future__ import annotations

import msgspec

from rules.replay.spread import Spread
from rules.ticket import TicketRef

_NO_SPREAD = Spread()


class RuleScore(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the policy that decides: a rule, the matrix cell, a clock, a time-out, a cadence."""

    #: `rule:…`, `matrix:…`, `sla:…`, `timeout:…`, `cadence:…`
    source: str
    #: How often it began to hold, and on how many tickets.
    fired: int = 0
    tickets: int = 0
    #: Climbs that it began.
    climbs: int = 0
    #: Alerts that were made for its sake.
    alerts: int = 0
    #: Of those tickets: people escalated them, too; of these, it held no later than they acted; they never did. None
    #: without a truth to compare with.
    true: int | None = None
    in_time: int | None = None
    false: int | None = None
    #: `true` in relation to `tickets`, 0 to 1; None where it held on no ticket, or nobody knows the truth.
    precision: float | None = None
    #: From when it first held on a ticket until people escalated it, where they did; negative: they were sooner.
    before_truth: Spread = _NO_SPREAD
    #: From when it first held on a ticket until its first clock was late, where one was.
    before_breach: Spread = _NO_SPREAD


class TruthScore(msgspec.Struct, frozen=True, kw_only=True):
    """The policy's escalations compared with what people did, by ticket."""

    #: What says that people escalated a ticket.
    expression: str
    #: Tickets that people escalated.
    tickets: int = 0
    #: Tickets that the policy would have escalated.
    escalated: int = 0
    #: Both; of these, the policy was no later than people.
    true: int = 0
    in_time: int = 0
    #: The policy alone; people alone.
    false: int = 0
    missed: int = 0
    #: 0 to 1; None where they would be divided by nothing.
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    #: From the policy's first escalation of a ticket until people escalated it.
    lead: Spread = _NO_SPREAD
    #: Tickets that people alone escalated, the first ones by their ids.
    missed_tickets: tuple[TicketRef, ...] = ()


class BreachScore(msgspec.Struct, frozen=True, kw_only=True):
    """The policy's escalations compared with its own service-level clocks, by ticket."""

    #: Tickets on which a clock was ever late.
    tickets: int = 0
    #: Of these: escalated before it was late, after that (or at that instant), never.
    before: int = 0
    after: int = 0
    never: int = 0
    #: From the first escalation of a ticket until its first clock was late; negative: later than that.
    lead: Spread = _NO_SPREAD
