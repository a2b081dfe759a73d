"""Webhooks of the emulated Jira as a receiver gets them, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent in ``server.got`` and answers with ``server.answers``."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def receiver() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hooked(site: Any, issue: Any, receiver: Any) -> str:
    url = f"http://127.0.0.1:{receiver.server_port}/jira"
    site.add_webhook(url, events=["jira:issue_updated"], secret="s3cret")
    return url


def test_a_delivery_is_signed_over_its_raw_bytes(api: Any, control: Any, hooked: str, receiver: Any) -> None:
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    assert receiver.got == []
    control("POST", "deliver")
    ((headers, body),) = receiver.got
    wanted = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"] == f"sha256={wanted}"
    assert json.loads(body)["issue"]["key"] == "OPS-1"


def test_a_retry_keeps_its_identifier_and_counts(api: Any, control: Any, hooked: str, receiver: Any) -> None:
    receiver.answers.append(503)
    api("PUT", "issue/OPS-1", {"fields": {"labels": ["new"]}})
    control("POST", "deliver", {"retries": 2})
    (first, body), (second, same) = receiver.got
    assert body == same
    assert first["X-Atlassian-Webhook-Identifier"] == second["X-Atlassian-Webhook-Identifier"]
    assert ("X-Atlassian-Webhook-Retry" in first, second["X-Atlassian-Webhook-Retry"]) == (False, "1")


def test_two_changes_have_two_identifiers(api: Any, control: Any, hooked: str, receiver: Any) -> None:
    for label in ("a", "b"):
        api("PUT", "issue/OPS-1", {"fields": {"labels": [label]}})
    control("POST", "deliver")
    assert len({headers["X-Atlassian-Webhook-Identifier"] for headers, _ in receiver.got}) == 2


def test_a_step_to_another_status_is_told_too(api: Any, control: Any, hooked: str, receiver: Any) -> None:
    api("POST", "issue/OPS-1/transitions", {"transition": {"id": "21"}})
    control("POST", "deliver")
    ((_, body),) = receiver.got
    assert [item["field"] for item in json.loads(body)["changelog"]["items"]] == ["status"]
