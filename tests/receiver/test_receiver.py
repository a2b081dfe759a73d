"""The receiver over real HTTP: what is believed becomes a due visit, durably, before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from escalade.store.sql import SqlStore
from rules.ticket import TicketRef


def test_a_believed_delivery_makes_its_ticket_due_and_wakes_the_engine(
    store: SqlStore, serving: Callable[..., Any], wire: Any
) -> None:
    with serving(store) as hooks:
        answer = hooks.zendesk(wire.event(35))
        assert (answer.status, answer.outcome) == (202, "accepted")
        [visit] = store.due(hooks.clock.now(), 10)
        assert (visit.ref, visit.due, visit.reason) == (TicketRef("zendesk", "35"), wire.NOW, "webhook")
        assert hooks.woken == [None]


def test_a_repeat_is_acknowledged_and_does_nothing(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    with serving(store) as hooks:
        hooks.zendesk(wire.event(35))
        before = store.due(hooks.clock.now(), 10)
        answer = hooks.zendesk(wire.event(35), invocation="another try")
        assert (answer.status, answer.outcome) == (202, "repeated")
        assert store.due(hooks.clock.now(), 10) == before
        assert hooks.woken == [None]
        assert hooks.zendesk(wire.event(35, number=2)).outcome == "accepted"
        [after] = store.due(hooks.clock.now(), 10)
        assert after.nudges == before[0].nudges + 1


def test_a_repeat_is_known_across_a_restart(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    for outcome in ("accepted", "repeated"):
        with serving(store) as hooks:
            assert hooks.jira(wire.issue(10001)).outcome == outcome


def test_deliveries_are_forgotten_when_no_repeat_is_expected_any_more(
    store: SqlStore, serving: Callable[..., Any], wire: Any
) -> None:
    with serving(store) as hooks:
        hooks.jira(wire.issue(10001))
        hooks.clock.set(later := wire.NOW + timedelta(hours=26))
        stamp = int(later.timestamp() * 1000)
        hooks.jira(wire.issue(10002, timestamp=stamp), identifier="w-2")
        assert hooks.jira(wire.issue(10001, timestamp=stamp), identifier="w-1").outcome == "accepted"


@pytest.mark.parametrize(
    ("request_line", "changed", "told"),
    [
        ("POST /hooks/zendesk", {"X-Zendesk-Webhook-Signature": "x"}, (401, "unsigned")),
        ("POST /hooks/zendesk", {"X-Zendesk-Webhook-Signature": "ÿ"}, (401, "unsigned")),
        ("POST /hooks/zendesk", {"X-Zendesk-Account-Id": "4711"}, (403, "forbidden")),
        ("POST /hooks/unknown", {}, (404, "unknown")),
        ("POST /hooks/", {}, (404, "unknown")),
        ("POST /elsewhere", {}, (404, "unknown")),
        ("GET /hooks/zendesk", {}, (405, "no_post")),
        ("PUT /hooks/zendesk", {}, (405, "no_post")),
        ("POST /hooks/zendesk", {"Content-Type": "text/plain"}, (415, "no_json")),
        ("POST /hooks/zendesk", {"Content-Type": ""}, (415, "no_json")),
        ("POST /hooks/zendesk", {"Content-Encoding": "gzip"}, (415, "no_json")),
        ("POST /hooks/zendesk", {"Content-Type": "application/cloudevents+json"}, (202, "accepted")),
    ],
)
def test_what_is_not_believed_is_refused_in_few_words(
    hooks: Any, wire: Any, request_line: str, changed: dict[str, str], told: tuple[int, str]
) -> None:
    method, path = request_line.split()
    body = wire.event(35)
    answer = hooks.send(path, body, wire.zendesk_headers(body) | changed, method=method)
    assert (answer.status, answer.outcome) == told
    assert len(answer.body) < 120
    assert b"35" not in answer.body
    assert hooks.due() == ([TicketRef("zendesk", "35")] if answer.status == 202 else [])


def test_no_post_says_what_is_allowed(hooks: Any) -> None:
    assert hooks.send("/hooks/zendesk", method="DELETE").headers["allow"] == "POST"


def test_a_stale_delivery_is_forbidden_though_it_is_signed(hooks: Any, wire: Any) -> None:
    assert hooks.zendesk(wire.event(35), at=wire.NOW - timedelta(minutes=6)).status == 403
    assert hooks.zendesk(wire.event(35), at=wire.NOW - timedelta(minutes=4)).status == 202
    late = wire.issue(10001, timestamp=int((wire.NOW - timedelta(hours=25)).timestamp() * 1000))
    assert hooks.jira(late).status == 403


def test_an_event_of_another_account_is_forbidden_whatever_its_header_says(hooks: Any, wire: Any) -> None:
    assert hooks.zendesk(wire.event(35, account_id=4711)).status == 403


def test_events_about_other_things_are_ignored_and_counted_by_kind(hooks: Any, wire: Any) -> None:
    user = wire.event(35, kind="user.created", subject="zen:user:35")
    assert (hooks.zendesk(user).status, hooks.zendesk(user).outcome) == (202, "ignored")
    version = json.dumps({"webhookEvent": "jira:version_released", "version": {"id": "1"}}).encode()
    assert hooks.jira(version).outcome == "ignored"
    assert hooks.due() == []
    assert hooks.woken == []
    assert hooks.tally.events() == {("zendesk", "user.created"): 2, ("jira", "jira:version_released"): 1}
    assert hooks.tally.answers()["zendesk", "ignored"] == 2


def test_an_odd_delivery_is_kept_for_inspection_without_what_proves_anything(
    store: SqlStore, serving: Callable[..., Any], wire: Any
) -> None:
    body = wire.event(35, subject="zen:ticket:", detail={})
    with serving(store) as hooks:
        answer = hooks.zendesk(body)
        assert (answer.status, answer.outcome) == (202, "odd")
        assert hooks.zendesk(body).outcome == "repeated"
    [kept] = store.odd_deliveries(10)
    assert (kept.webhook, kept.event, kept.body, kept.size) == ("zendesk", "ticket.status_changed", body, len(body))
    assert kept.headers["x-zendesk-webhook-id"] == "01F1KRFQ6BG29CNWFR60NK5FNY"
    assert kept.headers["x-zendesk-webhook-signature"] == "(not kept)"
    assert store.odd_delivery(kept.id) == kept
    assert store.odd_delivery(kept.id + 1) is None


def test_of_odd_deliveries_only_the_newest_are_kept(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    with serving(store) as hooks:
        for number in range(205):
            hooks.zendesk(wire.event("x", number=number))
    kept = store.odd_deliveries(1000)
    assert len(kept) == 200
    assert b'"event-204"' in kept[0].body


def test_a_flood_of_unsigned_deliveries_is_told_to_come_later_and_signed_ones_pass(hooks: Any, wire: Any) -> None:
    unsigned = wire.zendesk_headers(b"{}") | {"X-Zendesk-Webhook-Signature": "x"}
    answers = [hooks.send("/hooks/zendesk", b"{}", unsigned) for _ in range(62)]
    assert [answer.status for answer in answers] == [401] * 60 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) < 60
    assert hooks.zendesk(wire.event(35)).status == 202
    hooks.clock.set(wire.NOW + timedelta(minutes=1))
    assert hooks.send("/hooks/zendesk", b"{}", unsigned).status == 401


def test_health_is_told_to_anybody(hooks: Any) -> None:
    answer = hooks.send("/healthz", method="GET")
    assert (answer.status, answer.body) == (200, b"ok\n")
