"""Both Jira deployments keep the connector contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import connectors.jira
from connectors.base import Connector, Helpdesk
from connectors.conformance import ConnectorConformance
from rules.change import (
    AddTags,
    Assign,
    AssignPerson,
    Change,
    CreateRemediation,
    LinkTicket,
    OpenLinked,
    PostComment,
    RemediationItem,
    RemoveTags,
    SetField,
    SetPriority,
    Transition,
)
from rules.ticket import LinkKind, Priority, Ticket, TicketRef

WHY = {"because": "it is overdue", "rule": "overdue"}


class WrongSecrets:
    def get(self, env: str, *, file: Path | None = None) -> str:
        return "not the token"


class _Jira(ConnectorConformance):
    @pytest.fixture
    def jira_site(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def issue(self, jira_site: Any) -> Any:
        yesterday = jira_site.world.clock.now() - timedelta(days=1)
        issue = jira_site.state.add_issue("OPS", "Down", labels=["old"], created=yesterday, updated=yesterday)
        jira_site.state.add_comment(issue, jira_site.state.add_user("Kim"), "It is down", at=yesterday)
        return issue

    @pytest.fixture
    def connector(self) -> Connector:
        return connectors.jira

    @pytest.fixture
    def helpdesk(self, jira_site: Any, issue: Any) -> Helpdesk:
        found: Helpdesk = jira_site.jira
        return found

    @pytest.fixture
    def stranger(self, jira_site: Any) -> Helpdesk:
        auth = {"email": "escalade@example.com", "token_env": "T"} if jira_site.cloud else {"pat_env": "T"}
        options = {"url": jira_site.url, "auth": auth, "projects": ["OPS"]}
        return connectors.jira.open_helpdesk("jira", options, WrongSecrets())

    @pytest.fixture
    def now(self, jira_site: Any) -> datetime:
        # Old enough for the search index to have caught up with whatever was opened then.
        now: datetime = jira_site.world.clock.now()
        jira_site.world.clock.advance(600)
        return now

    @pytest.fixture
    def ticket(self, jira_site: Any, issue: Any) -> TicketRef:
        ref: TicketRef = jira_site.ref(issue)
        return ref

    @pytest.fixture
    def missing(self) -> TicketRef:
        return TicketRef("jira", "99999")

    @pytest.fixture
    def changes(self, jira_site: Any) -> Callable[[Ticket], Sequence[Change]]:
        other = jira_site.ref(jira_site.state.add_issue("OPS", "Other"))
        there = TicketRef("zendesk", "35")

        def make(ticket: Ticket) -> Sequence[Change]:
            on = {"on": ticket.ref, **WHY}
            return [
                AddTags(tags=("escalated",), **on),
                RemoveTags(tags=("old",), **on),
                SetPriority(priority=Priority.URGENT, was=ticket.priority, **on),
                Assign(group="Tier 3", was=ticket.group, **on),
                SetField(field="impact", value="huge", was=None, **on),
                AssignPerson(person=jira_site.state.bot.account_id, was=None, **on)
                if jira_site.cloud
                else AddTags(tags=("data_center",), **on),
                Transition(status="In Progress", was=ticket.status_name, was_category=ticket.status, **on),
                PostComment(key="escalated", body="Escalated.", **on),
                CreateRemediation(items=(RemediationItem(key="a", title="Restore", body="Now"),), **on),
                OpenLinked(key="o", helpdesk="jira", project="OPS", type="Task", subject="s", body="b", **on),
                LinkTicket(to=other, kind=LinkKind.TRACKED_BY, key="OPS-9", title="t", url="u", **on),
                LinkTicket(to=there, kind=LinkKind.RELATED, key="35", title="t", url="https://z/35", **on),
            ]

        return make

    @pytest.fixture
    def edited(self, jira_site: Any) -> Callable[[TicketRef], None]:
        def edit(ref: TicketRef) -> None:
            jira_site.world.clock.advance(61)
            jira_site.state.touch(jira_site.state.find(ref.id))

        return edit


class TestJiraCloud(_Jira):
    @pytest.fixture
    def jira_site(self, cloud: Any) -> Any:
        return cloud


class TestJiraDataCenter(_Jira):
    @pytest.fixture
    def jira_site(self, data_center: Any) -> Any:
        return data_center
