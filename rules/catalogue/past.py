"""Facts that the ticket's past tells: how often people changed it, and for how long it has been as it is."""

from __future__ import annotations

from rules.catalogue.entry import Source
from rules.fact import Provenance

_past = Source(Provenance.TIMELINE)

ENTRIES = (
    _past.number(
        "reopens", lambda facts: facts.changes.reopens, "How often the ticket was opened again after it was solved."
    ),
    _past.number(
        "reassignments",
        lambda facts: facts.changes.reassignments,
        "How often it went from one assignee to another one; the first assignment is none.",
    ),
    _past.number(
        "group_changes",
        lambda facts: facts.changes.group_changes,
        "How often people moved it from one group to another one.",
    ),
    _past.number(
        "priority_changes",
        lambda facts: facts.changes.priority_changes,
        "How often people changed its priority; setting it the first time is no change.",
    ),
    _past.duration(
        "in_status", lambda facts: facts.changes.in_status_since, "Time since the ticket has had its status."
    ),
    _past.duration(
        "in_group",
        lambda facts: facts.changes.in_group_since,
        "Time since people gave it to its group; not set when it has none.",
    ),
    _past.duration(
        "with_assignee",
        lambda facts: facts.changes.with_assignee_since,
        "Time since it has had its assignee; not set when it has none.",
    ),
)
