"""The parts of Jira's payloads that tell what issues went through: changelogs, in the issue or in bulk."""

from __future__ import annotations

from typing import Any

import msgspec

from connectors.jira import wire


class Item(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One field in one change: ids in `from` and `to`, words in the strings."""

    field: str
    field_id: str | None = None
    from_: Any = msgspec.field(name="from", default=None)
    from_string: str | None = None
    to: Any = None
    to_string: str | None = None


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One change of an issue."""

    id: str | int
    #: A text in issues, milliseconds since the epoch in bulk.
    created: str | int
    author: wire.User | None = None
    items: tuple[Item, ...] = ()


class IssueLog(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Changes of one issue in a bulk answer."""

    issue_id: str
    change_histories: tuple[Entry, ...] = ()


class BulkLogs(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A page of the changes of many issues."""

    issue_change_logs: tuple[IssueLog, ...] = ()
    next_page_token: str | None = None


class InlineLog(msgspec.Struct, frozen=True, gc=False):
    """The changes inside an issue; `total` may tell of more than there are."""

    histories: tuple[Entry, ...] = ()
    total: int = 0


class LoggedIssue(msgspec.Struct, frozen=True, gc=False):
    """An issue whose changes were asked for."""

    id: str
    changelog: InlineLog = InlineLog()


class LoggedPage(msgspec.Struct, frozen=True, gc=False):
    """A page of a search that was asked for changes."""

    issues: tuple[LoggedIssue, ...] = ()
