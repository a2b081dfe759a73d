"""The exact requests that go to Jira, and what its odd answers lead to, with the wire stubbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import responses

from connectors.errors import ConnectorError, ErrorKind
from connectors.jira.helpdesk import JiraHelpdesk
from connectors.jira.settings import read_settings
from rules.change import AddTags, OpenLinked, PostComment, SetField
from rules.ticket import StatusCategory, Ticket, TicketRef

URL = "https://acme.example"
API = f"{URL}/rest/api/2"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHY = {"because": "it is overdue", "rule": "overdue"}
SECRET = "s3cret-value"
TICKET = Ticket(
    ref=TicketRef("jira", "35"),
    key="OPS-1",
    url=f"{URL}/browse/OPS-1",
    subject="Down",
    status=StatusCategory.OPEN,
    status_name="Open",
    priority=None,
    created_at=NOW,
    updated_at=NOW,
    version="v1",
)
FIELDS = [
    {"id": "customfield_1", "name": "Impact", "schema": {"type": "option", "custom": "x:select"}},
    {"id": "customfield_2", "name": "Hours", "schema": {"type": "number", "custom": "x:float"}},
    {"id": "customfield_3", "name": "Owner", "schema": {"type": "user", "custom": "x:userpicker"}},
    {"id": "customfield_4", "name": "Areas", "schema": {"type": "array", "items": "option", "custom": "x:multi"}},
    {"id": "customfield_5", "name": "Site", "schema": {"type": "option-with-child", "custom": "x:cascading"}},
    {"id": "customfield_6", "name": "Words", "schema": {"type": "array", "items": "string", "custom": "x:labels"}},
    {"id": "customfield_7", "name": "Note", "schema": {"type": "string", "custom": "x:textfield"}},
]


class Secrets:
    def get(self, env: str, *, file: Path | None = None) -> str:
        return SECRET


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{API}/serverInfo", json={"deploymentType": "Cloud", "versionNumbers": [1001, 0, 0]})
        mock.get(f"{API}/myself", json={"accountId": "bot", "displayName": "Escalade"})
        mock.get(f"{API}/field", json=FIELDS)
        yield mock


@pytest.fixture
def jira() -> JiraHelpdesk:
    fields = {field["name"].lower(): field["name"] for field in FIELDS}
    options = {"url": URL, "auth": {"email": "bot@x", "token_env": "T"}, "projects": ["OPS"], "fields": fields}
    return JiraHelpdesk("jira", read_settings(options), Secrets(), sleep=lambda _seconds: None)


def sent(wire: responses.RequestsMock, method: str, path: str) -> list[Any]:
    calls = [call.request for call in wire.calls if call.request.method == method]
    return [json.loads(call.body or "null") for call in calls if (call.url or "").split("?")[0] == f"{API}{path}"]


def apply(jira: JiraHelpdesk, *changes: Any) -> Any:
    (write,) = jira.sink.batch(TICKET, changes)
    return jira.sink.apply(write, "op-1")


def row(number: int, category: str = "new", **fields: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "key": f"OPS-{number}",
        "fields": {
            "status": {"name": category.title(), "statusCategory": {"key": category}},
            "project": {"id": "10", "key": "OPS"},
            "issuetype": {"name": "Task"},
            "created": f"2026-03-01T09:00:{number:02d}.000+0000",
            "updated": f"2026-03-01T09:00:{number:02d}.000+0000",
            **fields,
        },
    }


@pytest.mark.trap("jira-search-removed")
@pytest.mark.trap("jira-search-fields")
def test_cloud_is_searched_at_its_present_address_with_fields_by_name(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [], "isLast": True})
    assert [page.tickets for page in jira.source.poll("issues", None, NOW)] == [()]
    (asked,) = sent(wire, "POST", "/search/jql")
    assert asked["jql"] == 'project in ("OPS") ORDER BY updated ASC, key ASC'
    assert {"updated", "comment", "labels", "customfield_1"} <= set(asked["fields"])
    assert "*all" not in asked["fields"]


@pytest.mark.trap("jira-jql-time-zone")
def test_a_later_poll_asks_in_milliseconds_since_the_epoch(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [row(1)], "isLast": True})
    (page,) = jira.source.poll("issues", None, NOW)
    list(jira.source.poll("issues", page.checkpoint, NOW))
    start = int(datetime(2026, 3, 1, 8, 55, 1, tzinfo=UTC).timestamp() * 1000)
    assert f"updated >= {start} ORDER BY" in sent(wire, "POST", "/search/jql")[1]["jql"]


@pytest.mark.trap("jira-token-paging")
@pytest.mark.parametrize(
    "last",
    [{"isLast": True, "nextPageToken": "t2"}, {"isLast": False}, {}, {"nextPageToken": ""}, {"nextPageToken": "t1"}],
)
def test_paging_ends_at_the_last_page_a_missing_token_or_one_that_comes_back(
    wire: Any, jira: JiraHelpdesk, last: dict[str, Any]
) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [row(1)], "nextPageToken": "t1", "isLast": False})
    wire.post(f"{API}/search/jql", json={"issues": [row(2)], **last})
    pages = list(jira.source.poll("issues", None, NOW))
    assert [ticket.key for page in pages for ticket in page.tickets] == ["OPS-1", "OPS-2"]
    assert sent(wire, "POST", "/search/jql")[1]["nextPageToken"] == "t1"


@pytest.mark.trap("jira-token-paging")
def test_an_empty_page_with_ever_new_tokens_ends_the_poll(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [], "nextPageToken": "t1"})
    assert len(list(jira.source.poll("issues", None, NOW))) == 1


def test_an_unknown_status_is_reported_and_hides_no_other_ticket(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [row(1, "undefined"), row(2)], "isLast": True})
    (page,) = jira.source.poll("issues", None, NOW)
    assert [ticket.key for ticket in page.tickets] == ["OPS-2"]
    assert "`statuses`" in page.unreadable["1"]


def test_a_row_of_an_unknown_shape_is_reported_and_hides_no_other_ticket(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [row(1, updated=5), row(2)], "isLast": True})
    (page,) = jira.source.poll("issues", None, NOW)
    assert [ticket.key for ticket in page.tickets] == ["OPS-2"]
    assert set(page.unreadable) == {"1"}


def test_a_fresh_read_of_a_ticket_that_does_not_decode_never_passes_for_deleted(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/issue/bulkfetch", json={"issues": [row(1, updated=5)]})
    with pytest.raises(ConnectorError) as caught:
        jira.source.read([TicketRef("jira", "1")])
    assert caught.value.kind is ErrorKind.PROTOCOL


def test_a_fresh_read_of_an_unknown_status_leaves_that_ticket_alone_and_costs_no_other(
    wire: Any, jira: JiraHelpdesk
) -> None:
    wire.post(f"{API}/issue/bulkfetch", json={"issues": [row(1, "undefined", comment={}), row(2, comment={})]})
    odd, fine = jira.source.read([TicketRef("jira", "1"), TicketRef("jira", "2")]).values()
    assert odd is not None
    assert fine is not None
    assert "`statuses`" in str(odd.frozen_because)
    assert fine.frozen_because is None


def test_a_time_that_cannot_be_read_is_reported_and_hides_no_other_ticket(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", json={"issues": [row(1), row(2, updated="soon")], "isLast": True})
    (page,) = jira.source.poll("issues", None, NOW)
    assert [ticket.key for ticket in page.tickets] == ["OPS-1"]
    assert "time" in page.unreadable["2"]


@pytest.mark.trap("jira-field-schemas")
@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("impact", "Big", {"value": "Big"}),
        ("hours", "2.5", 2.5),
        ("hours", 3, 3),
        ("owner", "a-1", {"accountId": "a-1"}),
        ("areas", "one, two", [{"value": "one"}, {"value": "two"}]),
        ("site", "EU - Berlin", {"value": "EU", "child": {"value": "Berlin"}}),
        ("words", "a, b", ["a", "b"]),
        ("note", 5, "5"),
        ("impact", None, None),
    ],
)
def test_a_field_is_written_the_way_its_schema_asks(
    wire: Any, jira: JiraHelpdesk, field: str, value: Any, written: Any
) -> None:
    wire.put(f"{API}/issue/35", status=204)
    apply(jira, SetField(on=TICKET.ref, field=field, value=value, was=None, **WHY))
    (body,) = sent(wire, "PUT", "/issue/35")
    assert list(body["fields"].values()) == [written]


def test_an_edit_is_labels_as_deltas_fields_and_the_marker(wire: Any, jira: JiraHelpdesk) -> None:
    wire.put(f"{API}/issue/35", status=204)
    changes = [
        AddTags(on=TICKET.ref, tags=("a",), **WHY),
        SetField(on=TICKET.ref, field="note", value="x", was=None, **WHY),
    ]
    apply(jira, *changes)
    assert sent(wire, "PUT", "/issue/35") == [
        {
            "fields": {"customfield_7": "x"},
            "update": {"labels": [{"add": "a"}]},
            "properties": [{"key": "escalade", "value": {"op": "op-1"}}],
        }
    ]


@pytest.mark.trap("jira-400-rejects-whole-edit")
def test_only_the_refused_field_is_dropped_and_only_once(wire: Any, jira: JiraHelpdesk) -> None:
    refusal = {"errorMessages": [], "errors": {"customfield_7": "cannot be set"}}
    wire.put(f"{API}/issue/35", status=400, json=refusal)
    wire.put(f"{API}/issue/35", status=400, json={"errorMessages": [], "errors": {"labels": "no"}})
    with pytest.raises(ConnectorError) as caught:
        apply(
            jira,
            AddTags(on=TICKET.ref, tags=("a",), **WHY),
            SetField(on=TICKET.ref, field="note", value="x", was=None, **WHY),
        )
    assert caught.value.fields == {"labels": "no"}
    bodies = sent(wire, "PUT", "/issue/35")
    assert [set(body["fields"]) for body in bodies] == [{"customfield_7"}, set()]


def test_an_edit_refused_for_a_field_that_we_did_not_send_is_not_repeated(wire: Any, jira: JiraHelpdesk) -> None:
    wire.put(f"{API}/issue/35", status=400, json={"errors": {"customfield_99": "is required"}})
    with pytest.raises(ConnectorError, match="is required"):
        apply(jira, AddTags(on=TICKET.ref, tags=("a",), **WHY))
    assert len(sent(wire, "PUT", "/issue/35")) == 1


@pytest.mark.trap("jira-comments-public-by-default")
def test_an_internal_note_that_jira_will_not_keep_internal_is_not_posted_at_all(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/issue/35/comment", status=400, json={"errors": {"properties": "not allowed"}})
    with pytest.raises(ConnectorError) as caught:
        apply(jira, PostComment(on=TICKET.ref, key="k", body="internal", **WHY))
    assert caught.value.kind is ErrorKind.REJECTED
    (body,) = sent(wire, "POST", "/issue/35/comment")
    assert {"key": "sd.public.comment", "value": {"internal": True}} in body["properties"]


def test_a_required_field_of_a_new_ticket_is_named_and_nothing_is_dropped(wire: Any, jira: JiraHelpdesk) -> None:
    wire.get(f"{API}/project/OPS", json={"id": "10", "key": "OPS", "issueTypes": [{"id": "3", "name": "Task"}]})
    wire.post(f"{API}/issue", status=400, json={"errors": {"customfield_9": "Root cause is required."}})
    with pytest.raises(ConnectorError, match="Root cause is required") as caught:
        apply(
            jira,
            OpenLinked(
                on=TICKET.ref, key="o", helpdesk="jira", project="OPS", type="Task", subject="s", body="b", **WHY
            ),
        )
    assert caught.value.fields == {"customfield_9": "Root cause is required."}
    assert len(sent(wire, "POST", "/issue")) == 1


@pytest.mark.parametrize(
    ("status", "kind", "ambiguous"),
    [
        (401, ErrorKind.AUTH, False),
        (403, ErrorKind.AUTH, False),
        (404, ErrorKind.GONE, False),
        (409, ErrorKind.CONFLICT, False),
        (413, ErrorKind.REJECTED, False),
        (422, ErrorKind.REJECTED, False),
        (429, ErrorKind.RATE_LIMITED, False),
        (500, ErrorKind.RETRY, True),
        (503, ErrorKind.RETRY, True),
    ],
)
def test_every_refusal_of_a_write_is_told_by_what_to_do_about_it(
    wire: Any, jira: JiraHelpdesk, status: int, kind: ErrorKind, ambiguous: bool
) -> None:
    wire.put(f"{API}/issue/35", status=status, json={"errorMessages": ["no"], "errors": {}})
    with pytest.raises(ConnectorError) as caught:
        apply(jira, AddTags(on=TICKET.ref, tags=("a",), **WHY))
    assert (caught.value.kind, caught.value.ambiguous, caught.value.status) == (kind, ambiguous, status)
    assert len(sent(wire, "PUT", "/issue/35")) == 1


def test_a_creation_whose_answer_is_cut_off_is_in_doubt(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/issue/35/comment", status=201, body='{"id":"7","bo')
    with pytest.raises(ConnectorError) as caught:
        apply(jira, PostComment(on=TICKET.ref, key="k", body="x", **WHY))
    assert (caught.value.kind, caught.value.ambiguous) == (ErrorKind.PROTOCOL, True)


def test_a_login_page_in_place_of_jira_is_told_without_quoting_it(wire: Any, jira: JiraHelpdesk) -> None:
    wire.post(f"{API}/search/jql", body="<html>customer words</html>", content_type="text/html")
    with pytest.raises(ConnectorError, match="url in the settings") as caught:
        list(jira.source.poll("issues", None, NOW))
    assert caught.value.kind is ErrorKind.PROTOCOL
    assert "customer words" not in str(caught.value)


@pytest.mark.trap("jira-library-errors")
def test_a_failed_look_up_by_the_library_shows_neither_its_answer_nor_the_secret(jira: JiraHelpdesk) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{API}/myself", json={"accountId": "bot"})
        wire.get(f"{API}/serverInfo", status=403, body="customer words")
        with pytest.raises(ConnectorError) as caught:
            jira.vocabulary()
    assert caught.value.kind is ErrorKind.AUTH
    assert "customer words" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.trap("jira-library-retries")
def test_the_library_repeats_nothing_by_itself(jira: JiraHelpdesk) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{API}/myself", json={"accountId": "bot"})
        wire.get(f"{API}/serverInfo", json={"deploymentType": "Cloud", "versionNumbers": [1001, 0, 0]})
        wire.get(f"{API}/field", status=429, headers={"Retry-After": "1"})
        with pytest.raises(ConnectorError) as caught:
            jira.vocabulary()
        assert caught.value.kind is ErrorKind.RATE_LIMITED
        assert len([call for call in wire.calls if call.request.url == f"{API}/field"]) == 1


def test_a_look_up_that_finds_nobody_at_the_address_is_told(jira: JiraHelpdesk) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{API}/myself", json={"accountId": "bot"})
        with pytest.raises(ConnectorError) as caught:
            jira.vocabulary()
    assert caught.value.kind in {ErrorKind.RETRY, ErrorKind.UNREACHABLE}


def test_a_user_without_an_id_is_nobody(jira: JiraHelpdesk) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{API}/myself", json={"displayName": "Anonymous"})
        with pytest.raises(ConnectorError, match="does not know who we are") as caught:
            jira.identity()
    assert caught.value.kind is ErrorKind.AUTH
