"""Creating issues and sub-tasks, one and many."""

from __future__ import annotations

from typing import Any

import pytest


def subtask(**more: Any) -> dict[str, Any]:
    return {
        "fields": {
            "project": {"key": "OPS"},
            "issuetype": {"id": "10003"},
            "parent": {"key": "OPS-1"},
            "summary": "Clean up",
            **more,
        }
    }


def test_a_subtask_shows_below_its_parent_at_once(api: Any, issue: Any) -> None:
    made = api("POST", "issue", subtask(labels=["op-1"]) | {"properties": [{"key": "op", "value": "1"}]})
    assert made.status_code == 201
    assert made.json().keys() == {"id", "key", "self"}
    (shown,) = api.fields("OPS-1", "subtasks")["subtasks"]
    assert shown["key"] == made.json()["key"] == "OPS-2"
    assert shown["fields"].keys() == {"summary", "status", "priority", "issuetype"}
    assert api("GET", "issue/OPS-2", properties="op").json()["properties"] == {"op": "1"}
    assert api.fields("OPS-2", "parent")["parent"]["key"] == "OPS-1"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"parent": None}, "parent"),
        ({"parent": {"key": "SUP-1"}}, "parent"),
        ({"issuetype": {"id": "1"}}, "issuetype"),
        ({"summary": None}, "summary"),
        ({"project": {"key": "NOPE"}}, "project"),
        ({"created": "2026-01-01"}, "created"),
    ],
)
def test_a_subtask_that_cannot_be_is_refused_by_field(
    api: Any, issue: Any, request_of_customer: Any, change: dict[str, Any], complaint: str
) -> None:
    answer = api("POST", "issue", subtask(**change))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [complaint])


def test_there_is_no_subtask_of_a_subtask(api: Any, issue: Any) -> None:
    api("POST", "issue", subtask())
    assert api("POST", "issue", subtask(parent={"key": "OPS-2"})).status_code == 400


def test_a_project_without_subtasks_offers_none_and_takes_none(api: Any, site: Any) -> None:
    bare = site.add_project("BARE", "Bare", subtasks=False)
    site.add_issue(bare, "x")
    kinds = api("GET", "issue/createmeta/BARE/issuetypes").json()["issueTypes"]
    assert not any(kind["subtask"] for kind in kinds)
    refused = api("POST", "issue", subtask(project={"key": "BARE"}, parent={"key": "BARE-1"}))
    assert refused.json()["errors"].keys() == {"issuetype"}


def test_a_field_off_the_screen_is_refused_at_creation_but_not_by_an_edit(api: Any, issue: Any, site: Any) -> None:
    hidden = site.add_field("Hidden", "string", on_screen=False)
    refused = api("POST", "issue", subtask(**{hidden.id: "x"}))
    assert refused.json()["errors"].keys() == {hidden.id}
    assert api("PUT", "issue/OPS-1", {"fields": {hidden.id: "x"}}).status_code == 204


def test_a_required_field_is_demanded_and_announced(api: Any, issue: Any, site: Any) -> None:
    team = site.add_field("Team", "string", required=True)
    assert api("POST", "issue", subtask()).json()["errors"].keys() == {team.id}
    fields = api("GET", "issue/createmeta/OPS/issuetypes/10003").json()["fields"]
    assert {row["fieldId"] for row in fields if row["required"]} == {
        "summary",
        "issuetype",
        "parent",
        "project",
        team.id,
    }


def test_in_bulk_the_good_ones_are_made_and_the_bad_ones_numbered(api: Any, issue: Any) -> None:
    answer = api("POST", "issue/bulk", {"issueUpdates": [subtask(), subtask(summary=None), subtask()]})
    assert answer.status_code == 201
    assert len(answer.json()["issues"]) == 2
    (error,) = answer.json()["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)


def test_in_bulk_nothing_good_is_a_400(api: Any, issue: Any) -> None:
    answer = api("POST", "issue/bulk", {"issueUpdates": [subtask(summary=None)]})
    assert (answer.status_code, answer.json()["issues"]) == (400, [])


def test_in_bulk_fifty_is_the_limit(api: Any, issue: Any) -> None:
    assert api("POST", "issue/bulk", {"issueUpdates": [subtask()] * 50}).status_code == 201
    assert api("POST", "issue/bulk", {"issueUpdates": [subtask()] * 51}).status_code == 400


def test_k_subtasks_are_one_write(api: Any, issue: Any, world: Any) -> None:
    api("POST", "issue/bulk", {"issueUpdates": [subtask()] * 4})
    assert world.calls.writes == 1


def test_nothing_is_idempotent_about_creation(api: Any, issue: Any) -> None:
    api("POST", "issue", subtask())
    api("POST", "issue", subtask())
    assert len(api.fields("OPS-1", "subtasks")["subtasks"]) == 2


def test_a_reset_after_the_commit_leaves_the_subtask_behind(api: Any, issue: Any, control: Any) -> None:
    control("POST", "faults", [{"kind": "reset_after", "match": {"method": "POST", "path_regex": "/issue$"}}])
    with pytest.raises(OSError):
        api("POST", "issue", subtask())
    assert len(api.fields("OPS-1", "subtasks")["subtasks"]) == 1


def test_a_parent_is_deleted_only_along_with_its_subtasks(api: Any, issue: Any) -> None:
    api("POST", "issue", subtask())
    assert api("DELETE", "issue/OPS-1").status_code == 400
    assert api("DELETE", "issue/OPS-1", deleteSubtasks="true").status_code == 204
    assert api("GET", "issue/OPS-2").status_code == 404


def test_a_creation_that_fails_late_leaves_nothing_but_a_burnt_number(api: Any, issue: Any, world: Any) -> None:
    nowhere = {"type": {"name": "Blocks"}, "outwardIssue": {"key": "OPS-99"}}
    refused = api("POST", "issue", subtask() | {"update": {"issuelinks": [{"add": nowhere}]}})
    assert refused.status_code == 404
    assert api.fields("OPS-1", "subtasks")["subtasks"] == []
    assert world.outbox.queued == []
    assert api("POST", "issue", subtask()).json()["key"] == "OPS-3"


def test_a_creation_may_carry_comments_links_and_a_step(api: Any, issue: Any) -> None:
    link = {"type": {"name": "Relates"}, "outwardIssue": {"key": "OPS-1"}}
    update = {"comment": [{"add": {"body": "hello"}}], "issuelinks": [{"add": link}]}
    made = api("POST", "issue", subtask() | {"update": update, "transition": {"id": "21"}}).json()
    fields = api.fields(made["key"], "comment", "issuelinks", "status")
    assert fields["comment"]["comments"][0]["body"] == "hello"
    assert fields["issuelinks"][0]["outwardIssue"]["key"] == "OPS-1"
    assert fields["status"]["name"] == "In Progress"


def test_a_security_level_hides_an_issue_from_everybody_but_administrators(api: Any, issue: Any, site: Any) -> None:
    issue.private = True
    assert api("GET", "issue/OPS-1").status_code == 404
    assert api.found("labels = infra") == []
    site.bot.admin = True
    assert api.found("labels = infra") == ["OPS-1"]
