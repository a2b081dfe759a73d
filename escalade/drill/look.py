"""Look: a ticket of either helpdesk as people see it there, for judging what a policy did to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from rules.escalation.record.telling import HEADING
from rules.escalation.standing import RECORD_TAG
from rules.ticket import Priority, StatusCategory, TicketRef

if TYPE_CHECKING:
    from escalade.emulator.jira.model import Issue
    from escalade.emulator.jira.state import JiraSite
    from escalade.emulator.zendesk.model import Ticket
    from escalade.emulator.zendesk.state import ZendeskAccount

_CATEGORIES = {"new": StatusCategory.NEW, "indeterminate": StatusCategory.OPEN, "done": StatusCategory.SOLVED}
_PRIORITIES = {
    "Highest": Priority.URGENT,
    "High": Priority.HIGH,
    "Medium": Priority.NORMAL,
    "Low": Priority.LOW,
    "Lowest": Priority.LOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A comment of Escalade."""

    text: str
    public: bool

    @property
    def is_board(self) -> bool:
        """It is the note that is kept current on a record."""
        return self.text.startswith(HEADING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A ticket as people see it."""

    ref: TicketRef
    #: What people call it: `OPS-7`, `35`.
    key: str
    subject: str
    description: str
    status: StatusCategory
    priority: Priority | None
    tags: frozenset[str]
    #: The helpdesk's id of who has it.
    assignee: str | None
    due: date | None
    #: What Escalade said, oldest first.
    said: tuple[Said, ...]

    @property
    def is_record(self) -> bool:
        """It is the record of an account's escalation."""
        return RECORD_TAG in self.tags

    @property
    def board(self) -> str:
        """The note that is kept current on a record; empty without one."""
        return next((one.text for one in reversed(self.said) if one.is_board), "")


def plain(text: str) -> str:
    """A comment without the signs that keep it from being read as markup."""
    return text.replace("\\", "").replace("\u200b", "")


def zendesk_looks(account: ZendeskAccount, helpdesk: str) -> Iterator[Look]:
    """Every ticket of the emulated Zendesk."""
    for ticket in account.tickets.values():
        yield Look(
            ref=TicketRef(helpdesk, str(ticket.id)),
            key=str(ticket.id),
            subject=ticket.subject,
            description=ticket.description,
            status=StatusCategory(ticket.status),
            priority=None if ticket.priority is None else Priority(ticket.priority),
            tags=frozenset(ticket.tags),
            assignee=None if ticket.assignee_id is None else str(ticket.assignee_id),
            due=_day_of(ticket),
            said=tuple(
                Said(text=plain(one.body), public=one.public)
                for one in ticket.comments
                if one.author_id == account.bot.id and one is not ticket.comments[0]
            ),
        )


def _day_of(ticket: Ticket) -> date | None:
    return None if ticket.due is None else datetime.fromtimestamp(ticket.due, UTC).date()


def jira_looks(site: JiraSite, helpdesk: str) -> Iterator[Look]:
    """Every issue of the emulated Jira."""
    priorities = {one.id: _PRIORITIES.get(one.name) for one in site.priorities}
    for row in site.issues.values():
        fields = row.fields
        yield Look(
            ref=TicketRef(helpdesk, str(row.id)),
            key=row.key,
            subject=fields["summary"],
            description=plain(str(fields.get("description") or "")),
            status=_CATEGORIES[site.statuses[fields["status"]].category],
            priority=priorities.get(str(fields.get("priority"))),
            tags=frozenset(fields["labels"]),
            assignee=fields.get("assignee"),
            due=_due(row),
            said=tuple(
                Said(text=plain(one.body), public=one.public)
                for one in row.comments
                if one.author == site.bot.account_id
            ),
        )


def _due(row: Issue) -> date | None:
    found = row.fields.get("duedate")
    return None if not found else date.fromisoformat(found)
