"""The rows of a site, how to find them, and what the search index remembers of them."""

from collections import deque
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from escalade.emulator.jira import catalog
from escalade.emulator.jira.model import (
    Clock,
    Deployment,
    FieldDef,
    Issue,
    Json,
    Organization,
    Priority,
    Project,
    SlaMetric,
    Snapshot,
    User,
    Webhook,
)

SNAPSHOTS_KEPT = 16
"""How many earlier states of an issue the lagging search index can still show."""


class SiteRows:
    """Everything that a Jira site holds."""

    def __init__(self, deployment: Deployment, clock: Clock) -> None:
        self.deployment: Deployment = deployment
        self.clock = clock
        self.zone = ZoneInfo("Europe/Berlin")
        self.title = "Emulated Jira"
        self.index_lag = timedelta(0)
        self.page_cap = 100
        """Most issues a search page holds when more than id and key are asked for."""
        self.users: dict[str, User] = {}
        self.tokens: dict[str, str] = {}
        self.projects: dict[str, Project] = {}
        self.priorities = catalog.priorities()
        self.statuses = {status.id: status for status in catalog.statuses()}
        self.issue_types = {kind.id: kind for kind in catalog.issue_types()}
        self.link_types = {kind.id: kind for kind in catalog.link_types()}
        self.fields: dict[str, FieldDef] = {field.id: field for field in catalog.system_fields()}
        self.issues: dict[int, Issue] = {}
        self.keys: dict[str, int] = {}
        self.groups: dict[str, list[str]] = {}
        """Account ids of the members of each group of users, by its name."""
        self.roles: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        """Account ids and groups of users that have a role, by the project's key and the role's name."""
        self.organizations: dict[int, Organization] = {}
        self.slas: dict[int, SlaMetric] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.searches: dict[str, list[int]] = {}
        self.contended: set[int] = set()
        self.comment_limit = 5000
        self.mails: list[Json] = []
        self.expired_tokens: set[str] = set()
        """Tokens that Cloud no longer knows: their bearer runs as anonymous, with 200 and empty results."""
        self.lagging: set[int] = set()
        self._order: list[int] = []
        self._order_is_stale = True
        self._numbers: dict[str, count[int]] = {}

    # -- numbers and instants ----------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the present instant of the world to the millisecond, which is all that Jira keeps."""
        at = self.clock.now()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def next_id(self, noun: str) -> int:
        """Return the next id of ``noun``; every kind of row counts from 10,000 as in Jira."""
        return next(self._numbers.setdefault(noun, count(10_000)))

    @property
    def cloud(self) -> bool:
        """Whether this is Jira Cloud."""
        return self.deployment == "Cloud"

    # -- rows --------------------------------------------------------------------------------------

    def insert(self, project: Project, fields: dict[str, Any], *, creator: str, at: datetime) -> Issue:
        """Put a new issue into ``project`` under its next key."""
        project.last_number += 1
        key = f"{project.key}-{project.last_number}"
        issue = Issue(
            id=self.next_id("issue"),
            key=key,
            project=project.id,
            fields=fields,
            created=at,
            updated=at,
            creator=creator,
        )
        self.issues[issue.id] = issue
        self._rekey(issue, key)
        parent = fields.get("parent")
        if parent is not None and self.issue_types[fields["issuetype"]].subtask:
            self.issues[parent].subtasks.append(issue.id)
        self._order_is_stale = True
        return issue

    def move(self, issue: Issue, project: Project) -> None:
        """Move an issue to another project, where it starts over; its old key keeps answering."""
        self.remember(issue)
        project.last_number += 1
        self._rekey(issue, f"{project.key}-{project.last_number}")
        issue.project = project.id
        issue.fields["status"] = self.initial_status(project)
        self.touch(issue)

    def _rekey(self, issue: Issue, key: str) -> None:
        issue.key = key
        self.keys[key.upper()] = issue.id

    def remember(self, issue: Issue, *, existed: bool = True) -> None:
        """Keep what the search index still believes about ``issue`` just before a change."""
        if issue.stale is None:
            issue.stale = deque(maxlen=SNAPSHOTS_KEPT)
        fields = {**issue.fields, "labels": list(issue.fields["labels"])} if existed else None
        issue.stale.append(Snapshot(changed_at=self.now(), key=issue.key, fields=fields, updated=issue.updated))
        self.lagging.add(issue.id)

    def touch(self, issue: Issue) -> None:
        """Mark ``issue`` as updated now."""
        issue.updated = self.now()
        self._order_is_stale = True

    def by_update(self) -> list[int]:
        """Return all issue ids by ``updated`` then id, oldest first; sorted again only after a change."""
        if self._order_is_stale:
            self._order = sorted(self.issues, key=lambda number: (self.issues[number].updated, number))
            self._order_is_stale = False
        return self._order

    def forget(self, issue: Issue) -> None:
        """Delete ``issue`` without a trace: Jira keeps no tombstone."""
        del self.issues[issue.id]
        self.keys = {key: number for key, number in self.keys.items() if number != issue.id}
        self.lagging.discard(issue.id)
        for other in self.issues.values():
            if issue.id in other.subtasks:
                other.subtasks.remove(issue.id)
            other.links = [link for link in other.links if issue.id not in (link.source, link.target)]
        self._order_is_stale = True

    # -- look-ups ----------------------------------------------------------------------------------

    def find(self, id_or_key: str) -> Issue | None:
        """Return the issue with that id or key, whatever its case; a former key finds the moved issue."""
        number = int(id_or_key) if id_or_key.isdigit() else self.keys.get(id_or_key.upper())
        return None if number is None else self.issues.get(number)

    def project(self, id_or_key: str) -> Project:
        """Return the project with that id or key; ``KeyError`` if there is none."""
        for row in self.projects.values():
            if row.id == id_or_key or row.key == id_or_key.upper():
                return row
        raise KeyError(id_or_key)

    def priority_named(self, name: str) -> Priority:
        """Return the priority with that name; ``StopIteration`` is a mistake in the seeding."""
        return next(row for row in self.priorities if row.name.lower() == name.lower())

    def status_named(self, name: str) -> str:
        """Return the id of the status with that name; ``StopIteration`` is a mistake in the seeding."""
        return next(row.id for row in self.statuses.values() if row.name.lower() == name.lower())

    def initial_status(self, project: Project) -> str:
        """Return the id of the status in which issues of ``project`` are born."""
        return "10002" if project.service_desk else "10000"

    def field_named(self, name_or_id: str) -> FieldDef:
        """Return the field with that id or name; ``StopIteration`` is a mistake in the seeding."""
        found = self.fields.get(name_or_id)
        return found or next(row for row in self.fields.values() if row.name.lower() == name_or_id.lower())

    def field_of_kind(self, kind: str) -> FieldDef | None:
        """Return the first field of a kind such as ``organizations``."""
        return next((row for row in self.fields.values() if row.kind == kind), None)
