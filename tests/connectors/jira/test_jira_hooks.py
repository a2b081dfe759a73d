"""Jira's webhooks: real bodies name their ticket, and only signed ones are believed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.base import SettingsError
from connectors.events import Event
from connectors.jira import wire
from connectors.jira.hooks import JiraWebhook, open_webhook, verify
from connectors.jira.translate import Lexicon, Translator
from connectors.webhooks import SigningSecret, WebhookForbiddenError, WebhookRefusedError
from rules.ticket import TicketRef

_SHARED = Path(os.environ.get("ESCALADE_SHARED") or Path(__file__).parents[4] / "shared")
_FOLDER = _SHARED / "material" / "webhooks" / "jira"
_VECTORS = _SHARED / "material" / "signatures.json"


def real_bodies() -> list[Path]:
    return sorted(_FOLDER.glob("*.json"))


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OPTIONS = {
    "url": "https://acme.atlassian.net",
    "auth": {"email": "e@acme.example", "token_env": "TOKEN"},
    "projects": ["OPS", "Support"],
}
#: As Jira Cloud and Data Center really send them, except that the projects are of other sites.
ANY_PROJECT = {**OPTIONS, "projects": [], "filter": "created > -9d"}


class Secrets:
    """Has one secret for everything."""

    def __init__(self, text: str = "our secret") -> None:
        self.text = text

    def get(self, env: str, *, file: Path | None = None) -> str:
        return self.text


def webhook(options: Any = OPTIONS, known: str = "our secret", **block: Any) -> JiraWebhook:
    return open_webhook("jira", options, block or {"secret_env": "S"}, Secrets(known))


def heard(body: bytes, hook: JiraWebhook | None = None, *, now: datetime = NOW, **headers: str) -> Event:
    given = {"x-hub-signature": signed(body, "our secret")["x-hub-signature"], **headers}
    return (hook or webhook()).receive(given, body, now)


def of_issue(number: object = "10001", event: str = "jira:issue_updated", **fields: Any) -> bytes:
    return json.dumps({"webhookEvent": event, "issue": {"id": number, "key": "OPS-1", "fields": fields}}).encode()


def refs(*numbers: str) -> tuple[TicketRef, ...]:
    return tuple(TicketRef("jira", number) for number in numbers)


def signed(body: bytes, key: str) -> dict[str, str]:
    return {"x-hub-signature": "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.skipif(not _FOLDER.is_dir(), reason="the reference folder with real webhook bodies is not here")
def test_every_real_body_names_its_ticket_or_says_why_not() -> None:
    bodies = real_bodies()
    assert len(bodies) >= 23
    for path in bodies:
        body = path.read_bytes()
        raw = json.loads(body)
        wanted = raw["issue"]["id"] if "issue" in raw else raw["comment"]["self"].split("/issue/")[1].split("/")[0]
        sent = datetime.fromtimestamp(raw["timestamp"] / 1000, UTC)
        event = heard(body, webhook(ANY_PROJECT), now=sent)
        assert event.tickets == refs(str(wanted)), path.name
        assert not event.odd
        assert event.kind == raw["webhookEvent"]


@pytest.mark.skipif(not _FOLDER.is_dir(), reason="the reference folder with real webhook bodies is not here")
def test_the_issues_inside_real_bodies_become_tickets() -> None:
    lexicon = Lexicon(helpdesk="jira", browse_url="https://acme.example", me="bot")
    decoder = wire.IssueDecoder(lexicon.custom_fields).issue
    whole = [
        raw["issue"] for path in real_bodies() if "updated" in (raw := json.loads(path.read_bytes()))["issue"]["fields"]
    ]
    assert len(whole) >= 10
    for issue in whole:
        ticket = Translator(lexicon).ticket(decoder.decode(msgspec.json.encode(issue)))
        assert ticket.key == issue["key"]
        assert ticket.updated_at >= ticket.created_at


@pytest.mark.trap("jira-dc-comment-hooks")
def test_a_data_center_comment_event_names_its_ticket_by_the_comments_address() -> None:
    body = b'{"webhookEvent":"comment_created","comment":{"self":"https://x/rest/api/2/issue/10040/comment/7"}}'
    assert heard(body).tickets == refs("10040")


@pytest.mark.parametrize("event", ["jira:version_released", "project_updated", "user_created", "sprint_closed"])
def test_an_event_that_is_not_about_an_issue_is_ignored_on_purpose(event: str) -> None:
    told = heard(json.dumps({"webhookEvent": event, "version": {"id": "1"}}).encode())
    assert (told.tickets, told.odd, told.kind, told.why) == ((), False, event, "the event is not about an issue")


@pytest.mark.parametrize("event", ["jira:issue_updated", "comment_created", "worklog_updated", ""])
def test_an_event_that_should_name_an_issue_and_does_not_is_odd(event: str) -> None:
    told = heard(json.dumps({"webhookEvent": event}).encode())
    assert (told.tickets, told.odd) == ((), True)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"issue":{"key":"OPS-1"}}', b"\xff", b"[" * 100_000, b'{"timestamp":1e400}']
)
def test_a_body_that_is_not_jiras_is_odd(body: bytes) -> None:
    told = heard(body)
    assert (told.tickets, told.odd, told.kind) == ((), True, "unreadable")


@pytest.mark.parametrize("number", ["OPS-1", "", "-1", "1" * 20, "\u0661"])
def test_an_id_that_is_no_number_names_no_issue(number: str) -> None:
    assert heard(of_issue(number)).odd


def test_both_ends_of_a_link_are_looked_at() -> None:
    body = b'{"webhookEvent":"issuelink_created","issueLink":{"sourceIssueId":1,"destinationIssueId":2}}'
    assert heard(body).tickets == refs("1", "2")


def test_a_work_log_names_its_issue() -> None:
    assert heard(b'{"webhookEvent":"worklog_created","worklog":{"issueId":"7"}}').tickets == refs("7")


@pytest.mark.parametrize(
    ("project", "ours"),
    [
        ({"id": "10000", "key": "OPS", "name": "Operations"}, True),
        ({"id": "10001", "key": "SUP", "name": "support"}, True),
        ({"id": "10002", "key": "HR", "name": "People"}, False),
        (None, True),
    ],
)
def test_issues_of_other_projects_are_ignored(project: Any, *, ours: bool) -> None:
    told = heard(of_issue(project=project))
    assert (bool(told.tickets), told.odd) == (ours, False)


def test_a_change_of_a_sub_task_is_a_reason_to_look_at_the_issue_above() -> None:
    below = of_issue("2", issuetype={"name": "Sub-task", "subtask": True}, parent={"id": "1"})
    assert heard(below).tickets == refs("1")
    assert heard(below, webhook({**OPTIONS, "subtasks_are_tickets": True})).tickets == refs("2")
    alone = heard(of_issue("2", issuetype={"name": "Sub-task", "subtask": True}))
    assert (alone.tickets, alone.odd) == ((), False)


def test_a_body_is_believed_for_a_day_by_its_own_time() -> None:
    stamp = int(NOW.timestamp() * 1000)
    body = json.dumps({"webhookEvent": "jira:issue_updated", "timestamp": stamp, "issue": {"id": 1}}).encode()
    assert heard(body, now=NOW + timedelta(hours=24)).tickets == refs("1")
    for now in (NOW + timedelta(hours=25), NOW - timedelta(hours=25)):
        with pytest.raises(WebhookForbiddenError, match="away from now"):
            heard(body, now=now)
    with pytest.raises(WebhookForbiddenError):
        heard(body.replace(str(stamp).encode(), b"9" * 18))


def test_a_repeat_is_known_by_jiras_id_or_where_there_is_none_by_its_body() -> None:
    stamped = b'{"webhookEvent":"jira:issue_updated","timestamp":1772442000000,"issue":{"id":"1"}}'
    header = {"x-atlassian-webhook-identifier": "w-1"}
    assert heard(stamped, now=NOW, **header).delivery == "w-1"
    assert heard(stamped).delivery == heard(stamped).delivery != heard(stamped.replace(b'"1"', b'"2"')).delivery
    assert heard(of_issue()).delivery == "", "the same words may be said of two changes"


def test_only_bodies_of_the_named_site_are_believed() -> None:
    hook = webhook(secret_env="S", site="Acme.atlassian.net")
    ours = b'{"webhookEvent":"x","issue":{"id":"1","self":"https://acme.atlassian.net/rest/api/2/issue/1"}}'
    assert heard(ours, hook).tickets == refs("1")
    for other in (b"https://other.example/acme.atlassian.net", b"https://acme.atlassian.net.evil.example", b"//["):
        with pytest.raises(WebhookForbiddenError, match="another Jira site"):
            heard(ours.replace(b"https://acme.atlassian.net", other), hook)


def test_an_automation_rule_proves_itself_with_a_token_and_writes_its_own_body() -> None:
    hook = webhook(token_env="T", ticket="$.id", event="$.what")
    body = b'{"id": "10001", "what": "SLA breached!"}'
    told = hook.receive({"x-escalade-token": "our secret"}, body, NOW)
    assert (told.tickets, told.kind, told.delivery) == (refs("10001"), "SLAbreached", "")
    for headers in ({}, {"x-escalade-token": ""}, {"x-escalade-token": "our secre"}, {"x-escalade-token": "\xff"}):
        with pytest.raises(WebhookRefusedError, match="token"):
            hook.receive(headers, body, NOW)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({}, "name one place"),
        ({"secret_env": "A", "token_env": "B", "ticket": "$.id"}, "name one place"),
        ({"token_env": "B"}, "say where they name the ticket"),
        ({"secret_env": "A", "event": "$.what"}, "say where they name the ticket"),
        ({"secret_env": "A", "ticket": "id"}, "begins with"),
        ({"secret_env": "A", "colour": "red"}, "no such option"),
    ],
)
def test_a_block_that_proves_or_names_nothing_is_refused(block: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        open_webhook("jira", OPTIONS, block, Secrets())


def test_a_signed_body_is_believed_and_brings_its_delivery_id() -> None:
    body = b'{"issue":{"id":"1"}}'
    headers = {**signed(body, "our secret"), "X-Atlassian-Webhook-Identifier": "w-1"}
    assert verify(headers, body, SigningSecret.of("our secret")).id == "w-1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature": ""},
        {"X-Hub-Signature": "sha256="},
        {"X-Hub-Signature": "sha256=zz"},
        {"X-Hub-Signature": "sha1=" + hmac.new(b"our secret", b"{}", hashlib.sha1).hexdigest()},
        {"X-Hub-Signature": "sha1=" + hmac.new(b"our secret", b"{}", hashlib.sha256).hexdigest()},
        signed(b"{}", "another secret"),
        signed(b"{} ", "our secret"),
    ],
)
def test_an_unsigned_or_wrongly_signed_body_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRefusedError, match="signature"):
        verify(headers, b"{}", SigningSecret.of("our secret"))


@pytest.mark.parametrize("text", ["", "  ", "It's a Secret to Everybody"])
def test_a_secret_that_proves_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="secret"):
        webhook(known=text)


@pytest.mark.skipif(not _VECTORS.is_file(), reason="the reference folder with signature vectors is not here")
def test_the_published_signature_vectors_are_judged_right() -> None:
    vectors: list[dict[str, Any]] = [case for case in json.loads(_VECTORS.read_text()) if case["platform"] == "jira"]
    assert len(vectors) >= 3
    for case in vectors:
        key = SigningSecret.of(case["secret"])
        if case["expect_valid"]:
            assert verify(case["headers"], case["body"].encode(), key).body == case["body"].encode()
        else:
            with pytest.raises(WebhookRefusedError):
                verify(case["headers"], case["body"].encode(), key)
