"""What a Zendesk account holds; instants are whole seconds since 1970 (UTC), as Zendesk keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Scalar = str | int | float | bool | list[str] | None


@dataclass(slots=True, kw_only=True)
class User:
    """A person; `role` is end-user, agent or admin."""

    id: int
    name: str
    email: str
    role: str
    created: int
    updated: int
    organization_id: int | None = None
    external_id: str | None = None
    tags: list[str] = field(default_factory=list)
    group_ids: list[int] = field(default_factory=list)
    time_zone: str = "Europe/Berlin"
    suspended: bool = False
    locale: str = "en-US"

    @property
    def is_agent(self) -> bool:
        """Whether the person works for the desk."""
        return self.role != "end-user"


@dataclass(slots=True, kw_only=True)
class Organization:
    """A customer's company; `fields` are the organization fields by key."""

    id: int
    name: str
    created: int
    updated: int
    external_id: str | None = None
    domain_names: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    fields: dict[str, Scalar] = field(default_factory=dict)
    notes: str = ""
    details: str = ""
    group_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Group:
    """A group of agents."""

    id: int
    name: str
    created: int
    updated: int
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Field:
    """A custom ticket field; `options` are (name, value) pairs of a drop-down (type tagger)."""

    id: int
    title: str
    type: str
    created: int
    options: list[tuple[str, str]] = field(default_factory=list)
    key: str = ""
    active: bool = True


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment of a ticket."""

    id: int
    author_id: int
    body: str
    public: bool
    at: int
    via: str = "web"
    html: str | None = None


@dataclass(slots=True, kw_only=True)
class Change:
    """One changed field of an audit; on creation `before` is None."""

    id: int
    name: str
    value: Any
    before: Any = None


@dataclass(slots=True, kw_only=True)
class Audit:
    """One update of a ticket: who, when, the changed fields, the comment, the custom metadata."""

    id: int
    author_id: int
    at: int
    created: bool = False
    changes: list[Change] = field(default_factory=list)
    comment: Comment | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    via: str = "web"


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket. `generated` is the export's order and moves with every change, `updated` only with events."""

    id: int
    subject: str
    status: str
    requester_id: int
    submitter_id: int
    created: int
    updated: int
    generated: int
    description: str = ""
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    external_id: str | None = None
    problem_id: int | None = None
    due: int | None = None
    is_public: bool = True
    via: str = "web"
    tags: list[str] = field(default_factory=list)
    custom: dict[int, Scalar] = field(default_factory=dict)
    follower_ids: list[int] = field(default_factory=list)
    email_cc_ids: list[int] = field(default_factory=list)
    collaborator_ids: list[int] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    @property
    def comments(self) -> list[Comment]:
        """The comments, oldest first."""
        return [audit.comment for audit in self.audits if audit.comment is not None]


@dataclass(slots=True, kw_only=True)
class Job:
    """A background job over many tickets."""

    id: str
    kind: str
    total: int
    queued: int
    polls: int = 0
    results: list[dict[str, Any]] | dict[str, Any] = field(default_factory=list)
    work: Any = None


@dataclass(slots=True, kw_only=True)
class JiraLink:
    """A link of Zendesk's own Jira app."""

    id: int
    ticket_id: int
    issue_id: str
    issue_key: str
    created: int
    updated: int


@dataclass(slots=True, kw_only=True)
class Webhook:
    """An event-subscribed webhook."""

    id: str
    name: str
    endpoint: str
    secret: str
    created: int
    status: str = "active"
    subscriptions: list[str] = field(default_factory=list)
    creator_id: int = 0
    custom_headers: dict[str, str] = field(default_factory=dict)
    authentication: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class SlaPolicy:
    """An SLA policy: minutes of calendar time by (priority, metric); first match by position."""

    id: int
    title: str
    position: int
    created: int
    targets: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Token:
    """An OAuth access token; `expires` None = never."""

    value: str
    user_id: int
    scopes: list[str]
    expires: int | None
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Schedule:
    """Business hours and the dates without them."""

    id: int
    name: str
    #: As Zendesk calls it, which is as Ruby on Rails does.
    time_zone: str
    #: Start and end in minutes since Sunday 00:00 of that zone.
    intervals: list[tuple[int, int]]
    created: int
    #: Id → name, first and last date (included).
    holidays: dict[int, tuple[str, date, date]] = field(default_factory=dict)
