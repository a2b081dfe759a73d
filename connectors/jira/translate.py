"""Jira's payloads → tickets. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.errors import ConnectorError, ErrorKind
from connectors.jira import wire
from rules.forms import form_of
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

_SERVICE_PROJECT = "service_desk"
_BY_CATEGORY = {
    "new": StatusCategory.NEW,
    "indeterminate": StatusCategory.OPEN,
    "done": StatusCategory.SOLVED,
}
#: Keys of a structured field value that hold its text, the most telling first.
_TEXT_KEYS = ("value", "name", "displayName", "key", "id")
#: What needs no flattening (a bool is an int). A tuple made once: a union made for each value costs more than the test.
_FLAT = (str, int, float)


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
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableError("a time is not written as Jira writes times") from None
    if moment.tzinfo is None:
        raise UnreadableError("a time has no offset from UTC")
    return moment.astimezone(UTC)


def ticket_of(issue: wire.Issue[wire.Fields], lexicon: Lexicon, *, bodies: bool = False) -> Ticket:
    """Translate one issue.

    Args:
        issue: with the fields of `IssueDecoder.names`.
        lexicon: of its site.
        bodies: keep the comments' texts.

    Raises:
        UnreadableError: for a status of unknown meaning or a broken time.
    """
    fields = issue.fields
    inline = fields.comment or wire.CommentPage()
    priority_name = fields.priority.name if fields.priority else None
    return Ticket(
        ref=TicketRef(lexicon.helpdesk, issue.id),
        key=issue.key,
        url=f"{lexicon.browse_url}/browse/{issue.key}",
        subject=fields.summary,
        status=status_of(fields.status, lexicon),
        status_name=fields.status.name,
        priority=lexicon.priorities.get(priority_name.casefold()) if priority_name else None,
        priority_name=priority_name,
        created_at=instant(fields.created),
        updated_at=instant(fields.updated),
        version=fields.updated,
        account=_account_ref(fields, lexicon),
        requester=fields.reporter.id if fields.reporter else None,
        group=_group(fields, lexicon),
        assignee=fields.assignee.id if fields.assignee else None,
        tags=frozenset(fields.labels),
        type=fields.issuetype.name,
        product=_text(getattr(fields, lexicon.product_field, None)) if lexicon.product_field else None,
        fields={name: scalar(getattr(fields, field, None)) for name, field in lexicon.fields.items()},
        comments=comments_of(inline.comments, fields, lexicon, bodies=bodies),
        comments_complete=fields.comment is not None and len(inline.comments) >= inline.total,
        links=tuple(_links(fields.issuelinks, lexicon)),
        children=tuple(_child(subtask, lexicon) for subtask in fields.subtasks),
    )


def comments_of(
    comments: Sequence[wire.Comment], fields: wire.Fields, lexicon: Lexicon, *, bodies: bool
) -> tuple[Comment, ...]:
    """Translate the comments of an issue, oldest first.

    Raises:
        UnreadableError: for a broken time.
    """
    if not comments:
        return ()
    translated = [_comment(comment, fields, lexicon, bodies=bodies) for comment in comments]
    if len(translated) > 1:
        translated.sort(key=_place)
    return tuple(translated)


def _comment(comment: wire.Comment, fields: wire.Fields, lexicon: Lexicon, *, bodies: bool) -> Comment:
    author = comment.author
    name = author.id if author is not None else None
    return Comment(
        id=comment.id,
        at=instant(comment.created),
        side=_side(author, name, fields, lexicon),
        public=comment.jsd_public is not False and comment.visibility is None,
        author=name,
        ours=name is not None and name == lexicon.me,
        body=comment.body if bodies else "",
        form=form_of(comment.body),
    )


def _place(comment: Comment) -> tuple[datetime, int, str]:
    """Where a comment stands among the others; ids of one length grow with time."""
    return comment.at, len(comment.id), comment.id


def account_of(issue: wire.Issue[wire.Fields], lexicon: Lexicon) -> Account | None:
    """The account that an issue belongs to, as far as the issue tells: id and name."""
    ref = _account_ref(issue.fields, lexicon)
    if ref is None:
        return None
    return Account(ref=ref, name=_text(_first(_account_value(issue.fields, lexicon))) or ref.id)


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
    if value is None or isinstance(value, _FLAT):
        return value
    if isinstance(value, list):
        parts = [str(part) for item in value if (part := scalar(item)) is not None]
        return ", ".join(parts) if parts else None
    if not isinstance(value, dict):
        return str(value)
    text: Scalar = None
    for key in _TEXT_KEYS:
        if value.get(key) is not None:
            text = scalar(value[key])
            break
    child = value.get("child")
    # A cascading select is a value with a child value; people write the pair with a dash.
    return f"{text} - {scalar(child)}" if child is not None and text is not None else text


def _text(value: Any) -> str | None:
    flat = scalar(value)
    return None if flat is None else str(flat)


def _first(value: Any) -> Any:
    if isinstance(value, list):
        return value[0] if value else None
    return value


def _account_value(fields: wire.Fields, lexicon: Lexicon) -> Any:
    return getattr(fields, lexicon.account_field, None) if lexicon.account_field else None


def _account_ref(fields: wire.Fields, lexicon: Lexicon) -> AccountRef | None:
    value = _first(_account_value(fields, lexicon))
    identity = value.get("id") if isinstance(value, dict) else None
    text = str(identity) if identity is not None else _text(value)
    return AccountRef(lexicon.helpdesk, text) if text else None


def _group(fields: wire.Fields, lexicon: Lexicon) -> str | None:
    if lexicon.group_part == "project":
        return fields.project.name or fields.project.key
    if lexicon.group_part == "component":
        return fields.components[0].name if fields.components else None
    return _text(getattr(fields, lexicon.group_field, None)) if lexicon.group_field else None


def _side(author: wire.User | None, name: str | None, fields: wire.Fields, lexicon: Lexicon) -> Side:
    if author is None:
        # Anonymous: taken for the customer, so that an unknown voice can never silence a reminder.
        return Side.REQUESTER
    if name == lexicon.me or author.account_type == "app":
        return Side.SYSTEM
    if author.account_type == "customer":
        return Side.REQUESTER
    reported = fields.reporter is not None and name == fields.reporter.id
    # Employees and Data Center users raise requests too; in other projects the reporter is one of our engineers.
    return Side.REQUESTER if reported and fields.project.project_type_key == _SERVICE_PROJECT else Side.AGENT


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


def _child(subtask: wire.Subtask, lexicon: Lexicon) -> Child:
    return Child(
        ref=TicketRef(lexicon.helpdesk, subtask.id),
        key=subtask.key,
        title=subtask.fields.summary,
        status=status_of(subtask.fields.status, lexicon),
    )
