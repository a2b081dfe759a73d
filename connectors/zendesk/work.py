"""Work below a ticket: Zendesk has no subtasks, but tickets of type task with a due date, which say whose they are.

What ties them to their ticket is their external id: it is kept with the ticket, a list by it reads the primary store,
and no app or plan of Zendesk's is needed for it. Each wears the tag of its item, so that it is found again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors.base import ChildSeen
from connectors.zendesk import wire
from connectors.zendesk.translate import STATUSES, comment_html, tag_of
from rules.change import RemediationItem
from rules.ticket import Child, TicketRef

_OF = "escalade-work:"
_ITEM = "esc_item_"
_DIGEST = 16
#: Zendesk shows a task's due date in each reader's zone; at noon it is the same date nearly everywhere.
_NOON = "T12:00:00Z"


def external_id(parent: str) -> str:
    """What all pieces of work below one ticket carry."""
    return f"{_OF}{parent}"


def item_tag(key: str) -> str:
    """The tag of one piece of work."""
    return _ITEM + hashlib.sha256(key.encode()).hexdigest()[:_DIGEST]


def task(item: RemediationItem, *, parent: str, operation: str, assignee: int | None) -> dict[str, Any]:
    """The body that creates one piece of work."""
    body: dict[str, Any] = {
        "subject": item.title,
        "comment": {"html_body": comment_html([item.body or item.title]), "public": False},
        "type": "task",
        "external_id": external_id(parent),
        "tags": sorted({item_tag(item.key), *(tag_of(tag) for tag in item.tags)}),
        "metadata": {"escalade": {"op": operation, "item": item.key}},
    }
    if item.due_on is not None:
        body["due_at"] = f"{item.due_on.isoformat()}{_NOON}"
    if assignee is not None:
        body["assignee_id"] = assignee
    return body


def found_among(rows: Iterable[wire.TicketRow], item: RemediationItem) -> wire.TicketRow | None:
    """The row of one piece of work among all below its ticket."""
    return next((row for row in rows if item_tag(item.key) in row.tags), None)


def is_work(row: wire.TicketRow) -> bool:
    """Whether a ticket is a piece of work of ours, and no ticket in its own right."""
    return row.external_id is not None and row.external_id.startswith(_OF)


def child_of(row: wire.TicketRow, helpdesk: str) -> ChildSeen:
    """What a row tells of a piece of work, and below which ticket it is.

    Raises:
        ValueError: when the status is none that we know, or a time cannot be read.
    """
    status = STATUSES.get(row.status)
    if status is None:
        raise ValueError(f"unknown status {row.status!r}; Zendesk's are {', '.join(STATUSES)}")
    child = Child(
        ref=TicketRef(helpdesk, str(row.id)),
        key=str(row.id),
        title=row.subject or "",
        status=status,
        assignee=None if row.assignee_id is None else str(row.assignee_id),
        due_on=None if row.due_at is None else datetime.fromisoformat(row.due_at).date(),
    )
    parent = (row.external_id or "").removeprefix(_OF)
    return ChildSeen(on=TicketRef(helpdesk, parent), child=child)
