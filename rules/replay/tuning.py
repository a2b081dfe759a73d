"""Tuning: what other values of the policy trade for what, judged on a stretch of the past and tried on a later one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from rules.replay.backtest import Backtest
from rules.replay.gap import Gap

#: A better figure on what was judged that is worse by more than this on what came later is chance.
_LUCK = 0.1


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one variant comes to in one stretch."""

    #: Tickets that the part, or else the whole policy, escalates; of these, people did, too, and they did not.
    tickets: int
    true: int
    false: int
    #: Tickets that people escalated and it did not.
    missed: int
    precision: float | None
    recall: float | None
    f1: float | None
    #: How much sooner than people, in the middle; below 0: later. None = there is no ticket of both.
    lead: timedelta | None
    #: Alerts of the whole policy a day.
    alerts: float


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One variant, judged on the earlier part of the past and tried on the later one."""

    values: tuple[str, ...]
    #: It is what the policy says today.
    is_today: bool
    judged: Trade
    later: Trade
    #: Another variant is no worse in precision, recall, lead and alerts, and better in one of them.
    is_beaten: bool = False


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep over values of the policy."""

    paths: tuple[str, ...]
    #: What was measured: a part of the policy such as `rule:too-old`; None = the whole policy.
    source: str | None
    truth: str
    #: The past was judged from `begins` to `split` and tried from there to `ends` (UTC).
    begins: datetime
    split: datetime
    ends: datetime
    #: In the order of the values.
    tried: tuple[Tried, ...]
    #: Tickets that people escalated in the part that was judged, and how many of them a judgement needs.
    positives: int
    needed: int
    gaps: tuple[Gap, ...] = ()

    @property
    def best(self) -> Tried | None:
        """The variant with the best F1 where it was judged, the first of equal ones; None = too little to tell."""
        known = [one for one in self.tried if one.judged.f1 is not None]
        return max(known, key=lambda one: one.judged.f1 or 0.0) if known and self.positives >= self.needed else None

    @property
    def is_luck(self) -> bool:
        """Whether the best one is clearly worse on what came later, and so may be best by chance."""
        best = self.best
        if best is None or best.judged.f1 is None or best.later.f1 is None:
            return False
        return best.later.f1 < best.judged.f1 - _LUCK


def trade_of(found: Backtest, source: str | None) -> Trade:
    """What a back-test with a truth comes to for one part of the policy, or for all of it.

    Raises:
        ValueError: it was played without a truth.
    """
    truth = found.truth
    if truth is None:
        raise ValueError("nothing says what people escalated")
    days = found.told.days
    alerts = sum(day.alerts for day in days) / len(days) if days else 0.0
    if source is None:
        tickets, true, lead = truth.escalated, truth.true, truth.lead.median
    else:
        score = next((one for one in found.rules if one.source == source), None)
        tickets, true = (0, 0) if score is None else (score.tickets, score.true or 0)
        lead = None if score is None else score.before_truth.median
    precision = true / tickets if tickets else None
    recall = true / truth.tickets if truth.tickets else None
    both = (precision or 0.0) + (recall or 0.0)
    return Trade(
        tickets=tickets,
        true=true,
        false=tickets - true,
        missed=truth.tickets - true,
        precision=precision,
        recall=recall,
        f1=None if precision is None or recall is None else 2 * precision * recall / both if both else 0.0,
        lead=lead,
        alerts=round(alerts, 2),
    )


def with_the_beaten(tried: Sequence[Tried]) -> tuple[Tried, ...]:
    """The same variants, those marked that another one beats in every respect."""
    return tuple(
        msgspec.structs.replace(one, is_beaten=any(_beats(other.judged, one.judged) for other in tried))
        for one in tried
    )


def _beats(one: Trade, other: Trade) -> bool:
    mine, theirs = _merits(one), _merits(other)
    return all(a >= b for a, b in zip(mine, theirs, strict=True)) and mine != theirs


def _merits(one: Trade) -> tuple[float, ...]:
    """The higher, the better."""
    lead = float("-inf") if one.lead is None else one.lead.total_seconds()
    return one.precision or 0.0, one.recall or 0.0, lead, -one.alerts
