"""Comments, links, properties and steps of the emulated Jira."""

from __future__ import annotations

from typing import Any

import pytest

INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
BLOCKS = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}}


def test_a_comment_in_a_service_project_is_public_unless_marked(api: Any, request_of_customer: Any) -> None:
    for properties, public in (([], True), (INTERNAL, False)):
        answer = api("POST", "issue/SUP-1/comment", {"body": "hello", "properties": properties})
        assert (answer.status_code, answer.json()["jsdPublic"]) == (201, public)


def test_a_customer_sees_no_internal_comment(api: Any, request_of_customer: Any, customer: Any, site: Any) -> None:
    api("POST", "issue/SUP-1/comment", {"body": "secret", "properties": INTERNAL})
    api("POST", "issue/SUP-1/comment", {"body": "hello"})
    site.tokens["carla-token"] = customer.account_id
    api.auth = (customer.email, "carla-token")
    assert [row["body"] for row in api("GET", "issue/SUP-1/comment").json()["comments"]] == ["hello"]


def test_an_update_without_properties_keeps_them_and_with_an_empty_list_leaks(
    api: Any, request_of_customer: Any
) -> None:
    made = api("POST", "issue/SUP-1/comment", {"body": "secret", "properties": INTERNAL}).json()
    place = f"issue/SUP-1/comment/{made['id']}"
    assert api("PUT", place, {"body": "still secret"}).json()["jsdPublic"] is False
    assert api("PUT", place, {"body": "oops", "properties": []}).json()["jsdPublic"] is True


def test_a_marker_is_found_again_in_the_list_and_by_key(api: Any, issue: Any) -> None:
    marker = [{"key": "esc", "value": {"op": "42"}}]
    made = api("POST", "issue/OPS-1/comment", {"body": "hello", "properties": marker}).json()
    api("POST", "issue/OPS-1/comment", {"body": "later"})
    listed = api("GET", "issue/OPS-1/comment", orderBy="-created", expand="properties").json()["comments"]
    assert [row["body"] for row in listed] == ["later", "hello"]
    assert listed[1]["properties"] == marker
    assert api("GET", f"comment/{made['id']}/properties/esc").json()["value"] == {"op": "42"}
    assert "properties" not in api("GET", "issue/OPS-1/comment").json()["comments"][0]


@pytest.mark.parametrize(("length", "status"), [(32_767, 201), (32_768, 400)])
def test_the_longest_comment(api: Any, issue: Any, length: int, status: int) -> None:
    assert api("POST", "issue/OPS-1/comment", {"body": "x" * length}).status_code == status


def test_an_empty_comment_is_refused(api: Any, issue: Any) -> None:
    assert api("POST", "issue/OPS-1/comment", {"body": "  "}).status_code == 400


def test_the_limit_of_an_issue_is_a_413(api: Any, issue: Any, site: Any) -> None:
    site.comment_limit = 1
    assert api("POST", "issue/OPS-1/comment", {"body": "one"}).status_code == 201
    assert api("POST", "issue/OPS-1/comment", {"body": "two"}).status_code == 413


def test_a_comment_updates_the_issue_but_not_its_changelog(api: Any, issue: Any, world: Any) -> None:
    world.clock.advance(3600)
    api("POST", "issue/OPS-1/comment", {"body": "hello"})
    assert api.fields("OPS-1", "updated")["updated"] == "2026-03-04T10:00:00.000+0100"
    assert api("GET", "issue/OPS-1/changelog").json()["total"] == 0


def test_the_comment_field_is_cut_but_the_endpoint_is_complete(api: Any, issue: Any, site: Any) -> None:
    for number in range(30):
        site.add_comment(issue, site.bot, f"c{number}")
    field = api.fields("OPS-1", "comment")["comment"]
    assert (len(field["comments"]), field["total"]) == (20, 30)
    page = api("GET", "issue/OPS-1/comment", startAt=25, maxResults=10).json()
    assert [row["body"] for row in page["comments"]] == [f"c{number}" for number in range(25, 30)]


def test_the_same_comment_is_text_and_document(api: Any, v3: Any, issue: Any) -> None:
    text = "h2. Title\n\nfirst line\nsecond *bold*\n\n* a\n* b\n\n{code}\nx = 1\n{code}"
    made = api("POST", "issue/OPS-1/comment", {"body": text}).json()
    document = v3("GET", f"issue/OPS-1/comment/{made['id']}").json()["body"]
    assert [node["type"] for node in document["content"]] == ["heading", "paragraph", "bulletList", "codeBlock"]
    again = v3("POST", "issue/OPS-1/comment", {"body": document}).json()
    assert api("GET", f"issue/OPS-1/comment/{again['id']}").json()["body"] == text


def test_comments_are_read_by_id_in_bulk(api: Any, issue: Any, request_of_customer: Any) -> None:
    ids = [int(api("POST", f"issue/{key}/comment", {"body": key}).json()["id"]) for key in ("OPS-1", "SUP-1")]
    answer = api("POST", "comment/list", {"ids": [*ids, 1]}).json()
    assert [row["body"] for row in answer["values"]] == ["OPS-1", "SUP-1"]


def test_the_issue_named_inward_is_the_one_that_blocks(api: Any, issue: Any, site: Any, ops: Any) -> None:
    site.add_issue(ops, "Two")
    answer = api("POST", "issueLink", BLOCKS)
    assert (answer.status_code, answer.content) == (201, b"")
    (near,) = api.fields("OPS-1", "issuelinks")["issuelinks"]
    assert (near["type"]["outward"], near["outwardIssue"]["key"], "inwardIssue" in near) == ("blocks", "OPS-2", False)
    (far,) = api.fields("OPS-2", "issuelinks")["issuelinks"]
    assert (far["type"]["inward"], far["inwardIssue"]["key"]) == ("is blocked by", "OPS-1")


def test_the_same_link_again_succeeds_and_adds_nothing(api: Any, issue: Any, site: Any, ops: Any) -> None:
    site.add_issue(ops, "Two")
    assert [api("POST", "issueLink", BLOCKS).status_code for _ in range(2)] == [201, 201]
    (link,) = api.fields("OPS-1", "issuelinks")["issuelinks"]
    assert api("DELETE", f"issueLink/{link['id']}").status_code == 204
    assert api.fields("OPS-2", "issuelinks")["issuelinks"] == []


@pytest.mark.parametrize("change", [{"type": {"name": "Nope"}}, {"inwardIssue": {"key": "OPS-99"}}])
def test_a_link_to_nowhere_is_a_404(api: Any, issue: Any, site: Any, ops: Any, change: dict[str, Any]) -> None:
    site.add_issue(ops, "Two")
    assert api("POST", "issueLink", BLOCKS | change).status_code == 404


def test_a_remote_link_with_the_same_global_id_is_replaced(api: Any, issue: Any) -> None:
    link = {"globalId": "zd=1", "relationship": "caused by", "object": {"url": "https://x.example", "title": "T"}}
    first = api("POST", "issue/OPS-1/remotelink", link)
    second = api("POST", "issue/OPS-1/remotelink", {key: link[key] for key in ("globalId", "object")})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    (kept,) = api("GET", "issue/OPS-1/remotelink").json()
    assert "relationship" not in kept
    assert api("DELETE", "issue/OPS-1/remotelink", globalId="zd=1").status_code == 204
    assert api("GET", "issue/OPS-1/remotelink").json() == []


def test_a_remote_link_without_global_id_is_added_each_time(api: Any, issue: Any) -> None:
    for _ in range(2):
        api("POST", "issue/OPS-1/remotelink", {"object": {"url": "https://x.example", "title": "T"}})
    assert len(api("GET", "issue/OPS-1/remotelink").json()) == 2


def test_a_property_is_made_replaced_and_removed(api: Any, issue: Any) -> None:
    place = "issue/OPS-1/properties/esc"
    assert [api("PUT", place, {"n": n}).status_code for n in (1, 2)] == [201, 200]
    assert api("GET", place).json() == {"key": "esc", "value": {"n": 2}}
    assert [api("DELETE", place).status_code for _ in range(2)] == [204, 404]
    assert api("PUT", place, "x" * 32_768).status_code == 400


def test_a_step_is_taken_by_its_id_once(api: Any, issue: Any) -> None:
    steps = api("GET", "issue/OPS-1/transitions").json()["transitions"]
    done = next(step for step in steps if step["to"]["statusCategory"]["key"] == "done")
    assert api("POST", "issue/OPS-1/transitions", {"transition": {"id": int(done["id"])}}).status_code == 204
    fields = api.fields("OPS-1", "status", "resolution", "resolutiondate")
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Done", "Done")
    assert fields["resolutiondate"] == "2026-03-04T09:00:00.000+0100"


def test_a_step_that_is_not_open_is_refused_and_one_may_demand_a_field(api: Any, request_of_customer: Any) -> None:
    closed = api("POST", "issue/SUP-1/transitions", {"transition": {"id": "781"}})
    assert closed.json()["errorMessages"] == ["Transition id '781' is not valid for this issue."]
    bare = {"transition": {"id": "761"}}
    assert api("POST", "issue/SUP-1/transitions", bare).json()["errors"].keys() == {"resolution"}
    full = bare | {"fields": {"resolution": {"name": "Done"}}, "update": {"comment": [{"add": {"body": "fixed"}}]}}
    assert api("POST", "issue/SUP-1/transitions", full).status_code == 204
    assert api("GET", "issue/SUP-1/comment").json()["comments"][0]["body"] == "fixed"


def test_of_two_simultaneous_steps_one_gets_409(api: Any, issue: Any, control: Any) -> None:
    control("POST", "faults", [{"kind": "edit_conflict", "match": {"path_regex": "transitions$"}}])
    step = {"transition": {"id": "31"}}
    assert [api("POST", "issue/OPS-1/transitions", step).status_code for _ in range(2)] == [409, 204]


def test_without_permission_there_is_no_step(api: Any, issue: Any, ops: Any, site: Any) -> None:
    ops.revoked[site.bot.account_id] = {"TRANSITION_ISSUES"}
    assert api("GET", "issue/OPS-1/transitions").json()["transitions"] == []


def test_a_watcher_is_a_bare_string(api: Any, issue: Any, agent: Any) -> None:
    for _ in range(2):
        assert api("POST", "issue/OPS-1/watchers", agent.account_id).status_code == 204
    watchers = api("GET", "issue/OPS-1/watchers").json()
    assert (watchers["watchCount"], watchers["watchers"][0]["displayName"]) == (1, "Anna Agent")
    assert "emailAddress" not in watchers["watchers"][0]
