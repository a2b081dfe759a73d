"""A receiver behind a real server on loopback, with one webhook of each helpdesk, and senders that sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.events import WebhookReceiver
from escalade.clock import ManualClock
from escalade.receiver.app import receiver as build_receiver
from escalade.receiver.opening import open_webhooks
from escalade.receiver.server import Serving
from escalade.receiver.tally import Tally
from escalade.settings import load_settings
from escalade.store.sql import SqlStore, open_store
from rules.ticket import TicketRef

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRETS = {
    "ZENDESK": "zendesk-signing-secret",
    "TRIGGERS": "another-secret",
    "JIRA": "jira-secret",
    "RULE": "rule-token",
}

SETTINGS = """\
version: 1
helpdesks:
  zendesk: {vendor: zendesk, url: "https://example.zendesk.com", auth: {email: e@example.com, token_env: ANY}}
  jira: {vendor: jira, url: "https://example.atlassian.net", auth: {email: e@example.com, token_env: ANY}, filter: key > A}
webhooks:
  zendesk: {secret_env: ZENDESK, account: 22129848}
  triggers: {helpdesk: zendesk, secret_env: TRIGGERS, ticket: $.ticketID, event: $.type}
  jira: {secret_env: JIRA}
  rule: {helpdesk: jira, token_env: RULE, ticket: $.issue.id}
"""


class Secrets:
    """The environment of the tests."""

    def get(self, env: str, *, file: Path | None = None) -> str:
        return SECRETS.get(env, "any")


def zendesk_headers(body: bytes, *, of: str = "ZENDESK", at: datetime = NOW, invocation: str = "i-1") -> dict[str, str]:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(SECRETS[of].encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "X-Zendesk-Account-Id": "22129848",
        "X-Zendesk-Webhook-Id": "01F1KRFQ6BG29CNWFR60NK5FNY",
        "X-Zendesk-Webhook-Invocation-Id": invocation,
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }


def jira_headers(body: bytes, *, identifier: str = "w-1") -> dict[str, str]:
    digest = hmac.new(SECRETS["JIRA"].encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json; charset=UTF-8", "X-Hub-Signature": f"sha256={digest}"}
    return {**headers, "X-Atlassian-Webhook-Identifier": identifier} if identifier else headers


def event(ticket: int | str = 35, *, number: int = 1, kind: str = "ticket.status_changed", **more: Any) -> bytes:
    """An event of Zendesk."""
    whole = {
        "account_id": 22129848,
        "id": f"event-{number}",
        "subject": f"zen:ticket:{ticket}",
        "type": f"zen:event-type:{kind}",
        "detail": {"id": str(ticket)},
    }
    return json.dumps(whole | more).encode()


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def outcome(self) -> str:
        return str(json.loads(self.body)["status"])


@dataclass
class Hooks:
    """A running receiver and what stands behind it."""

    url: str
    store: SqlStore
    clock: ManualClock
    tally: Tally
    woken: list[None] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def send(
        self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, method: str = "POST"
    ) -> Answer:
        with closing(http.client.HTTPConnection(*self.address, timeout=20)) as connection:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            found = connection.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())

    def zendesk(self, body: bytes, **how: Any) -> Answer:
        return self.send("/hooks/zendesk", body, zendesk_headers(body, **how))

    def jira(self, body: bytes, **how: Any) -> Answer:
        return self.send("/hooks/jira", body, jira_headers(body, **how))

    def waiting(self) -> int:
        return int(self.tally._waiting())

    def due(self) -> list[TicketRef]:
        return [visit.ref for visit in self.store.due(self.clock.now(), 100)]


def webhooks(folder: Path, settings: str = SETTINGS) -> dict[str, WebhookReceiver]:
    file = folder / "escalade.yaml"
    file.write_text(settings, encoding="utf-8")
    return open_webhooks(load_settings(file), Secrets())


@pytest.fixture
def serving(tmp_path: Path) -> Callable[..., Any]:
    """Serves a receiver on a store."""

    @contextmanager
    def serve(store: Any, *, settings: str = SETTINGS, behind: Any = None, **how: Any) -> Iterator[Hooks]:
        clock, tally = ManualClock(NOW), Tally()
        woken: list[None] = []
        app = build_receiver(
            webhooks(tmp_path, settings), behind or store, clock, lambda: woken.append(None), tally=tally, **how
        )
        with Serving([(app, "127.0.0.1", 0)], most_bytes=how.get("most_bytes", 1_048_576)) as running:
            yield Hooks(running.urls[0], store, clock, tally, woken)

    return serve


@pytest.fixture
def hooks(serving: Callable[..., Any], tmp_path: Path) -> Iterator[Hooks]:
    """A running receiver on SQLite."""
    with open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as store, serving(store) as running:
        yield running


def issue(number: int | str, **more: Any) -> bytes:
    """An event of Jira."""
    whole = {
        "timestamp": int(NOW.timestamp() * 1000),
        "webhookEvent": "jira:issue_updated",
        "issue": {
            "id": str(number),
            "self": f"https://example.atlassian.net/rest/api/2/issue/{number}",
            "key": "OPS-1",
        },
    }
    return json.dumps(whole | more).encode()


def signed_by(name: str, body: bytes) -> dict[str, str]:
    """Headers with which the webhook of this name believes the body."""
    match name:
        case "zendesk" | "triggers":
            return zendesk_headers(body, of=name.upper())
        case "jira":
            return jira_headers(body, identifier="")
        case _:
            return {"Content-Type": "application/json", "X-Escalade-Token": SECRETS["RULE"]}


@pytest.fixture(scope="session")
def wire() -> Any:
    """What helpdesks send: bodies and headers."""
    return SimpleNamespace(
        signed_by=signed_by,
        secrets=SECRETS,
        NOW=NOW,
        event=event,
        issue=issue,
        zendesk_headers=zendesk_headers,
        jira_headers=jira_headers,
        settings=SETTINGS,
    )
