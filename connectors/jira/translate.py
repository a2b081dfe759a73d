"""Jira's payloads → tickets. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from connectors.base import ChildSeen
from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import wire
from connectors.jira.markup import said
from rules.forms import form_of
from rules.hearing import AGENTS_ONLY, Hearing
from rules.ticket import (
    Account,
    AccountRef,
    Child,
    Comment,
    Link,
    LinkKind,
    Priority,
    Scalar,
    Side,
    StatusCategory,
    Ticket,
    TicketRef,
)

SERVICE_PROJECT = "service_desk"
_BY_CATEGORY = {
    "new": StatusCategory.NEW,
    "indeterminate": StatusCategory.OPEN,
    "done": StatusCategory.SOLVED,
}
#: What holds the text of a structured value, the most telling first.
_TEXTS = ("value", "name", "display_name", "key", "id")
#: What needs no flattening (a bool is an int). A tuple made once: a union made for each value costs more than the test.
_FLAT = (str, int, float)
_MANY = (tuple, list, frozenset)


#: How long a time is as Jira writes it, and where its offset begins.
_USUAL_LENGTH, _OFFSET = 28, 23


class UnreadableError(ConnectorError):
    """A row means something that the settings do not explain, or nothing. The text tells what to add."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind=ErrorKind.PROTOCOL)


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to understand one site's issues: its settings with every name resolved to an id."""

    helpdesk: str
    #: Where people open issues, without a slash at the end.
    browse_url: str
    #: Our own user's id.
    me: str
    #: Casefolded priority name → ours.
    priorities: dict[str, Priority] = {}
    #: Casefolded status name → where it stands.
    statuses: dict[str, StatusCategory] = {}
    #: Our name → field id.
    fields: dict[str, str] = {}
    account_field: str | None = None
    product_field: str | None = None
    group_field: str | None = None
    #: `component`, `project` or None.
    group_part: str | None = None
    tracked_by_link: str = "Blocks"
    #: What comments are listened to for.
    hearing: Hearing = AGENTS_ONLY

    @property
    def custom_fields(self) -> tuple[str, ...]:
        """Ids of every field besides Jira's own, each once."""
        named = (*self.fields.values(), self.account_field, self.product_field, self.group_field)
        return tuple(sorted({name for name in named if name and name not in wire.SYSTEM_FIELDS}))


def instant(text: str) -> datetime:
    """Read Jira's time (`2025-07-25T21:01:33.495-0330`, any offset) as UTC.

    Raises:
        UnreadableError: when it is no time, or has no offset.
    """
    try:
        if len(text) == _USUAL_LENGTH and (offset := _offset(text[_OFFSET:])) is not None:
            # The same as below in half the time: a ticket has a time for each of its comments.
            return datetime.fromisoformat(text[:_OFFSET] + "Z") - offset
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise UnreadableError("a time has no offset from UTC")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableError("a time is not written as Jira writes times") from None


@lru_cache(maxsize=256)
def _offset(written: str) -> timedelta | None:
    """How far an offset (`+0200`) is ahead of UTC; None for what is none. A site writes the few of one time zone."""
    return datetime.fromisoformat(f"2000-01-01T00:00:00{written}").utcoffset()


class Translator:
    """Jira's issues → our values, for one site. Made once for a poll or a read, so that an issue costs little."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._helpdesk = lexicon.helpdesk
        self._browse = f"{lexicon.browse_url}/browse/"
        self._fields = tuple(lexicon.fields.items())
        self._accounts: dict[str, AccountRef] = {}

    def ticket(
        self, issue: wire.Issue[wire.Fields], *, bodies: bool = False, updated_at: datetime | None = None
    ) -> Ticket:
        """Translate one issue.

        Args:
            issue: with the fields of `IssueDecoder.names`.
            bodies: keep the comments' texts.
            updated_at: its last change (UTC) where that was read before.

        Raises:
            UnreadableError: for a status of unknown meaning or a broken time.
        """
        lexicon, fields = self.lexicon, issue.fields
        inline = fields.comment
        priority_name = fields.priority.name if fields.priority else None
        return Ticket(
            ref=TicketRef(self._helpdesk, issue.id),
            key=issue.key,
            url=self._browse + issue.key,
            subject=fields.summary,
            status=status_of(fields.status, lexicon),
            status_name=fields.status.name,
            priority=lexicon.priorities.get(priority_name.casefold()) if priority_name else None,
            priority_name=priority_name,
            created_at=instant(fields.created),
            updated_at=instant(fields.updated) if updated_at is None else updated_at,
            version=fields.updated,
            account=self._account_ref(fields) if lexicon.account_field else None,
            requester=fields.reporter.id if fields.reporter else None,
            group=_group(fields, lexicon),
            assignee=fields.assignee.id if fields.assignee else None,
            tags=fields.labels,
            type=fields.issuetype.name,
            product=_text(getattr(fields, lexicon.product_field, None)) if lexicon.product_field else None,
            fields={name: scalar(getattr(fields, field, None)) for name, field in self._fields},
            comments=self.comments(inline.comments, fields, bodies=bodies) if inline is not None else (),
            comments_complete=inline is not None and len(inline.comments) >= inline.total,
            # Most have none, and asking that first costs less than looking through nothing.
            links=tuple(_links(fields.issuelinks, lexicon)) if fields.issuelinks else (),
            links_complete=True,
            children=tuple([_child(subtask, lexicon) for subtask in fields.subtasks]) if fields.subtasks else (),
            children_complete=True,
        )

    def comments(
        self, comments: Sequence[wire.Comment], fields: wire.Fields, *, bodies: bool = False
    ) -> tuple[Comment, ...]:
        """Translate the comments of an issue with these fields, oldest first.

        Raises:
            UnreadableError: for a broken time.
        """
        me, customer, hearing = self.lexicon.me, _customer(fields), self.lexicon.hearing
        # Jira calls every comment public in projects that have no customers.
        has_customers = fields.project.project_type_key == SERVICE_PROJECT
        translated = []
        for comment in comments:
            author = comment.author
            name = author.id if author is not None else None
            ours = name is not None and name == me
            side = Side.SYSTEM if ours else _side(author, name, customer)
            public = comment.jsd_public is not False and comment.visibility is None
            inside = not (public and has_customers)
            translated.append(
                Comment(
                    id=comment.id,
                    at=instant(comment.created),
                    side=side,
                    public=public,
                    author=name,
                    ours=ours,
                    body=comment.body if bodies else "",
                    form=form_of(comment.body),
                    commands=hearing.commands(said(comment.body), side, inside=inside, ours=ours),
                )
            )
        for earlier, later in pairwise(translated):
            # Jira gives the oldest first; what is left to do is for those of one instant.
            if earlier.at >= later.at:
                translated.sort(key=_place)
                break
        return tuple(translated)

    def account(self, issue: wire.Issue[wire.Fields]) -> Account | None:
        """The account that an issue belongs to, as far as the issue tells: id and name."""
        ref = self._account_ref(issue.fields)
        return Account(ref=ref, name=_text(self._account_value(issue.fields)) or ref.id) if ref is not None else None

    def _account_value(self, fields: wire.Fields) -> Any:
        field = self.lexicon.account_field
        value = getattr(fields, field, None) if field else None
        if isinstance(value, tuple):
            return value[0] if value else None
        return value

    def _account_ref(self, fields: wire.Fields) -> AccountRef | None:
        value = self._account_value(fields)
        identity = value.id if isinstance(value, wire.Choice) else None
        text = str(identity) if identity is not None else _text(value)
        if not text:
            return None
        ref = self._accounts.get(text)
        if ref is None:
            ref = self._accounts[text] = AccountRef(self._helpdesk, text)
        return ref


def _place(comment: Comment) -> tuple[datetime, int, str]:
    """Where a comment stands among the others; ids of one length grow with time."""
    return comment.at, len(comment.id), comment.id


def status_of(status: wire.Status, lexicon: Lexicon) -> StatusCategory:
    """Where a status stands: as the settings say by its name, else as Jira's category says.

    Raises:
        UnreadableError: when neither knows.
    """
    named = lexicon.statuses.get(status.name.casefold())
    if named is not None:
        return named
    category = _BY_CATEGORY.get(status.status_category.key)
    if category is None:
        raise UnreadableError(
            f"the status {status.name!r} is in no known category ({status.status_category.key!r}): say under "
            "`statuses` in this helpdesk's settings where it stands (new, open, pending, hold, solved or closed)"
        )
    return category


def scalar(value: Any) -> Scalar:
    """Flatten a field's value: options, users and versions to their names, lists to a comma-separated text."""
    if isinstance(value, wire.Choice):
        text = _named(value)
        # A cascading select is a value with a child value; people write the pair with a dash.
        return text if value.child is None or text is None else f"{text} - {scalar(value.child)}"
    if value is None or isinstance(value, _FLAT):
        return value
    if isinstance(value, _MANY):
        ordered = sorted(value) if isinstance(value, frozenset) else value
        parts = [str(part) for item in ordered if (part := scalar(item)) is not None]
        return ", ".join(parts) if parts else None
    return scalar(msgspec.convert(value, wire.Choice)) if isinstance(value, dict) else _named(value)


def _named(value: Any) -> Scalar:
    for name in _TEXTS:
        found = getattr(value, name, None)
        if found is not None:
            return found if isinstance(found, str) else scalar(found)
    return None


def _text(value: Any) -> str | None:
    flat = scalar(value)
    return None if flat is None else str(flat)


def _group(fields: wire.Fields, lexicon: Lexicon) -> str | None:
    if lexicon.group_part == "project":
        return fields.project.name or fields.project.key
    if lexicon.group_part == "component":
        return fields.components[0].name if fields.components else None
    return _text(getattr(fields, lexicon.group_field, None)) if lexicon.group_field else None


def _customer(fields: wire.Fields) -> str | None:
    """Who speaks for the customer besides the customers: employees and Data Center users raise requests too.

    In other projects than service projects the reporter is one of our engineers.
    """
    if fields.reporter is None or fields.project.project_type_key != SERVICE_PROJECT:
        return None
    return fields.reporter.id


def _side(author: wire.User | None, name: str | None, customer: str | None) -> Side:
    if author is None:
        # Anonymous: taken for the customer, so that an unknown voice can never silence a reminder.
        return Side.REQUESTER
    if author.account_type == "app":
        return Side.SYSTEM
    if author.account_type == "customer" or (customer is not None and name == customer):
        return Side.REQUESTER
    return Side.AGENT


def _links(links: Sequence[wire.IssueLink], lexicon: Lexicon) -> list[Link]:
    translated = []
    for link in links:
        other = link.inward_issue or link.outward_issue
        if other is None:
            continue
        # The inward end does the blocking: it is the one that this ticket waits for.
        waits = link.inward_issue is not None and link.type.name == lexicon.tracked_by_link
        kind = LinkKind.TRACKED_BY if waits else LinkKind.RELATED
        translated.append(Link(to=TicketRef(lexicon.helpdesk, other.id), kind=kind, key=other.key or None))
    return translated


def child_of(issue: wire.Issue[wire.Fields], parent: str, lexicon: Lexicon) -> ChildSeen:
    """What a sub-task's own row tells of it.

    Raises:
        UnreadableError: for a status of unknown meaning or a broken date.
    """
    fields = issue.fields
    child = Child(
        ref=TicketRef(lexicon.helpdesk, issue.id),
        key=issue.key,
        title=fields.summary,
        status=status_of(fields.status, lexicon),
        assignee=fields.assignee.id if fields.assignee else None,
        due_on=None if fields.duedate is None else _day(fields.duedate),
    )
    return ChildSeen(on=TicketRef(lexicon.helpdesk, parent), child=child)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnreadableError("a due date is not written as Jira writes dates") from None


def _child(subtask: wire.Subtask, lexicon: Lexicon) -> Child:
    return Child(
        ref=TicketRef(lexicon.helpdesk, subtask.id),
        key=subtask.key,
        title=subtask.fields.summary,
        status=status_of(subtask.fields.status, lexicon),
    )
