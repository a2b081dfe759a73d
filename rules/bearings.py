"""Bearings: what whoever is called to a ticket wants to know first: how old and bad it is, what is due, its links."""

from __future__ import annotations

from collections.abc import Iterator

from rules.clocks.clock import ClockState
from rules.escalation.case_reading import case_so_far
from rules.facts import Facts
from rules.findings import Findings
from rules.words import minute

_RUNS = frozenset({ClockState.RUNNING, ClockState.WARNING})
#: The field that says it where nobody said it in a comment.
_IMPACT = "impact"


def bearings(facts: Facts, findings: Findings | None) -> dict[str, object]:
    """Values for `ticket.age`, `ticket.impact`, `ticket.links` and `next_due` of `rules.templates.TEMPLATE_NAMES`.

    Args:
        facts: The ticket.
        findings: What its clocks and cadences read; None on a solved ticket.
    """
    case = case_so_far(facts)
    said = None if case is None else case.impact
    keys = [link.key or str(link.to) for link in facts.ticket.links]
    due = min(_owed(findings, facts), default=None) if findings is not None else None
    return {
        "ticket.age": facts.now - facts.ticket.created_at,
        "ticket.impact": said or facts.field(_IMPACT),
        "ticket.links": ", ".join(dict.fromkeys(keys)),
        "next_due": None if due is None else f"{due[1]} by {due[0]}",
    }


def _owed(findings: Findings, facts: Facts) -> Iterator[tuple[str, str]]:
    """What clocks and cadences want next, with its instant first."""
    for target, reading in findings.clocks:
        if reading.state in _RUNS:
            yield minute(reading.due_at), target.id
    for one in findings.cadences:
        if one.cycle is not None and one.cycle.due_at > facts.now:
            yield minute(one.cycle.due_at), f"{one.cadence.id} update"
