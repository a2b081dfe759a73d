"""Facts that the ticket itself tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.catalogue.entry import Source
from rules.fact import Provenance
from rules.ticket import Priority, Scalar, StatusCategory

if TYPE_CHECKING:
    from rules.facts import Facts

_STATUSES = tuple(StatusCategory)
_PRIORITIES = tuple(Priority)
_ticket = Source(Provenance.TICKET)
#: Of these, only the present is known.
_present = Source(Provenance.TICKET, past=False)


def _group(facts: Facts) -> Scalar:
    ours = facts.ledger.group
    now = facts.ticket.group
    return ours.before if ours is not None and ours.ours == now else now


ENTRIES = (
    _ticket.choice(
        "status",
        lambda facts: facts.ledger.base_status(facts.ticket)[0],
        "Where the ticket stands, in the same words for every helpdesk; a transition by Escalade is looked through.",
        _STATUSES,
    ),
    _ticket.text(
        "status_name", lambda facts: facts.ledger.base_status(facts.ticket)[1], "The helpdesk's own word for it."
    ),
    _ticket.choice(
        "priority",
        lambda facts: facts.priority,
        "The priority as people set it: a raise by Escalade is looked through.",
        _PRIORITIES,
    ),
    _present.choice(
        "priority_now",
        lambda facts: facts.ticket.priority,
        "The priority as the ticket shows it, raises by Escalade included.",
        _PRIORITIES,
    ),
    _present.text(
        "priority_name",
        lambda facts: facts.ticket.priority_name,
        "The helpdesk's own word for a priority that is none of the four.",
    ),
    _ticket.text("type", lambda facts: facts.ticket.type, "The ticket's type in its helpdesk."),
    _ticket.text("product", lambda facts: facts.ticket.product, "The product that the ticket is about."),
    _ticket.text("group", _group, "The owning group; an assignment by Escalade is looked through."),
    _ticket.text(
        "assignee",
        lambda facts: facts.ledger.base_assignee(facts.ticket.assignee),
        "The assignee's id in the helpdesk; somebody whom Escalade chose is looked through.",
    ),
    _ticket.text("requester", lambda facts: facts.ticket.requester, "The requester's id in the helpdesk."),
    _present.text(
        "requester.language",
        lambda facts: facts.ticket.reader.language,
        "The requester's language in the helpdesk: en, de; not set where the helpdesk does not tell.",
    ),
    _ticket.text("subject", lambda facts: facts.ticket.subject, "The subject line."),
    _ticket.text("key", lambda facts: facts.ticket.key, "What people call the ticket: 35, OPS-12."),
    _ticket.text("id", lambda facts: facts.ticket.ref.id, "The ticket's id in its helpdesk, which never changes."),
    _ticket.text("helpdesk", lambda facts: facts.ticket.ref.helpdesk, "The helpdesk's name in the settings."),
    _ticket.tags(
        "tags",
        lambda facts: facts.ticket.tags - facts.ledger.tags,
        "The tags (labels) that others put on; Escalade's own are left out.",
    ),
    _present.flag(
        "frozen",
        lambda facts: facts.ticket.frozen_because is not None,
        "The helpdesk takes no edits of the ticket any more (closed, archived).",
    ),
    _ticket.instant("created", lambda facts: facts.ticket.created_at, "The instant at which the ticket was created."),
    _ticket.duration("age", lambda facts: facts.ticket.created_at, "Time since the ticket was created."),
)
