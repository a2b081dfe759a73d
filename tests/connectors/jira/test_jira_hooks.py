"""Jira's webhooks: real bodies name their ticket, and only signed ones are believed."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.base import SettingsError
from connectors.jira import wire
from connectors.jira.hooks import secret, ticket_named, verify
from connectors.jira.translate import Lexicon, Translator
from connectors.webhooks import SigningSecret, WebhookRefusedError
from rules.ticket import TicketRef

_SHARED = Path(os.environ.get("ESCALADE_SHARED") or Path(__file__).parents[4] / "shared")
_FOLDER = _SHARED / "material" / "webhooks" / "jira"
_VECTORS = _SHARED / "material" / "signatures.json"


def real_bodies() -> list[Path]:
    return sorted(_FOLDER.glob("*.json"))


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
        assert ticket_named("jira", body) == TicketRef("jira", str(wanted)), path.name


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
    assert ticket_named("jira", body) == TicketRef("jira", "10040")


def test_an_event_without_an_issue_says_that_there_is_nothing_to_look_at() -> None:
    with pytest.raises(WebhookRefusedError, match="jira:version_released names no issue"):
        ticket_named("jira", b'{"webhookEvent":"jira:version_released","version":{"id":"1"}}')


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"issue":{"key":"OPS-1"}}', b"\xff"])
def test_a_body_that_is_not_jiras_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRefusedError, match="JSON"):
        ticket_named("jira", body)


def test_a_signed_body_is_believed_and_brings_its_delivery_id() -> None:
    body = b'{"issue":{"id":"1"}}'
    headers = {**signed(body, "our secret"), "X-Atlassian-Webhook-Identifier": "w-1"}
    assert verify(headers, body, secret("our secret")).id == "w-1"


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
        verify(headers, b"{}", secret("our secret"))


@pytest.mark.parametrize("text", ["", "  ", "It's a Secret to Everybody"])
def test_a_secret_that_proves_nothing_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="secret"):
        secret(text)


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
