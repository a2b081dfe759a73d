"""The requests that go to Zendesk, to the letter, and answers that only the real one gives."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.base import Helpdesk
from connectors.errors import ConnectorError
from connectors.zendesk import open_helpdesk
from connectors.zendesk.client import ZendeskClient
from rules.change import AddTags, PostComment, SetField, SetPriority
from rules.ticket import Priority, StatusCategory, TicketRef

BASE = "https://acme.zendesk.com"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CURSOR = f"{BASE}/api/v2/incremental/tickets/cursor"
EVENTS = f"{BASE}/api/v2/incremental/ticket_events"
WHY = {"because": "the account waits", "rule": "tier-2"}
FIELDS = {"ticket_fields": [{"id": 24, "title": "Severity", "type": "tagger"}], "next_page": None, "count": 1}
ROW = {
    "id": 35,
    "status": "open",
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-02T08:00:00Z",
    "generated_timestamp": 1772438400,
    "tags": ["printer"],
    "requester_id": 7,
}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """The account's answers, with its metadata."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{BASE}/api/v2/users/me", json={"user": {"id": 1, "name": "Bot", "role": "admin"}})
        mock.get(f"{BASE}/api/v2/groups.json", json={"groups": [], "next_page": None, "count": 0})
        mock.get(f"{BASE}/api/v2/ticket_fields.json", json=FIELDS)
        mock.get(f"{BASE}/api/v2/users.json", json={"users": [], "next_page": None, "count": 0})
        yield mock


@pytest.fixture
def acme(web: Any, fixed_secrets: Any) -> Iterator[Helpdesk]:
    """A helpdesk on those answers."""
    block = {
        "subdomain": "acme",
        "auth": {"email": "bot@acme.example", "token_env": "TOKEN"},
        "page_size": 3,
        "support_type_scope": "all",
        "fields": {"severity": 24},
    }
    helpdesk = open_helpdesk("zendesk", block, fixed_secrets(TOKEN="x"))
    yield helpdesk
    helpdesk.close()


def asked(web: Any, address: str) -> list[dict[str, str]]:
    calls = [call.request.url for call in web.calls if call.request.url.partition("?")[0] == address]
    return [{name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} for url in calls]


@pytest.mark.trap("zendesk-support-type-scope")
def test_the_export_is_asked_for_by_start_once_and_by_cursor_ever_after(web: Any, acme: Any) -> None:
    page = {"tickets": [ROW], "organizations": [], "after_url": "https://evil.example/next"}
    web.get(CURSOR, json=page | {"after_cursor": "MTc3||MzU=", "end_of_stream": False})
    web.get(CURSOR, json=page | {"after_cursor": "MTc4+/==", "end_of_stream": True})
    pages = list(acme.source.poll("tickets", None, NOW))
    always = {"per_page": "3", "include": "organizations", "support_type_scope": "all"}
    assert asked(web, CURSOR) == [always | {"start_time": "0"}, always | {"cursor": "MTc3||MzU="}]
    assert pages[-1].checkpoint == "1772438400|MTc4+/=="


@pytest.mark.trap("zendesk-cursor-encoding")
def test_a_cursor_is_encoded_so_that_it_can_smuggle_nothing(web: Any, acme: Any) -> None:
    web.get(CURSOR, json={"tickets": [], "after_cursor": "a+b/=&role=admin", "end_of_stream": True})
    list(acme.source.poll("tickets", "1|a+b/=&role=admin", NOW))
    assert asked(web, CURSOR)[0]["cursor"] == "a+b/=&role=admin"
    assert "role" not in asked(web, CURSOR)[0]


def test_an_export_that_never_had_a_ticket_begins_again_next_time(web: Any, acme: Any) -> None:
    web.get(CURSOR, json={"tickets": [], "after_cursor": None, "end_of_stream": True})
    [page] = acme.source.poll("tickets", None, NOW)
    assert page.checkpoint == "0|"
    list(acme.source.poll("tickets", page.checkpoint, NOW))
    assert asked(web, CURSOR)[1]["start_time"] == "0"


def event(number: int, at: int) -> dict[str, Any]:
    comment = {"id": 1000 + number, "event_type": "Comment", "author_id": 9, "public": True, "via": "Mail"}
    return {"id": number, "ticket_id": 35, "timestamp": at, "updater_id": 9, "child_events": [comment]}


@pytest.mark.trap("zendesk-events-same-second")
def test_a_second_with_more_events_than_a_page_does_not_hold_the_stream_for_ever(web: Any, acme: Any) -> None:
    at = 1772438400
    full = {"ticket_events": [event(number, at) for number in range(3)], "end_time": at, "end_of_stream": False}
    rest = {"ticket_events": [event(7, at + 5)], "end_time": at + 5, "end_of_stream": True}
    web.add_callback(
        responses.GET,
        EVENTS,
        callback=lambda request: (
            200,
            {},
            json.dumps(rest if int(parse_qs(urlsplit(request.url).query)["start_time"][0]) > at else full),
        ),
    )
    pages = list(acme.source.poll("ticket_events", str(at), NOW))
    assert [seen.comment.id for page in pages for seen in page.comments] == ["1000", "1001", "1002", "1007"]
    assert [query["start_time"] for query in asked(web, EVENTS)] == [str(at), str(at + 1)]


@pytest.mark.trap("zendesk-one-minute-rule")
def test_events_of_the_last_minute_are_not_asked_for(web: Any, acme: Any) -> None:
    recent = str(int(NOW.timestamp()) - 60)
    assert list(acme.source.poll("ticket_events", recent, NOW)) == []
    assert asked(web, EVENTS) == []


def test_events_without_comments_and_of_unknown_kinds_are_passed_over(web: Any, acme: Any) -> None:
    odd = event(1, 1772438400) | {"child_events": [{"id": 5, "event_type": "Dream", "via": {"channel": 3}}]}
    bare = {"id": 2, "ticket_id": 35, "timestamp": 1772438400}
    web.get(EVENTS, json={"ticket_events": [odd, bare], "end_time": 1772438400, "count": 2})
    [page] = acme.source.poll("ticket_events", None, NOW)
    assert page.comments == ()


def test_an_update_is_one_put_to_the_letter(web: Any, acme: Any) -> None:
    ref = TicketRef("zendesk", "35")
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW]})
    web.get(f"{BASE}/api/v2/tickets/35/comments", json={"comments": [], "meta": {"has_more": False}})
    web.put(f"{BASE}/api/v2/tickets/35", json={"ticket": ROW | {"updated_at": "2026-03-02T09:00:01Z"}, "audit": {}})
    ticket = acme.source.read([ref])[ref]
    changes = [
        AddTags(on=ref, tags=("esc_t2",), **WHY),
        SetPriority(on=ref, priority=Priority.HIGH, was=None, **WHY),
        PostComment(on=ref, key="raised", body="Raised & told.", **WHY),
    ]
    [write] = acme.sink.batch(ticket, changes)
    assert acme.sink.apply(write, "op-1").version == "2026-03-02T09:00:01Z"
    assert json.loads(web.calls[-1].request.body) == {
        "ticket": {
            "tags": ["esc_t2", "printer"],
            "priority": "high",
            "comment": {"html_body": "<p>Raised &amp; told.</p>", "public": False},
            "metadata": {"escalade": {"op": "op-1", "keys": ["raised"]}},
            "safe_update": True,
            "updated_stamp": "2026-03-02T08:00:00Z",
        }
    }


@pytest.mark.trap("zendesk-audit-order")
def test_a_history_that_is_not_sorted_as_asked_is_read_to_its_end(web: Any, acme: Any) -> None:
    audits = f"{BASE}/api/v2/tickets/35/audits"
    old = [{"id": n, "created_at": f"2026-01-0{n}T00:00:00Z"} for n in (1, 2)]
    ours = {"id": 3, "created_at": "2026-03-02T08:59:00Z", "metadata": {"custom": {"escalade": {"op": "op-1"}}}}
    web.get(audits, json={"audits": old, "meta": {"has_more": True, "after_cursor": "next"}})
    web.get(audits, json={"audits": [ours], "meta": {"has_more": False}})
    ref = TicketRef("zendesk", "35")
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW]})
    web.get(f"{BASE}/api/v2/tickets/35/comments", json={"comments": []})
    [write] = acme.sink.batch(acme.source.read([ref])[ref], [AddTags(on=ref, tags=("esc_t2",), **WHY)])
    assert acme.sink.find(write, "op-1", NOW) is not None


@pytest.mark.trap("zendesk-repeated-cursor")
def test_a_list_that_goes_on_where_it_was_is_not_read_for_ever(web: Any, acme: Any) -> None:
    ref = TicketRef("zendesk", "35")
    more = {"has_more": True, "after_cursor": "same"}
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW]})
    web.get(f"{BASE}/api/v2/tickets/35/comments", json={"comments": [], "meta": more})
    web.get(CURSOR, json={"tickets": [ROW], "after_cursor": "same", "end_of_stream": False})
    with pytest.raises(ConnectorError, match="again and again"):
        acme.source.read([ref])
    assert len(list(acme.source.poll("tickets", None, NOW))) == 2


@pytest.mark.trap("zendesk-deleted-rows")
def test_a_deleted_ticket_that_is_still_listed_reads_as_none(web: Any, acme: Any) -> None:
    ref = TicketRef("zendesk", "35")
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW | {"status": "deleted", "subject": "SCRUBBED"}]})
    web.get(f"{BASE}/api/v2/tickets/35/comments", json={"comments": []})
    assert acme.source.read([ref]) == {ref: None}


def test_a_ticket_of_unknown_status_reads_as_open_and_left_alone_and_not_as_gone(web: Any, acme: Any) -> None:
    rows = [ROW | {"status": "dreaming"}, ROW | {"id": 36}]
    refs = [TicketRef("zendesk", "35"), TicketRef("zendesk", "36")]
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": rows})
    for number in (35, 36):
        web.get(f"{BASE}/api/v2/tickets/{number}/comments", json={"comments": []})
    odd, good = acme.source.read(refs).values()
    assert (odd.status, odd.status_name) == (StatusCategory.OPEN, "dreaming")
    assert "unknown status 'dreaming'" in odd.frozen_because
    assert good.frozen_because is None


@pytest.mark.trap("zendesk-dropdown-tags")
@pytest.mark.parametrize(
    ("kind", "was", "value", "sent", "expected"),
    [
        ("tagger", "sev_minor", "sev_major", "sev_major", ["esc_t2", "printer", "sev_major"]),
        ("tagger", "sev_minor", None, None, ["esc_t2", "printer"]),
        ("multiselect", "sev_minor,x", "x,y", ["x", "y"], ["esc_t2", "printer", "x", "y"]),
        ("checkbox", False, True, True, ["esc_t2", "printer", "sev_minor", "ticked"]),
        ("text", "sev_minor", "words", "words", ["esc_t2", "printer", "sev_minor"]),
    ],
)
def test_tags_sent_with_a_field_agree_with_its_new_value(
    web: Any, acme: Any, *, kind: str, was: Any, value: Any, sent: Any, expected: list[str]
) -> None:
    ref = TicketRef("zendesk", "35")
    field = {"id": 24, "title": "Severity", "type": kind, "tag": "ticked"}
    web.upsert(responses.GET, f"{BASE}/api/v2/ticket_fields.json", json=FIELDS | {"ticket_fields": [field]})
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW | {"tags": ["printer", "sev_minor"]}]})
    web.get(f"{BASE}/api/v2/tickets/35/comments", json={"comments": []})
    web.put(f"{BASE}/api/v2/tickets/35", json={"ticket": ROW})
    change = SetField(on=ref, field="severity", value=value, was=was, **WHY)
    ticket = acme.source.read([ref])[ref]
    [write] = acme.sink.batch(ticket, [AddTags(on=ref, tags=("esc_t2",), **WHY), change])
    acme.sink.apply(write, "op-1")
    body = json.loads(web.calls[-1].request.body)["ticket"]
    assert body["custom_fields"] == [{"id": 24, "value": sent}]
    assert body["tags"] == expected


def recorded() -> Path:
    shared = Path(os.environ.get("ESCALADE_SHARED", Path(__file__).parents[2].parent / "shared"))
    folder = shared / "material" / "recorded"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}; set ESCALADE_SHARED")
    return folder


def answer(name: str) -> Any:
    return json.loads((recorded() / "go-zendesk" / name).read_text("utf-8"))


def recorded_tickets() -> list[Any]:
    with gzip.open(recorded() / "zendesk-recorded.jsonl.gz", "rt", encoding="utf-8") as lines:
        bodies = [json.loads(line)["response_body"] for line in lines]
    return [row for body in bodies if isinstance(body, dict) for row in body.get("tickets") or []]


def test_every_recorded_ticket_is_understood(web: Any, acme: Any) -> None:
    rows = recorded_tickets() + answer("GET/ticket_show_many.json")["tickets"]
    assert len(rows) > 20
    web.get(CURSOR, json={"tickets": rows, "after_cursor": "MTc3||MzU=", "end_of_stream": True})
    [page] = acme.source.poll("tickets", None, NOW)
    assert page.unreadable == {}
    assert [(t.key, t.subject, t.status_name) for t in page.tickets] == [
        (str(row["id"]), row["subject"] or "", row["status"]) for row in rows
    ]


def test_recorded_comments_are_understood(web: Any, acme: Any) -> None:
    body = answer("GET/ticket_comments.json")
    web.get(f"{BASE}/api/v2/tickets/35/comments", json=body | {"meta": {"has_more": False}})
    web.get(f"{BASE}/api/v2/tickets/show_many", json={"tickets": [ROW]})
    ref = TicketRef("zendesk", "35")
    found = acme.source.read([ref])[ref].comments
    assert [(one.id, one.public, one.body) for one in found] == [
        (str(row["id"]), row["public"], row["body"]) for row in body["comments"]
    ]


def test_a_recorded_history_is_understood(web: Any, acme: Any) -> None:
    body = answer("GET/ticket_audits.json")
    web.get(f"{BASE}/api/v2/tickets/35/audits", json=body)
    client: ZendeskClient = acme.source._client
    assert [row.id for row in client.audits_page("35", None).audits] == [row["id"] for row in body["audits"]]
