"""Webhooks: the parts of a body that it takes to know which issue to look at, and how Jira lists webhooks."""

from __future__ import annotations

import msgspec


class HookIssueType(msgspec.Struct, frozen=True, gc=False):
    """The type of an issue: only whether it is work below another one."""

    subtask: bool = False


class HookProject(msgspec.Struct, frozen=True, gc=False):
    """The project of an issue; any of its names may stand in the settings."""

    id: str | int | None = None
    key: str | None = None
    name: str | None = None

    def is_one_of(self, wanted: frozenset[str]) -> bool:
        """Whether id, key or name is among these texts, which are case-folded."""
        return any(str(part).casefold() in wanted for part in (self.id, self.key, self.name) if part is not None)


class HookParent(msgspec.Struct, frozen=True, gc=False):
    """The issue that a sub-task is below."""

    id: str | int


class HookFields(msgspec.Struct, frozen=True, gc=False):
    """The fields of an issue that say whose it is; comment events on Cloud leave most of them out."""

    project: HookProject | None = None
    issuetype: HookIssueType | None = None
    parent: HookParent | None = None


class HookIssue(msgspec.Struct, frozen=True, gc=False):
    """The issue that a webhook body names."""

    id: str | int
    self: str = ""
    fields: HookFields | None = None


class HookComment(msgspec.Struct, frozen=True, gc=False):
    """The comment of a webhook body; its address holds the issue's id where the body has no issue."""

    self: str = ""


class HookWorklog(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The work log of a webhook body, which has no issue."""

    issue_id: str | int | None = None


class HookLink(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The link of a webhook body: both ends have changed."""

    source_issue_id: str | int | None = None
    destination_issue_id: str | int | None = None


class HookBody(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A webhook body: only what it takes to know which issue to look at."""

    webhook_event: str = ""
    #: Milliseconds since the epoch, UTC.
    timestamp: int | None = None
    issue: HookIssue | None = None
    comment: HookComment | None = None
    worklog: HookWorklog | None = None
    issue_link: HookLink | None = None


class HookRow(msgspec.Struct, frozen=True, rename="camel"):
    """A webhook as Jira lists it: Cloud tells `enabled` and `isSigned`, Data Center `active` and a configuration."""

    name: str = ""
    url: str = ""
    self: str = ""
    id: int | str | None = None
    events: tuple[str, ...] = ()
    enabled: bool | None = None
    active: bool | None = None
    is_signed: bool | None = None
    exclude_body: bool = False
    configuration: dict[str, str] | None = None
