"""The service's own addresses: whether it lives, whether it is ready, and what it counts."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.base import Page
from escalade.clock import ManualClock
from escalade.metrics import Metrics
from escalade.receiver.admin import admin
from escalade.receiver.readiness import helpdesk_check, store_check
from escalade.receiver.server import Serving
from escalade.receiver.tally import Tally
from escalade.store.errors import StoreError
from escalade.store.sql import SqlStore


def get(url: str, path: str, **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def ask(path: str, checks: Any, *, token: str | None = None, **headers: str) -> tuple[int, Any]:
    app = admin(checks, lambda: b"figures 1\n", token=token)
    with Serving([(app, "127.0.0.1", 0)], most_bytes=1024) as serving:
        return get(serving.urls[0], path, **headers)


def fine() -> None:
    return None


def test_it_is_ready_when_every_check_is_well() -> None:
    status, body = ask("/readyz", {"store": fine, "policy": fine})
    assert (status, json.loads(body)) == (200, {"ready": True, "checks": {"store": "ok", "policy": "ok"}})


def test_it_is_not_ready_when_one_is_not_and_says_which() -> None:
    def fails() -> None:
        raise StoreError("postgresql://user@host failed")

    status, body = ask("/readyz", {"store": fails, "policy": lambda: "rules.yaml:3:1: no such tier", "other": fine})
    assert status == 503
    told = {"store": "failed (StoreError)", "policy": "rules.yaml:3:1: no such tier", "other": "ok"}
    assert json.loads(body) == {"ready": False, "checks": told}


def test_a_check_that_hangs_is_an_answer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalade.receiver.admin._PATIENCE", 0.1)
    status, body = ask("/readyz", {"store": lambda: time.sleep(1)})
    assert (status, json.loads(body)["ready"]) == (503, False)


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic s3cret", "bearer s3cret", "Bearer s3cret ÿ"])
def test_with_a_token_only_its_owner_is_answered(path: str, given: str) -> None:
    status, body = ask(path, {}, token="s3cret", Authorization=given)
    assert (status, json.loads(body)) == (401, {"status": "refused"})
    assert ask(path, {}, token="s3cret", Authorization="Bearer s3cret")[0] == 200


def test_whether_it_lives_is_told_to_anybody() -> None:
    assert ask("/healthz", {}, token="s3cret") == (200, b"ok\n")


def test_only_reading_is_possible_and_nothing_else_is_there() -> None:
    assert ask("/hooks/zendesk", {})[0] == 404
    app = admin({}, bytes)
    with (
        Serving([(app, "127.0.0.1", 0)], most_bytes=1024) as serving,
        closing(http.client.HTTPConnection(urlsplit(serving.urls[0]).netloc, timeout=10)) as connection,
    ):
        connection.request("POST", "/metrics", b"x")
        assert connection.getresponse().status == 405


def test_metrics_tell_what_the_receiver_counts(hooks: Any, wire: Any) -> None:
    metrics = Metrics()
    metrics.registry().register(hooks.tally)
    hooks.zendesk(wire.event(35))
    hooks.send("/hooks/other", b"")
    with Serving([(admin({}, metrics.exposition), "127.0.0.1", 0)], most_bytes=1024) as serving:
        status, body = get(serving.urls[0], "/metrics")
    assert status == 200
    lines = body.decode().splitlines()
    assert 'escalade_webhook_answers_total{outcome="accepted",webhook="zendesk"} 1.0' in lines
    assert 'escalade_webhook_answers_total{outcome="unknown",webhook=""} 1.0' in lines
    assert 'escalade_webhook_events_total{event="ticket.status_changed",webhook="zendesk"} 1.0' in lines
    assert "escalade_webhook_waiting 0.0" in lines


def test_names_of_events_do_not_fill_the_metrics() -> None:
    tally = Tally()
    for number in range(300):
        tally.heard("triggers", f"event-{number}")
    events = tally.events()
    assert len(events) == 101
    assert events["triggers", "other"] == 200


def test_the_store_and_a_helpdesk_that_was_read_lately_are_ready(store: SqlStore, wire: Any) -> None:
    clock = ManualClock(wire.NOW)
    check = helpdesk_check(store, clock, "zendesk", timedelta(minutes=30))
    assert store_check(store, clock)() is None
    assert check() == "nothing was ever taken in from it"
    store.take_in("zendesk", Page(stream="tickets", checkpoint="c1"), wire.NOW)
    assert check() is None
    clock.set(wire.NOW + timedelta(minutes=31))
    assert check() == "nothing was taken in from it for 1860 s"


def test_a_port_that_is_taken_is_told_before_anything_begins(hooks: Any) -> None:
    with pytest.raises(OSError, match="in use"):
        Serving([(admin({}, bytes), "127.0.0.1", 0), (admin({}, bytes), *hooks.address)], most_bytes=1024)


def test_two_applications_are_served_at_their_own_addresses(serving: Callable[..., Any]) -> None:
    with Serving(
        [(admin({}, lambda: b"a"), "127.0.0.1", 0), (admin({}, lambda: b"b"), "::1", 0)], most_bytes=9
    ) as both:
        assert [get(url, "/metrics")[1] for url in both.urls] == [b"a", b"b"]
