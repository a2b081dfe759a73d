"""Editing an issue of the emulated Jira."""

from __future__ import annotations

from typing import Any

import pytest


def test_one_put_changes_labels_priority_and_hidden_state(api: Any, issue: Any) -> None:
    answer = api(
        "PUT",
        "issue/OPS-1",
        {
            "update": {"labels": [{"add": "esc"}, {"remove": "infra"}], "priority": [{"set": {"id": "1"}}]},
            "properties": [{"key": "acme.escalation", "value": {"tier": 2}}],
        },
    )
    assert (answer.status_code, answer.content) == (204, b"")
    after = api("GET", "issue/OPS-1", properties="acme.escalation").json()
    assert after["fields"]["labels"] == ["esc"]
    assert after["fields"]["priority"]["name"] == "Highest"
    assert after["properties"] == {"acme.escalation": {"tier": 2}}


def test_label_deltas_need_no_reading_first(api: Any, issue: Any) -> None:
    for verb in ("add", "add", "remove", "remove"):
        assert api("PUT", "issue/OPS-1", {"update": {"labels": [{verb: "x"}]}}).status_code == 204
    assert api.fields("OPS-1", "labels")["labels"] == ["infra"]


def test_an_edit_that_changes_nothing_leaves_updated_and_changelog_alone(api: Any, issue: Any, world: Any) -> None:
    before = api.fields("OPS-1", "updated")["updated"]
    world.clock.advance(60)
    api("PUT", "issue/OPS-1", {"update": {"labels": [{"add": "infra"}]}})
    assert api.fields("OPS-1", "updated")["updated"] == before
    assert api("GET", "issue/OPS-1/changelog").json()["total"] == 0
    api("PUT", "issue/OPS-1", {"update": {"labels": [{"add": "new"}]}})
    assert api.fields("OPS-1", "updated")["updated"] == "2026-03-04T09:01:00.000+0100"


def test_one_bad_field_rejects_the_whole_edit_and_names_every_bad_field(api: Any, issue: Any) -> None:
    body = {
        "fields": {"priority": {"id": "77"}, "nope": 1, "summary": "Changed"},
        "update": {"labels": [{"add": "two words"}]},
    }
    answer = api("PUT", "issue/OPS-1", body)
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"priority", "nope", "labels"}
    assert "contains spaces which is invalid" in answer.json()["errors"]["labels"]
    assert api.fields("OPS-1", "summary")["summary"] == "Disk full"


def test_a_field_cannot_be_in_fields_and_update(api: Any, issue: Any) -> None:
    body = {"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}
    assert api("PUT", "issue/OPS-1", body).status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", ""),
        ("summary", "two\nlines"),
        ("summary", "x" * 256),
        ("summary", None),
        ("description", "x" * 32_768),
        ("description", 7),
        ("duedate", "tomorrow"),
        ("status", {"id": "3"}),
        ("assignee", {"accountId": "nobody"}),
        ("labels", "x"),
        ("issuetype", {"id": "999"}),
        ("parent", {"key": "OPS-99"}),
    ],
)
def test_a_value_that_jira_refuses_is_refused_by_name(api: Any, issue: Any, field: str, value: Any) -> None:
    answer = api("PUT", "issue/OPS-1", {"fields": {field: value}})
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}


def test_silence_needs_an_administrator(api: Any, issue: Any, site: Any) -> None:
    body = {"update": {"labels": [{"add": "x"}]}}
    refused = api("PUT", "issue/OPS-1", body, notifyUsers="false")
    assert refused.status_code == 400
    assert "discard the user notification" in refused.json()["errorMessages"][0]
    site.bot.admin = True
    assert api("PUT", "issue/OPS-1", body, notifyUsers="false").status_code == 204


def test_without_permission_to_edit_every_field_is_refused(api: Any, issue: Any, ops: Any, site: Any) -> None:
    ops.revoked[site.bot.account_id] = {"EDIT_ISSUES"}
    answer = api("PUT", "issue/OPS-1", {"fields": {"labels": []}})
    assert answer.status_code == 400
    assert "cannot be set" in answer.json()["errors"]["labels"]


def test_an_issue_out_of_sight_is_a_404_like_one_that_is_gone(api: Any, issue: Any, ops: Any) -> None:
    gone = api("GET", "issue/OPS-99")
    ops.members = frozenset()
    hidden = api("GET", "issue/OPS-1")
    assert (hidden.status_code, hidden.json()) == (gone.status_code, gone.json()) == (404, gone.json())


def test_an_archived_issue_is_read_only_and_not_found_by_search(api: Any, issue: Any) -> None:
    issue.archived = True
    assert api("PUT", "issue/OPS-1", {"fields": {"labels": []}}).status_code == 400
    assert api.found("project = OPS") == []
    assert api("GET", "issue/OPS-1").status_code == 200


def test_a_moved_issue_answers_to_its_old_key_with_the_new_one(api: Any, issue: Any, site: Any, sup: Any) -> None:
    site.move(issue, sup)
    answer = api("GET", "issue/ops-1")
    assert (answer.status_code, answer.json()["key"]) == (200, "SUP-1")
    assert answer.history == []


def test_the_custom_select_takes_id_or_value_and_null(api: Any, issue: Any, site: Any) -> None:
    impact = site.add_field("Impact", "option", options=["low", "high"])
    for value, shown in (({"value": "high"}, "high"), ({"id": next(iter(impact.options))}, "low")):
        api("PUT", "issue/OPS-1", {"fields": {impact.id: value}})
        assert api.fields("OPS-1", impact.id)[impact.id]["value"] == shown
    api("PUT", "issue/OPS-1", {"fields": {impact.id: None}})
    assert api.fields("OPS-1", impact.id)[impact.id] is None
    wrong = api("PUT", "issue/OPS-1", {"fields": {impact.id: {"value": "huge"}}})
    assert wrong.json()["errors"] == {impact.id: "Option value 'huge' is not valid"}


def test_a_description_is_text_in_version_2_and_a_document_in_version_3(api: Any, v3: Any, issue: Any) -> None:
    api("PUT", "issue/OPS-1", {"fields": {"description": "one\n\ntwo"}})
    document = v3.fields("OPS-1", "description")["description"]
    assert (document["type"], len(document["content"])) == ("doc", 2)
    assert v3("PUT", "issue/OPS-1", {"fields": {"description": "plain"}}).status_code == 400
    assert v3("PUT", "issue/OPS-1", {"fields": {"description": document}}).status_code == 204
    assert api.fields("OPS-1", "description")["description"] == "one\n\ntwo"


def test_the_changelog_tells_what_changed_with_whole_label_sets(api: Any, issue: Any) -> None:
    api("PUT", "issue/OPS-1", {"update": {"labels": [{"add": "esc"}], "priority": [{"set": {"name": "High"}}]}})
    (entry,) = api("GET", "issue/OPS-1/changelog").json()["values"]
    items = {item["field"]: (item["fromString"], item["toString"]) for item in entry["items"]}
    assert items == {"labels": ("infra", "infra esc"), "priority": ("Medium", "High")}


def test_the_expanded_changelog_is_newest_first_and_cut_at_forty(api: Any, issue: Any) -> None:
    for number in range(45):
        api("PUT", "issue/OPS-1", {"fields": {"summary": f"n{number}"}})
    expanded = api("GET", "issue/OPS-1", expand="changelog").json()["changelog"]
    assert (len(expanded["histories"]), expanded["total"]) == (40, 45)
    assert expanded["histories"][0]["items"][0]["toString"] == "n44"
    listed = api("GET", "issue/OPS-1/changelog").json()
    assert listed["values"][0]["items"][0]["toString"] == "n0"


def test_changelogs_by_id_come_oldest_first_in_pages(api: Any, issue: Any, world: Any) -> None:
    for number in range(3):
        world.clock.advance(1)
        api("PUT", "issue/OPS-1", {"fields": {"summary": f"n{number}"}})
    body: dict[str, Any] = {"issueIdsOrKeys": ["OPS-1"], "maxResults": 2}
    first = api("POST", "changelog/bulkfetch", body).json()
    second = api("POST", "changelog/bulkfetch", body | {"nextPageToken": first["nextPageToken"]}).json()
    shown = [
        entry["items"][0]["toString"]
        for page in (first, second)
        for entry in page["issueChangeLogs"][0]["changeHistories"]
    ]
    assert shown == ["n0", "n1", "n2"]
    assert "nextPageToken" not in second


def test_someone_elses_simultaneous_edit_is_a_409_after_theirs_went_through(api: Any, issue: Any, control: Any) -> None:
    control("POST", "faults", [{"kind": "edit_conflict", "match": {"method": "PUT"}}])
    body = {"update": {"labels": [{"add": "mine"}]}}
    assert api("PUT", "issue/OPS-1", body).status_code == 409
    assert api("PUT", "issue/OPS-1", body).status_code == 204
    assert api.fields("OPS-1", "labels")["labels"] == ["infra", "edited-meanwhile", "mine"]


def test_a_person_acts_through_the_same_rules(api: Any, issue: Any, agent: Any, control: Any) -> None:
    change = {"priority": "Low", "status": "Done", "labels": ["x"], "comment": {"body": "fixed", "public": True}}
    done = control("POST", "act", {"vendor": "jira", "ticket": "OPS-1", "user": agent.name, "change": change})
    assert done.status_code == 204
    fields = api.fields("OPS-1", "priority", "status", "labels", "comment", "resolution")
    assert (fields["priority"]["name"], fields["status"]["name"], fields["labels"]) == ("Low", "Done", ["x"])
    assert fields["comment"]["comments"][0]["author"]["displayName"] == "Anna Agent"
    refused = control("POST", "act", {"vendor": "jira", "ticket": "OPS-1", "user": agent.name, "change": {"x": 1}})
    assert refused.status_code == 400
