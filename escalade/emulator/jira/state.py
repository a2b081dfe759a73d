"""The state of one Jira site, and the API by which worlds are seeded."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from escalade.emulator.jira import catalog
from escalade.emulator.jira.model import (
    Clock,
    Comment,
    Deployment,
    FieldDef,
    Issue,
    IssueLink,
    Json,
    Organization,
    Project,
    SlaMetric,
    User,
    Webhook,
)
from escalade.emulator.jira.rows import SiteRows

DEFAULT_EMAIL = "escalade@example.com"
DEFAULT_TOKEN = "jira-token"  # noqa: S105  # the well-known credential of every emulated site


class JiraSite(SiteRows):
    """One Jira: Cloud (with Jira Service Management) or Data Center.

    A fresh site has one administrator-less integration account, ``DEFAULT_EMAIL`` with the API token
    (Cloud) or personal access token (Data Center) ``DEFAULT_TOKEN``. Its profile zone
    (``America/New_York``) is deliberately not the zone of the site (``Europe/Berlin``), in which the API
    renders times.
    """

    def __init__(self, deployment: Deployment, clock: Clock) -> None:
        super().__init__(deployment, clock)
        self.bot = self.add_user("Escalade", email=DEFAULT_EMAIL, token=DEFAULT_TOKEN)

    def summary(self, *, tickets: bool) -> Json:
        """Return the site's counts, and its issues when ``tickets``."""
        from escalade.emulator.jira.act import summary  # noqa: PLC0415  # people need the state

        return summary(self, tickets=tickets)

    # -- seeding -----------------------------------------------------------------------------------

    def add_user(
        self,
        display_name: str,
        *,
        email: str | None = None,
        account_id: str | None = None,
        time_zone: str = "America/New_York",
        account_type: Literal["atlassian", "app", "customer"] = "atlassian",
        admin: bool = False,
        agent: bool | None = None,
        token: str | None = None,
        locale: str | None = "en_US",
    ) -> User:
        """Add a user; ``token`` lets the user call the API, ``agent`` defaults to "not a customer"."""
        number = self.next_id("user")
        name = display_name.lower().replace(" ", ".")
        user = User(
            account_id=account_id or f"5b10a2844c20165700ed{number:04d}",
            name=name,
            display_name=display_name,
            email=email or f"{name}@example.com",
            time_zone=time_zone,
            account_type=account_type,
            admin=admin,
            agent=account_type != "customer" if agent is None else agent,
            locale=locale,
        )
        self.users[user.account_id] = user
        if token is not None:
            self.tokens[token] = user.account_id
        return user

    def add_group(self, name: str, *, members: Iterable[User] = ()) -> list[str]:
        """Add a group of users; the list of account ids that it returns is the group's own."""
        self.groups[name] = [user.account_id for user in members]
        return self.groups[name]

    def add_role(
        self, project: str, name: str, *, users: Iterable[User] = (), groups: Iterable[str] = ()
    ) -> tuple[list[str], list[str]]:
        """Give people and groups a role in a project; the two lists that it returns are the role's own."""
        self.roles[project, name] = ([user.account_id for user in users], list(groups))
        return self.roles[project, name]

    def add_project(
        self,
        key: str,
        name: str,
        *,
        service_desk: bool = False,
        subtasks: bool = True,
        members: Iterable[str] | None = None,
        lead: User | None = None,
    ) -> Project:
        """Add a project.

        ``members`` (account ids) hides it from everyone else, ``subtasks=False`` disables sub-
        tasks.
        """
        issue_types = ["10004", "10005"] if service_desk else ["10001", "10002", "10004"]
        project = Project(
            id=str(self.next_id("project")),
            key=key,
            name=name,
            service_desk=service_desk,
            issue_types=[*issue_types, "10003"] if subtasks else issue_types,
            transitions=catalog.service_workflow() if service_desk else catalog.software_workflow(),
            priorities=[priority.id for priority in self.priorities],
            lead=(lead or self.bot).account_id,
            members=None if members is None else frozenset(members),
        )
        self.projects[project.id] = project
        if service_desk:
            self._add_service_fields()
        return project

    def _add_service_fields(self) -> None:
        for name, kind in (("Organizations", "organizations"), ("Request Type", "request_type")):
            if self.field_of_kind(kind) is None:
                self.add_field(name, kind)

    def add_field(
        self,
        name: str,
        kind: str,
        *,
        options: Iterable[str] = (),
        field_id: str | None = None,
        on_screen: bool = True,
        required: bool = False,
    ) -> FieldDef:
        """Add a custom field of a ``kind`` of ``catalog.KINDS``; ``options`` are the values of a select."""
        number = self.next_id("field") + 20
        schema_type, schema = catalog.KINDS[kind]
        new = FieldDef(
            id=field_id or f"customfield_{number}",
            name=name,
            kind=kind,
            schema={"type": schema_type, **schema, "customId": number},
            options={str(self.next_id("option")): value for value in options},
            on_screen=on_screen,
            required=required,
        )
        self.fields[new.id] = new
        return new

    def add_organization(self, name: str, *, members: Iterable[User] = ()) -> Organization:
        """Add a customer organisation of Jira Service Management."""
        row = Organization(
            id=self.next_id("organization") - 9_999, name=name, members=[user.account_id for user in members]
        )
        self.organizations[row.id] = row
        return row

    def add_sla(
        self,
        name: str,
        project: Project,
        *,
        default_goal: timedelta,
        goals: Mapping[str, timedelta] | None = None,
        stops_at_reply: bool = False,
        paused_in: Iterable[str] = (),
        weekly: Iterable[tuple[int, int, int]] = (),
        zone: str = "UTC",
    ) -> SlaMetric:
        """Add a service level with its SLA field.

        ``goals`` by priority name, ``paused_in`` by status name.
        """
        metric = SlaMetric(
            id=self.next_id("sla") - 9_999,
            name=name,
            project=project.id,
            field_id=self.add_field(name, "sla", on_screen=False).id,
            default_goal=default_goal,
            goals={self.priority_named(key).id: goal for key, goal in (goals or {}).items()},
            stops_at_reply=stops_at_reply,
            paused_in=frozenset(self.status_named(status) for status in paused_in),
            weekly=tuple(weekly),
            zone=zone,
        )
        self.slas[metric.id] = metric
        return metric

    def add_webhook(self, url: str, *, events: Iterable[str], jql: str = "", secret: str | None = None) -> Webhook:
        """Register an admin webhook; its events are queued in the world's outbox from now on."""
        hook = Webhook(
            id=self.next_id("webhook") - 9_999,
            name=url,
            url=url,
            events=tuple(events),
            jql=jql,
            secret=secret,
        )
        self.webhooks[hook.id] = hook
        return hook

    def add_issue(
        self,
        project: Project | str,
        summary: str,
        *,
        issue_type: str | None = None,
        status: str | None = None,
        priority: str | None = "Medium",
        labels: Iterable[str] = (),
        description: str | None = None,
        reporter: User | None = None,
        assignee: User | None = None,
        parent: Issue | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        organizations: Iterable[Organization] = (),
        custom: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
    ) -> Issue:
        """Add an issue as if it had been there before: no event, no changelog.

        ``issue_type``, ``status`` and ``priority`` are names; ``custom`` maps field names or ids to values
        (selects by their value, users by account id). ``created`` defaults to now and ``updated`` to
        ``created``.
        """
        home = project if isinstance(project, Project) else self.project(project)
        created_at, author = created or self.now(), (reporter or self.bot).account_id
        kind = issue_type or ("Sub-task" if parent else self.issue_types[home.issue_types[0]].name)
        fields: dict[str, Any] = {
            "summary": summary,
            "description": description,
            "issuetype": next(row.id for row in self.issue_types.values() if row.name == kind),
            "status": self.status_named(status) if status else self.initial_status(home),
            "priority": None if priority is None else self.priority_named(priority).id,
            "labels": list(labels),
            "reporter": author,
            "assignee": assignee.account_id if assignee else None,
            "parent": parent.id if parent else None,
        }
        self._seed_special(home, fields, custom or {}, [row.id for row in organizations])
        issue = self.insert(home, fields, creator=author, at=created_at)
        issue.updated = updated or created_at
        issue.properties = dict(properties or {})
        return issue

    def _seed_special(
        self, home: Project, fields: dict[str, Any], custom: Mapping[str, object], organizations: list[int]
    ) -> None:
        """Fill in what follows from a status and from a service project, and the custom fields."""
        if self.statuses[fields["status"]].category == "done":
            fields["resolution"] = next(iter(catalog.RESOLUTIONS))
        for name, value in custom.items():
            self._seed_custom(fields, name, value)
        asked, listed = self.field_of_kind("request_type"), self.field_of_kind("organizations")
        if home.service_desk and asked and fields["parent"] is None:
            fields.setdefault(asked.id, "Get help")
        if organizations and listed:
            fields[listed.id] = organizations

    def _seed_custom(self, fields: dict[str, Any], name: str, value: object) -> None:
        field = self.field_named(name)
        by_value = {text: key for key, text in field.options.items()}
        if field.kind == "option":
            fields[field.id] = None if value is None else by_value[str(value)]
        elif field.kind == "options" and isinstance(value, list | tuple):
            fields[field.id] = [by_value[str(item)] for item in value]
        else:
            fields[field.id] = value

    def add_comment(
        self, issue: Issue, author: User, body: str, *, at: datetime | None = None, internal: bool = False
    ) -> Comment:
        """Add a comment as if it had been there before; ``updated`` of the issue moves up to it."""
        when = at or self.now()
        comment = Comment(
            id=self.next_id("comment"),
            author=author.account_id,
            body=body,
            adf=None,
            created=when,
            updated=when,
            update_author=author.account_id,
            properties={"sd.public.comment": {"internal": True}} if internal else {},
        )
        issue.comments.append(comment)
        issue.updated = max(issue.updated, when)
        self._order_is_stale = True
        return comment

    def add_link(self, type_name: str, source: Issue, target: Issue) -> IssueLink:
        """Link two issues: ``source`` <outward wording> ``target``, e.g. source blocks target."""
        kind = next(row for row in self.link_types.values() if row.name == type_name)
        link = IssueLink(id=self.next_id("link"), type=kind.id, source=source.id, target=target.id)
        source.links.append(link)
        target.links.append(link)
        return link
