"""What a Jira site is made of: users, projects, fields and issues.

These are the rows of the emulated site. They are mutable on purpose: they *are* the state. Instants are
aware UTC datetimes; the API layer renders them in the site's zone.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

Json = dict[str, Any]
"""A JSON object as the API carries it."""

Deployment = Literal["Cloud", "Server"]
"""``serverInfo.deploymentType``: Jira Cloud, or Jira Data Center (which calls itself ``Server``)."""

CategoryKey = Literal["new", "indeterminate", "done"]
"""The three status categories that Jira does not let an administrator rename."""


class Clock(Protocol):
    """Whatever knows the present instant of the emulated world."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


@dataclass(slots=True, kw_only=True)
class User:
    """A person or an app of the site.

    ``account_id`` is the id on Cloud; on Data Center ``name`` (log-in) and ``key`` play that part.
    ``time_zone`` is the profile zone, in which Jira reads the dates of this user's JQL.
    """

    account_id: str
    name: str
    display_name: str
    email: str
    time_zone: str
    account_type: Literal["atlassian", "app", "customer"] = "atlassian"
    admin: bool = False
    agent: bool = True
    active: bool = True
    locale: str | None = "en_US"


@dataclass(slots=True, kw_only=True)
class IssueType:
    """An issue type; ``subtask`` types exist only below a parent of the same project."""

    id: str
    name: str
    subtask: bool = False


@dataclass(slots=True, kw_only=True)
class Priority:
    """A priority of the site; the order in ``JiraSite.priorities`` is highest first."""

    id: str
    name: str
    color: str


@dataclass(slots=True, kw_only=True)
class Status:
    """A workflow status and the category that outlives its renaming."""

    id: str
    name: str
    category: CategoryKey


@dataclass(slots=True, kw_only=True)
class Transition:
    """A step of the workflow to ``to``; ``from_statuses`` empty means "from anywhere"."""

    id: str
    name: str
    to: str
    from_statuses: frozenset[str] = frozenset()
    needs_resolution: bool = False


@dataclass(slots=True, kw_only=True)
class LinkType:
    """A kind of issue link with its wording in both directions."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(slots=True, kw_only=True)
class FieldDef:
    """A field of the site: a system field, or a custom field ``customfield_NNNNN`` with its plug-in type.

    ``kind`` is what the edit logic dispatches on: ``string``, ``text`` (ADF in v3), ``number``, ``date``,
    ``datetime``, ``option``, ``options``, ``labels``, ``user``, ``priority``, ``sla``, ``organizations``,
    ``request_type`` or ``readonly``.
    """

    id: str
    name: str
    kind: str
    schema: Json
    options: dict[str, str] = field(default_factory=dict)
    on_screen: bool = True
    required: bool = False

    @property
    def custom(self) -> bool:
        """Whether the field belongs to the site instead of to every Jira."""
        return self.id.startswith("customfield_")


@dataclass(slots=True, kw_only=True)
class Project:
    """A project; ``issue_types`` and ``transitions`` are what its schemes allow.

    ``members`` limits who may see the project (``None``: every logged-in user). ``revoked`` takes single
    permissions away from single users (account id to permission keys).
    """

    id: str
    key: str
    name: str
    service_desk: bool
    issue_types: list[str]
    transitions: list[Transition]
    priorities: list[str]
    lead: str | None = None
    archived: bool = False
    members: frozenset[str] | None = None
    revoked: dict[str, set[str]] = field(default_factory=dict)
    last_number: int = 0


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment of an issue.

    ``body`` is wiki text, ``adf`` the same as a document when it came in that form.
    """

    id: int
    author: str
    body: str
    adf: Json | None
    created: datetime
    updated: datetime
    update_author: str
    visibility: Json | None = None
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> bool:
        """Whether customers of a service project may read the comment.

        True unless ``sd.public.comment`` denies it.
        """
        mark = self.properties.get("sd.public.comment")
        return not (isinstance(mark, dict) and mark.get("internal") is True)


@dataclass(slots=True, kw_only=True)
class History:
    """One entry of the changelog: who changed which fields when."""

    id: int
    author: str
    created: datetime
    items: list[Json]


@dataclass(slots=True, kw_only=True)
class RemoteLink:
    """A link from an issue to something outside Jira; ``global_id`` makes its creation idempotent."""

    id: int
    global_id: str | None
    object: Json
    relationship: str | None
    application: Json


@dataclass(slots=True, kw_only=True)
class IssueLink:
    """A link between two issues: ``source`` <type.outward> ``target`` (``source`` blocks ``target``)."""

    id: int
    type: str
    source: int
    target: int


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """How the search index saw an issue until ``changed_at``.

    ``fields`` is None while the issue did not exist.
    """

    changed_at: datetime
    key: str
    fields: dict[str, Any] | None
    updated: datetime


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue. ``fields`` holds raw values by field id: ids of priorities, statuses.

    Users and parents, never JSON.
    """

    id: int
    key: str
    project: str
    fields: dict[str, Any]
    created: datetime
    updated: datetime
    creator: str
    comments: list[Comment] = field(default_factory=list)
    history: list[History] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    remote_links: list[RemoteLink] = field(default_factory=list)
    links: list[IssueLink] = field(default_factory=list)
    subtasks: list[int] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    stale: deque[Snapshot] | None = None
    archived: bool = False
    editable: bool = True
    private: bool = False


@dataclass(slots=True, kw_only=True)
class Organization:
    """A customer organisation of Jira Service Management."""

    id: int
    name: str
    members: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SlaMetric:
    """A service level of a service project, shown as a custom field.

    ``goals`` maps a priority id to the time allowed, ``default_goal`` serves the rest. ``stops_at_reply``
    makes it a time to first response (stopped by the first public comment of an agent); otherwise the done
    category stops it. ``paused_in`` names statuses (ids) that pause the clock. ``weekly`` are the windows
    that count, as (weekday 0-6, first minute, last minute) in ``zone``; empty means 24x7.
    """

    id: int
    name: str
    project: str
    field_id: str
    default_goal: timedelta
    goals: dict[str, timedelta] = field(default_factory=dict)
    stops_at_reply: bool = False
    paused_in: frozenset[str] = frozenset()
    weekly: tuple[tuple[int, int, int], ...] = ()
    zone: str = "UTC"


@dataclass(slots=True, kw_only=True)
class Webhook:
    """An admin webhook: where to deliver which events, with which secret, limited by which JQL."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]
    jql: str = ""
    secret: str | None = None
    exclude_body: bool = False
    enabled: bool = True
