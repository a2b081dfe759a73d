"""Facts of the escalation of the ticket, as people conduct it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.escalation.promise import PromiseState
from rules.escalation.stage import Stage
from rules.fact import Provenance

if TYPE_CHECKING:
    from rules.escalation.case import Case
    from rules.facts import Facts

_case = Source(Provenance.CASE)
#: What depends on what Escalade said is known for the present only.
_now = Source(Provenance.CASE, past=False)


def _of(facts: Facts) -> Case | None:
    process = None if facts.policy is None else facts.policy.process
    return None if process is None else process.read(facts)


def _since(facts: Facts) -> datetime | None:
    case = _of(facts)
    return None if case is None else case.since


def _stage(facts: Facts) -> str | None:
    case = _of(facts)
    return None if case is None else case.stage.value


def _concern(facts: Facts) -> bool:
    case = _of(facts)
    return case is not None and case.concern is not None


def _acknowledged(facts: Facts) -> bool:
    case = _of(facts)
    if case is None or case.acknowledged_at is None:
        return False
    stands = facts.ledger.escalation
    since = case.begun_at if stands is None else stands.entered_at
    return since is not None and case.acknowledged_at >= since


def _concerned(facts: Facts) -> datetime | None:
    case = _of(facts)
    return None if case is None or case.concern is None else case.concern.at


def _count(facts: Facts, state: PromiseState) -> int:
    case = _of(facts)
    return 0 if case is None else case.promised(state)


def _milestone(facts: Facts) -> str | None:
    case = _of(facts)
    return None if case is None or case.milestone is None else case.milestone.isoformat()


def _lead(facts: Facts) -> str | None:
    case = _of(facts)
    return None if case is None or case.lead is None else case.lead.name


def _impact(facts: Facts) -> str | None:
    case = _of(facts)
    return None if case is None else case.impact


def _workaround(facts: Facts) -> str | None:
    case = _of(facts)
    return None if case is None or case.workaround is None else case.workaround.text


def _requested(facts: Facts) -> bool:
    case = _of(facts)
    return case is not None and case.stage.is_waiting


def _completeness(facts: Facts) -> int | None:
    case = _of(facts)
    return None if case is None or not case.steps else case.asked.completeness


def _misses(facts: Facts) -> int:
    case = _of(facts)
    return 0 if case is None else case.misses


def _kept_rate(facts: Facts) -> int | None:
    case = _of(facts)
    return None if case is None else case.kept_rate


ENTRIES = (
    _case.choice(
        "escalation.stage",
        _stage,
        "The stage of the escalation; not set without a section `escalation:`.",
        tuple(stage.value for stage in Stage),
    ),
    _case.duration(
        "escalation.in_stage", _since, "Time since the escalation came to its stage; not set when there never was one."
    ),
    _case.flag("escalation.requested", _requested, "Somebody asked for an escalation, and nobody has decided yet."),
    _case.flag(
        "escalation.acknowledged",
        _acknowledged,
        "Somebody wrote `#ack` since the ticket entered its tier; for a tier's `acknowledged_when`.",
    ),
    _case.flag("escalation.concern", _concern, "Somebody sees no progress, and nobody has answered that."),
    _case.duration(
        "escalation.concerned_for", _concerned, "Time since the newest concern that nobody answered; else not set."
    ),
    _case.text("escalation.lead", _lead, "Who leads the escalation: a person or role of the directory."),
    _case.text("escalation.impact", _impact, "The impact on the customer's business, as `#impact` told it."),
    _case.text("escalation.workaround", _workaround, "The workaround, as `#workaround` told it."),
    _case.date("escalation.milestone", _milestone, "The customer's critical date."),
    _now.number("escalation.completeness", _completeness, "Questions that are answered, in percent; else not set."),
    _now.number("escalation.misses", _misses, "Clocks of the escalation that were late, broken promises included."),
    _now.number("escalation.promises_open", lambda facts: _count(facts, PromiseState.OPEN), "Promises that are open."),
    _now.number("escalation.promises_kept", lambda facts: _count(facts, PromiseState.KEPT), "Promises that were kept."),
    _now.number(
        "escalation.promises_broken", lambda facts: _count(facts, PromiseState.BROKEN), "Promises that were broken."
    ),
    _now.number(
        "escalation.kept_rate", _kept_rate, "Promises kept of those that are decided, in percent; else not set."
    ),
)
