"""Promises: service-level clocks, cadences and what counts as an answer, each as one table."""

from __future__ import annotations

from collections.abc import Iterator

from rules.policy import Policy
from rules.reports.sheet import Cell, Section, table_of
from rules.sla import SlaTarget
from rules.ticket import Priority

#: Colours that a page shows as such.
_TINTS = frozenset({"red", "yellow", "green"})
_PRIORITIES = (*reversed(Priority), None)


def clock_sections(policy: Policy) -> Iterator[Section]:
    """Who is promised what, by priority."""
    if policy.sla:
        names = [str(priority) if priority is not None else "none" for priority in _PRIORITIES]
        headers = ("clock", "until", "calendar", *names, "warns", "when missed")
        rows = [_clock(target) for target in policy.sla]
        yield Section(heading="The times at a glance", level=3, table=table_of(headers, rows))


def _clock(target: SlaTarget) -> tuple[str, ...]:
    times = (target.targets.get(priority) for priority in _PRIORITIES)
    missed = (f"{step}: {step.escalate_to}" for step in target.breaches if step.escalate_to is not None)
    return (
        target.id,
        str(target.metric).replace("_", " "),
        target.calendar.name,
        *("" if time is None else str(time) for time in times),
        ", ".join(str(warning) for warning in target.warnings),
        "; ".join(missed),
    )


def cadence_sections(policy: Policy) -> Iterator[Section]:
    """How often somebody writes, by colour, and who hears of it when nobody does."""
    if not policy.cadences:
        return
    rows = [
        (
            Cell(colour.name, tint=colour.name if colour.name in _TINTS else ""),
            cadence.id,
            str(colour.every),
            cadence.calendar.name,
        )
        for cadence in policy.cadences
        for colour in cadence.colours
    ]
    headers = ("colour", "cadence", "every", "calendar")
    yield Section(heading="The colours at a glance", level=3, table=table_of(headers, rows))


def response_sections(policy: Policy) -> Iterator[Section]:
    """What each comment counts as: the table in force, also where the policy says nothing of it."""
    rows = [
        (
            str(row.by),
            "any" if row.public is None else "public" if row.public else "internal",
            ", ".join(sorted(row.authors)),
            "" if row.after is None else str(row.after),
            ", ".join(sorted(row.counts_as)).replace("_", " "),
        )
        for row in policy.responses.rows
    ]
    headers = ("comment by", "kind", "authors", "after", "counts as")
    yield Section(heading="The table in force", level=3, table=table_of(headers, rows))
