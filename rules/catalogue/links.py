"""Facts about what the ticket is tied to: the tracker's tickets and the subtasks of remediation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.fact import Provenance, Value
from rules.ticket import LinkKind, StatusCategory, Ticket

if TYPE_CHECKING:
    from rules.facts import Facts

_ties = Source(Provenance.TICKET, past=False)
_linked = Source(Provenance.LINKS)


def _is_linked(facts: Facts) -> bool:
    return any(link.kind is LinkKind.TRACKED_BY for link in facts.ticket.links)


def _trackers(facts: Facts) -> list[Ticket] | None:
    """The tracker's tickets, as far as they are known; None when there are some and none is known."""
    refs = {link.to for link in facts.ticket.links if link.kind is LinkKind.TRACKED_BY}
    known = [ticket for ticket in facts.linked if ticket.ref in refs]
    return known if known or not refs else None


def _statuses(facts: Facts) -> Value:
    trackers = _trackers(facts)
    return None if trackers is None else frozenset(str(ticket.status) for ticket in trackers)


def _open(facts: Facts) -> Value:
    trackers = _trackers(facts)
    return None if trackers is None else sum(ticket.status.is_open for ticket in trackers)


ENTRIES = (
    _ties.flag("linked", _is_linked, "A ticket of the engineering tracker is linked."),
    _ties.number(
        "links", lambda facts: len(facts.ticket.links), "Tickets that are linked, in the tracker or elsewhere."
    ),
    _linked.tags(
        "linked.status",
        _statuses,
        "The statuses of the linked tracker tickets; not set while none of them is known.",
        tuple(StatusCategory),
    ),
    _linked.number("linked.open", _open, "Linked tracker tickets that are not solved."),
    _ties.number("children", lambda facts: len(facts.ticket.work), "Subtasks of remediation."),
    _ties.number(
        "children_open",
        lambda facts: sum(child.status.is_open for child in facts.ticket.work),
        "Subtasks of remediation that are not done.",
    ),
)
