"""Wishes of a case: where people lead the ticket on the ladder, and what is not heard once they took it off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from rules.cadence_reading import read_cadence
from rules.clocks.clock import ClockState
from rules.decision import Reason
from rules.escalation.case import Case
from rules.escalation.stage import Stage
from rules.facts import Facts
from rules.findings import Findings, Wish
from rules.history import held_since
from rules.ledger import Ledger, climb_of
from rules.policy import Policy
from rules.verdict import Verdict
from rules.words import minute

#: The source of everything that a case asks for.
CASE = "case"


def left_behind(case: Case | None, ledger: Ledger, now: datetime) -> Ledger | None:
    """The ledger without the stay on the ladder that people ended; None where nothing of it is left.

    A stay that began after they ended it is another one.
    """
    stays = ledger.escalation
    if case is None or not case.is_over or stays is None or case.since is None or stays.since > case.since:
        return None
    return replace(ledger, escalation=None, climbs=(*ledger.climbs, climb_of(stays, now)))


def heard(findings: Findings, case: Case | None, policy: Policy, facts: Facts) -> Findings:
    """The findings with what people ask of the ladder.

    Once they took the ticket off it, whatever asked for a tier then is not heard for as long as it goes on asking;
    what begins to ask later is.
    """
    if case is None or not case.steps:
        return findings
    wishes = findings.wishes
    if case.is_over and case.since is not None:
        since = case.since
        wishes = tuple(wish for wish in wishes if not _asked_before(wish, since, policy, facts))
    led = tuple(_headings(case, policy))
    told = tuple(wish.reason for wish in led)
    return replace(
        findings,
        wishes=(*wishes, *led),
        considered=(*findings.considered, *told),
        reasons=(*findings.reasons, *told),
    )


def _headings(case: Case, policy: Policy) -> Iterator[Wish]:
    heading = case.heading
    if heading is None or not (case.stage.is_running or case.stage is Stage.REDIRECTED):
        return
    tier = policy.tier(heading.tier)
    if tier is None:
        return
    verdict = Verdict(holds=True, subject="escalation.stage", wanted=f"leads to {tier.name}", observed=case.stage)
    reason = Reason(source=f"{CASE}:{tier.id}", text=heading.because, verdict=verdict)
    yield Wish(tier.id, reason, heading.moves)


def _asked_before(wish: Wish, since: datetime, policy: Policy, facts: Facts) -> bool:
    """Whether a wish was there when people took the ticket off the ladder, and was there ever since."""
    kind, _, name = wish.reason.source.partition(":")
    then = facts.as_of(since)
    if kind == "rule":
        rule = next(rule for rule in policy.rules if rule.id == name)
        held = held_since(rule.when, facts, since)
        return held is not None and held <= since
    if kind == "matrix":
        return policy.matrix is not None and policy.matrix.read(then).cell.tier == wish.tier
    if kind == "sla":
        reading = then.clock(name)
        return reading is not None and reading.state is ClockState.BREACHED
    cadence = next((one for one in policy.cadences if one.id == name), None)
    return cadence is not None and wish.tier in read_cadence(cadence, then).tiers


def spelled(case: Case) -> Reason:
    """Where the case stands, in a sentence."""
    since = "" if case.since is None else f" since {minute(case.since)}"
    why = f": {case.steps[-1].because}" if case.steps else ""
    missing = f"; missing: {', '.join(case.missing)}" if case.missing else ""
    return Reason(source=CASE, text=f"the escalation is at the stage {case.stage}{since}{why}{missing}")
