"""Signed webhooks on their way out: received here over HTTP by a server of the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest

from escalade.emulator.world import World


class Receiver:
    """Keeps what arrives; answers with the statuses it is given, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = ""

    @property
    def bodies(self) -> list[Any]:
        return [msgspec.json.decode(body) for _headers, body in self.got]

    def kinds(self) -> list[str]:
        return [body["type"].removeprefix("zen:event-type:ticket.") for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}/hooks/zendesk"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


@pytest.fixture
def hook(api: Any, receiver: Receiver, account: Any) -> Any:
    wanted = {
        "name": "Escalade",
        "endpoint": receiver.url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": ["zen:event-type:ticket.*"],
    }
    return api.ok("POST", "/api/v2/webhooks", {"webhook": wanted})["webhook"]


def _deliver(api: Any, **how: Any) -> Any:
    return api.ok("POST", "/_emulator/deliver", how)["deliveries"]


def test_each_changed_field_is_an_event_of_one_sequence(api: Any, hook: Any, receiver: Receiver, account: Any) -> None:
    api.update(account.ticket, priority="urgent", tags=["esc"], comment={"body": "x", "public": False})
    _deliver(api)
    assert receiver.kinds() == ["priority_changed", "tags_changed", "comment_added"]
    bodies = receiver.bodies
    assert len({body["event"]["meta"]["sequence"]["id"] for body in bodies}) == 1
    assert [body["event"]["meta"]["sequence"]["position"] for body in bodies] == [1, 2, 3]
    assert (bodies[0]["event"]["current"], bodies[0]["event"]["previous"]) == ("URGENT", "NORMAL")
    assert (bodies[1]["event"]["tags_added"], bodies[1]["event"]["tags_removed"]) == (["esc"], ["printer"])
    detail = bodies[0]["detail"]
    assert (detail["id"], detail["priority"], detail["status"]) == (str(account.ticket.id), "URGENT", "OPEN")
    assert detail["actor_id"] == str(account.state.bot.id), "ids are strings"


def test_the_signature_covers_timestamp_and_raw_body(api: Any, hook: Any, receiver: Receiver, account: Any) -> None:
    secret = api.ok("GET", f"/api/v2/webhooks/{hook['id']}/signing_secret")["signing_secret"]["secret"]
    api.update(account.ticket, priority="urgent")
    _deliver(api)
    headers, body = receiver.got[0]
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    assert headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()
    assert headers["x-zendesk-webhook-id"] == hook["id"]
    assert body.endswith(b"}\n"), "pretty-printed, with a line end: receivers must sign raw bytes"


def test_deliveries_can_be_lost_doubled_and_reordered(api: Any, hook: Any, receiver: Receiver, account: Any) -> None:
    change = {"priority": "urgent", "tags": ["esc"], "type": "incident", "external_id": "e"}
    api.update(account.ticket, **change)
    outcomes = _deliver(api, lost=1, duplicate=1)
    assert [one["outcome"] for one in outcomes] == ["lost", "delivered", "delivered", "delivered"]
    assert len(receiver.got) == 4, "one lost, one twice"
    api.update(account.ticket, priority="low", tags=[], type="problem", external_id="f")
    receiver.got.clear()
    _deliver(api, reorder=True)
    positions = [body["event"]["meta"]["sequence"]["position"] for body in receiver.bodies]
    assert sorted(positions) == [1, 2, 3, 4]
    assert positions != [1, 2, 3, 4]


def test_a_refused_delivery_is_tried_again_with_the_same_event_id(
    api: Any, hook: Any, receiver: Receiver, account: Any
) -> None:
    receiver.statuses = [503, 409]
    api.update(account.ticket, priority="urgent")
    assert [one["statuses"] for one in _deliver(api, retries=2)] == [[503, 409, 200]]
    assert len({body["id"] for body in receiver.bodies}) == 1


def test_deliveries_leave_by_themselves_when_switched_on(
    api: Any, hook: Any, receiver: Receiver, account: Any, world: World
) -> None:
    api.ok("POST", "/_emulator/webhooks", {"auto_deliver": True})
    api.update(account.ticket, priority="urgent")
    waited = threading.Event()
    for _ in range(500):
        if receiver.got:
            break
        waited.wait(0.01)
    assert receiver.kinds() == ["priority_changed"]


def test_ends_and_beginnings_are_events_too(api: Any, hook: Any, receiver: Receiver, account: Any) -> None:
    made = api.ok("POST", "/api/v2/tickets.json", {"ticket": {"subject": "a", "comment": {"body": "b"}}})["ticket"]
    api("DELETE", f"/api/v2/tickets/{made['id']}.json")
    _deliver(api)
    assert receiver.kinds() == ["created", "status_changed", "soft_deleted"]


def test_a_narrow_subscription_gets_only_its_events(api: Any, receiver: Receiver, account: Any) -> None:
    subscription = {"url": receiver.url, "secret": "s", "subscriptions": ["zen:event-type:ticket.tags_changed"]}
    api.ok("POST", "/_emulator/webhooks", subscription)
    api.update(account.ticket, priority="urgent", tags=["esc"])
    _deliver(api)
    assert receiver.kinds() == ["tags_changed"]


def test_links_of_the_jira_app_live_under_both_paths(api: Any, account: Any) -> None:
    wanted = {"ticket_id": account.ticket.id, "issue_id": "10001", "issue_key": "OPS-1"}
    made = api.ok("POST", "/api/v2/jira/links", {"link": wanted})["link"]
    assert api("POST", "/api/v2/jira/links", {"link": wanted}).status_code == 422
    assert api("POST", "/api/v2/jira/links", {"link": {**wanted, "issue_key": None}}).status_code == 422
    for path in ("/api/v2/jira/links", "/api/services/jira/links.json"):
        shown = api.ok("GET", f"{path}?ticket_id={account.ticket.id}")["links"]
        assert [(one["issue_key"], one["ticket_id"]) for one in shown] == [("OPS-1", str(account.ticket.id))]
    api.ok("DELETE", f"/api/v2/jira/links/{made['id']}")
    assert api.ok("GET", "/api/v2/jira/links")["links"] == []
