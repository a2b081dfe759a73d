"""Webhooks are believed only when they are signed, fresh and ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import SettingsError
from connectors.webhooks import SigningSecret, WebhookRefusedError, check_fresh
from connectors.zendesk.hooks import PUBLISHED_SECRETS, ticket_of, verify
from rules.ticket import TicketRef

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "our-own-signing-secret"


def signed(body: bytes, stamp: str = "2026-03-02T09:00:00Z", secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        "X-Zendesk-Webhook-Invocation-Id": "8350205582",
    }


def test_a_signed_and_fresh_delivery_is_believed() -> None:
    body = b'{"subject": "zen:ticket:35"}\n'
    delivery = verify(signed(body), body, SigningSecret.of(SECRET), NOW)
    assert (delivery.id, delivery.body) == ("8350205582", body)


def test_header_names_may_come_in_any_case() -> None:
    headers = {name.lower(): value for name, value in signed(b"").items()}
    assert verify(headers, b"", SigningSecret.of(SECRET), NOW).id == "8350205582"


@pytest.mark.parametrize(
    "change",
    [
        {"X-Zendesk-Webhook-Signature": ""},
        {"X-Zendesk-Webhook-Signature": "not base64!"},
        {"X-Zendesk-Webhook-Signature": base64.b64encode(b"x" * 32).decode()},
        {"X-Zendesk-Webhook-Signature-Timestamp": "2026-03-02T09:00:01Z"},
        {"X-Zendesk-Webhook-Signature-Timestamp": ""},
    ],
)
def test_anything_else_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(WebhookRefusedError, match="does not fit"):
        verify(signed(b"{}") | change, b"{}", SigningSecret.of(SECRET), NOW)


def test_the_signature_covers_every_byte_of_the_body() -> None:
    with pytest.raises(WebhookRefusedError):
        verify(signed(b'{"a": 1}'), b'{"a":1}', SigningSecret.of(SECRET), NOW)


@pytest.mark.parametrize("away", [-301, 301, 86_400])
def test_a_stale_delivery_is_refused_though_its_signature_is_right(away: int) -> None:
    stamp = (NOW + timedelta(seconds=away)).isoformat()
    with pytest.raises(WebhookRefusedError, match="at most 300 s"):
        verify(signed(b"", stamp), b"", SigningSecret.of(SECRET), NOW)


@pytest.mark.parametrize("stamp", ["1234", "2026-03-02T09:00:00", "yesterday"])
def test_a_stamp_without_zone_or_sense_is_not_fresh(stamp: str) -> None:
    with pytest.raises(WebhookRefusedError, match="ISO 8601"):
        check_fresh(stamp, NOW)


@pytest.mark.parametrize("secret", ["", "  "])
def test_an_empty_secret_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError, match="empty"):
        SigningSecret.of(secret)


@pytest.mark.trap("zendesk-published-test-secret")
def test_zendesks_published_test_secret_is_refused() -> None:
    [published] = PUBLISHED_SECRETS
    with pytest.raises(SettingsError, match="proves nothing"):
        SigningSecret.of(published, published=PUBLISHED_SECRETS)


def test_a_secret_shows_nowhere() -> None:
    assert SECRET not in repr(SigningSecret.of(SECRET))


def reference_folder() -> Path:
    return Path(os.environ.get("ESCALADE_SHARED", Path(__file__).parents[2].parent / "shared"))


def zendesk_vectors() -> list[Any]:
    file = reference_folder() / "material" / "signatures.json"
    if not file.exists():
        return []
    return [one for one in json.loads(file.read_text("utf-8")) if one["platform"] == "zendesk"]


def test_the_known_signature_vectors_come_out_as_they_should() -> None:
    vectors = zendesk_vectors()
    if not vectors:
        pytest.skip(f"no signature vectors at {reference_folder()}; set ESCALADE_SHARED")
    for vector in vectors:
        stamp = vector["headers"].get("X-Zendesk-Webhook-Signature-Timestamp", "")
        message = stamp.encode() + vector["body"].encode()
        given = vector["headers"].get("X-Zendesk-Webhook-Signature", "")
        try:
            SigningSecret.of(vector["secret"]).check(message, given, base64.b64decode)
        except WebhookRefusedError:
            assert not vector["expect_valid"], vector["name"]
        else:
            assert vector["expect_valid"], vector["name"]


@pytest.mark.trap("zendesk-webhook-ids-are-text")
@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "zen:event-type:ticket.created", "subject": "zen:ticket:35", "detail": {"id": "35"}}',
        b'{"ticket_id": 35}',
        b'{"ticket_id": "35", "tags": "a b c", "priority": "Normal"}',
    ],
)
def test_a_delivery_says_which_ticket_to_look_at(body: bytes) -> None:
    assert ticket_of("zendesk", body) == TicketRef("zendesk", "35")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ticket 35",
        b"[]",
        b'{"subject": "zen:user:35", "detail": {"id": "35"}}',
        b'{"subject": "zen:ticket:"}',
        b'{"subject": "zen:ticket:0"}',
        b'{"ticket_id": "../35"}',
        b'{"ticket_id": null}',
    ],
)
def test_a_delivery_about_something_else_is_no_ticket(body: bytes) -> None:
    assert ticket_of("zendesk", body) is None
