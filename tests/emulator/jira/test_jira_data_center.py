"""Jira Data Center under its context path: what it has, and what it has not."""

from __future__ import annotations

from typing import Any

import pytest
import requests


@pytest.fixture
def dc_issue(world: Any) -> Any:
    site = world.jira_dc
    return site.add_issue(site.add_project("OPS", "Operations"), "Disk full", labels=["infra"])


def test_it_calls_itself_server_and_tells_its_version(dc: Any) -> None:
    body = dc("GET", "serverInfo").json()
    assert (body["deploymentType"], body["versionNumbers"][0]) == ("Server", 10)


def test_a_personal_access_token_is_a_bearer(dc: Any, dc_issue: Any) -> None:
    me = dc("GET", "myself").json()
    assert (me["name"], "accountId" in me) == ("escalade", False)
    dc.bearer = "wrong"
    assert dc("GET", "myself").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/dc/rest/api/2/search/jql"),
        ("POST", "/dc/rest/api/2/issue/bulkfetch"),
        ("POST", "/dc/rest/api/2/search/approximate-count"),
        ("GET", "/dc/rest/api/2/priority/search"),
        ("GET", "/dc/rest/api/3/myself"),
        ("GET", "/dc/rest/api/3/issue/OPS-1"),
        ("GET", "/dc/rest/webhooks/1.0/webhook"),
    ],
)
def test_what_only_cloud_has_is_a_404(dc: Any, dc_issue: Any, method: str, path: str) -> None:
    assert dc(method, path).status_code == 404


def test_search_pages_by_offset_with_a_total_and_allows_no_restriction(dc: Any, dc_issue: Any, world: Any) -> None:
    for number in range(4):
        world.jira_dc.add_issue("OPS", f"n{number}")
    page = dc("GET", "search", jql="order by key", startAt=3, maxResults=10, fields="summary").json()
    assert (page["startAt"], page["maxResults"], page["total"]) == (3, 10, 5)
    assert [row["key"] for row in page["issues"]] == ["OPS-4", "OPS-5"]
    posted = dc("POST", "search", {"jql": "labels = infra", "fields": ["labels"], "maxResults": 5000}).json()
    assert (posted["maxResults"], posted["issues"][0]["fields"]) == (1000, {"labels": ["infra"]})


def test_beyond_the_window_of_ten_thousand_search_fails(dc: Any, dc_issue: Any) -> None:
    assert dc("GET", "search", jql="", startAt=9_950, maxResults=50).status_code == 200
    beyond = dc("GET", "search", jql="", startAt=9_951, maxResults=50)
    assert beyond.status_code == 500
    assert "max_result_window" in beyond.json()["errorMessages"][0]


def test_users_go_by_name(dc: Any, dc_issue: Any, world: Any) -> None:
    world.jira_dc.add_user("Anna Agent")
    assert dc("PUT", "issue/OPS-1", {"fields": {"assignee": {"name": "anna.agent"}}}).status_code == 204
    assert dc.fields("OPS-1", "assignee")["assignee"]["name"] == "anna.agent"
    assert dc("PUT", "issue/OPS-1", {"fields": {"assignee": {"accountId": "x"}}}).status_code == 400


def test_an_edit_checks_the_screen(dc: Any, dc_issue: Any, world: Any) -> None:
    hidden = world.jira_dc.add_field("Hidden", "string", on_screen=False)
    assert dc("PUT", "issue/OPS-1", {"fields": {hidden.id: "x"}}).status_code == 400


def test_its_urls_and_its_issues_are_its_own(dc: Any, api: Any, dc_issue: Any) -> None:
    assert dc("GET", "issue/OPS-1").json()["self"] == f"{dc.url}/dc/rest/api/2/issue/10000"
    assert api("GET", "issue/OPS-1").status_code == 404


def test_creation_metadata_come_as_values(dc: Any, dc_issue: Any) -> None:
    page = dc("GET", "issue/createmeta/OPS/issuetypes").json()
    assert page.keys() == {"startAt", "maxResults", "total", "isLast", "values"}


def test_the_old_search_works_here_with_subtasks_links_and_properties(dc: Any, dc_issue: Any) -> None:
    fields = {"project": {"key": "OPS"}, "issuetype": {"id": "10003"}, "parent": {"key": "OPS-1"}, "summary": "s"}
    assert dc("POST", "issue", {"fields": fields}).status_code == 201
    assert dc("PUT", "issue/OPS-1/properties/esc", {"a": 1}).status_code == 201
    link = {"globalId": "g", "object": {"url": "https://x.example", "title": "t"}}
    assert dc("POST", "issue/OPS-1/remotelink", link).status_code == 201
    (hit,) = dc("GET", "search", jql="parent = OPS-1").json()["issues"]
    assert hit["fields"]["issuetype"]["subtask"] is True


def test_its_changelog_names_no_field_ids(dc: Any, dc_issue: Any) -> None:
    dc("PUT", "issue/OPS-1", {"fields": {"labels": []}})
    (entry,) = dc("GET", "issue/OPS-1", expand="changelog").json()["changelog"]["histories"]
    assert "fieldId" not in entry["items"][0]


def test_every_answer_tells_the_bucket_and_a_refusal_may_say_retry_after_zero(
    dc: Any, dc_issue: Any, world: Any, control: Any
) -> None:
    world.limits = True
    first = dc("GET", "issue/OPS-1")
    assert (first.headers["X-RateLimit-Remaining"], first.headers["retry-after"]) == ("24", "0")
    assert [dc("GET", "issue/OPS-1").status_code for _ in range(25)] == [200] * 24 + [429]
    world.limits = False
    control("POST", "faults", [{"kind": "rate_limited"}])
    assert dc("GET", "issue/OPS-1").headers["Retry-After"] == "0"


def test_webhooks_ignore_a_secret_at_the_top_and_old_filters(dc: Any, dc_issue: Any, world: Any) -> None:
    world.jira_dc.bot.admin = True
    place = "/dc/rest/jira-webhook/1.0/webhooks"
    base = {"name": "w", "url": "http://127.0.0.1:9/", "events": ["jira:issue_updated", "comment_created"]}
    dc("POST", place, base | {"secret": "lost", "filters": {"issue-related-events-section": "project = NONE"}})
    dc("POST", place, base | {"configuration": {"SECRET": "kept", "EXCLUDE_BODY": "false"}})
    dc("POST", "issue/OPS-1/comment", {"body": "hello"})
    headers = [delivery.sign(0) for delivery in world.outbox.queued]
    assert [("X-Hub-Signature" in head, "X-Atlassian-Webhook-Identifier" in head) for head in headers] == [
        (False, False),
        (True, False),
    ] * 2


def test_a_comment_event_has_no_issue_here(dc: Any, dc_issue: Any, world: Any) -> None:
    world.jira_dc.add_webhook("http://127.0.0.1:9/", events=["comment_created"])
    dc("POST", "issue/OPS-1/comment", {"body": "hello"})
    (delivery,) = world.outbox.queued
    assert b'"issue":' not in delivery.body


def test_without_credentials_it_refuses_to_say_who_i_am(dc: Any, dc_issue: Any) -> None:
    answer = requests.get(f"{dc.url}/dc/rest/api/2/myself", timeout=5)
    assert (answer.status_code, answer.headers["X-AUSERNAME"]) == (401, "anonymous")
