"""The unmodified `jira` library works against the emulator, as Cloud and as Data Center."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from jira import JIRA
from jira.exceptions import JIRAError

from escalade.emulator.jira.state import DEFAULT_EMAIL, DEFAULT_TOKEN, JiraSite

TIMEOUT = (3, 20)


@pytest.fixture(params=["Cloud", "Server"])
def home(request: pytest.FixtureRequest, world: Any) -> JiraSite:
    site: JiraSite = world.jira if request.param == "Cloud" else world.jira_dc
    project = site.add_project("OPS", "Operations")
    site.add_field("Impact", "option", options=["low", "high"])
    site.add_user("Anna Agent")
    for number in range(120):
        site.add_issue(project, f"Issue {number}", labels=["infra"])
    return site


@pytest.fixture
def client(home: JiraSite, running: Any) -> Iterator[JIRA]:
    if home.cloud:
        made = JIRA(running.url, basic_auth=(DEFAULT_EMAIL, DEFAULT_TOKEN), timeout=TIMEOUT, max_retries=0)
    else:
        made = JIRA(f"{running.url}/dc", token_auth=DEFAULT_TOKEN, timeout=TIMEOUT, max_retries=0)
    with closing(made):
        yield made


def test_it_knows_the_deployment_and_the_user(client: JIRA, home: JiraSite) -> None:
    assert client.server_info()["deploymentType"] == home.deployment
    assert client._is_cloud is home.cloud
    assert client.myself()["displayName"] == "Escalade"


def test_it_searches_through_all_pages(client: JIRA, home: JiraSite) -> None:
    found = client.search_issues("project = OPS ORDER BY key ASC", maxResults=False)
    assert [row.key for row in found] == [f"OPS-{number}" for number in range(1, 121)]
    assert found[0].fields.labels == ["infra"]


def test_it_reads_one_issue_with_its_fields(client: JIRA, home: JiraSite) -> None:
    row = client.issue("OPS-7", expand="changelog")
    assert (row.fields.summary, row.fields.status.name, row.fields.priority.name) == ("Issue 6", "To Do", "Medium")
    assert row.fields.reporter.displayName == "Escalade"
    assert row.changelog.total == 0


def test_it_edits_by_fields_and_by_verbs(client: JIRA, home: JiraSite) -> None:
    row = client.issue("OPS-1")
    row.update(fields={"priority": {"name": "High"}}, update={"labels": [{"add": "esc"}]})
    assert (row.fields.priority.name, row.fields.labels) == ("High", ["infra", "esc"])
    row.add_field_value("labels", "more")
    assert row.fields.labels == ["infra", "esc", "more"]


def test_it_comments_openly_and_internally(client: JIRA, home: JiraSite) -> None:
    client.add_comment("OPS-1", "open")
    client.add_comment("OPS-1", "internal", is_internal=True)
    comments = client.comments("OPS-1")
    assert [row.body for row in comments] == ["open", "internal"]
    assert client.comment("OPS-1", comments[0].id).body == "open"
    comments[0].update(body="changed")
    comments[1].delete()
    assert [row.body for row in client.comments("OPS-1")] == ["changed"]


def test_it_creates_issues_and_subtasks(client: JIRA, home: JiraSite) -> None:
    made = client.create_issue(project="OPS", summary="Made", issuetype={"name": "Task"}, description="text")
    fields: dict[str, Any] = {"project": {"key": "OPS"}, "issuetype": {"id": "10003"}, "parent": {"key": made.key}}
    results = client.create_issues([{**fields, "summary": name} for name in ("a", "b")])
    assert [row["status"] for row in results] == ["Success", "Success"]
    assert [row.fields.summary for row in client.issue(made.key).fields.subtasks] == ["a", "b"]
    client.issue(made.key).delete(deleteSubtasks=True)
    with pytest.raises(JIRAError) as gone:
        client.issue(made.key)
    assert gone.value.status_code == 404


def test_it_links_within_and_without(client: JIRA, home: JiraSite) -> None:
    client.create_issue_link("Blocks", "OPS-1", "OPS-2")
    (link,) = client.issue("OPS-1").fields.issuelinks
    assert link.outwardIssue.key == "OPS-2"
    link.delete()
    assert client.issue("OPS-1").fields.issuelinks == []
    shown = {"url": "https://desk.example/1", "title": "Ticket 1"}
    client.add_simple_link("OPS-1", shown)
    client.add_remote_link("OPS-1", destination=shown, globalId="zd=1")
    assert len(client.remote_links("OPS-1")) == 2


def test_it_takes_steps(client: JIRA, home: JiraSite) -> None:
    assert {row["name"] for row in client.transitions("OPS-1")} == {"To Do", "In Progress", "Done"}
    client.transition_issue("OPS-1", "Done", comment="finished")
    assert client.issue("OPS-1").fields.status.name == "Done"


def test_it_keeps_properties(client: JIRA, home: JiraSite) -> None:
    client.add_issue_property("OPS-1", "esc", {"tier": 2})
    assert client.issue_property("OPS-1", "esc").value.tier == 2
    assert [row.key for row in client.issue_properties("OPS-1")] == ["esc"]


def test_it_watches(client: JIRA, home: JiraSite) -> None:
    client.add_watcher("OPS-1", "Anna Agent" if home.cloud else "anna.agent")
    assert client.watchers("OPS-1").watchCount == 1


def test_it_reads_the_metadata(client: JIRA, home: JiraSite) -> None:
    assert next(row.name for row in client.priorities()) == "Highest"
    assert [row.key for row in client.projects()] == ["OPS"]
    assert "Sub-task" in {row.name for row in client.issue_types()}
    assert "Impact" in {row["name"] for row in client.fields()}
    assert {row.name for row in client.issue_link_types()} >= {"Blocks", "Relates"}
    assert client.my_permissions(projectKey="OPS", permissions="EDIT_ISSUES")["permissions"]["EDIT_ISSUES"][
        "havePermission"
    ]


def test_it_reads_what_a_subtask_needs(client: JIRA, home: JiraSite) -> None:
    if home.cloud:
        # For Cloud the library knows the deprecated endpoint only.
        (project,) = client.createmeta("OPS", expand="projects.issuetypes.fields")["projects"]
        types = project["issuetypes"]
        subtask = next(row for row in types if row["subtask"])
        fields = list(subtask["fields"].values())
    else:
        types = [row.raw for row in client.project_issue_types("OPS")]
        fields = [row.raw for row in client.project_issue_fields("OPS", "10003")]
    assert {row["name"] for row in types} >= {"Task", "Sub-task"}
    assert {row["name"] for row in fields} >= {"Summary", "Parent", "Impact"}


def test_it_is_told_what_was_wrong(client: JIRA, home: JiraSite) -> None:
    with pytest.raises(JIRAError) as refused:
        client.issue("OPS-1").update(fields={"labels": ["two words"]})
    assert refused.value.status_code == 400
    assert "contains spaces" in refused.value.text


def test_it_used_nothing_that_is_not_emulated(client: JIRA, home: JiraSite, world: Any) -> None:
    client.search_issues("project = OPS", maxResults=1)
    client.add_remote_link("OPS-1", destination={"url": "https://x.example", "title": "x"})
    assert world.unknown_routes == []
