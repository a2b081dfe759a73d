"""Notices over HTTP: what is sent, what is refused, what is not known, and that no address leaks."""

from __future__ import annotations

import base64
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Applied, SettingsError, WriteKind
from connectors.channel import ChannelSink, open_channel
from connectors.errors import ConnectorError, ErrorKind
from rules.change import Notify
from rules.channels import Channel, ChannelForm
from rules.policy import Position
from rules.ticket import StatusCategory, Ticket, TicketRef

REF = TicketRef("zendesk", "35")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "/hook/T0SECRET"
NOTICE = Notify(
    on=REF,
    because="rule down holds",
    rule="rule:down",
    key="notify:room:told:rule:down:1",
    channel="room",
    title="35: <!channel> & co",
    body="Production is down\nLook at it",
    url="https://desk.example/35",
)
TICKET = Ticket(
    ref=REF,
    key="35",
    url="https://desk.example/35",
    subject="Down",
    status=StatusCategory.OPEN,
    status_name="open",
    priority=None,
    created_at=NOW,
    updated_at=NOW,
    version="1",
)


class Addresses:
    """The environment: one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    def get(self, env: str, *, file: object = None) -> str:
        assert (env, file) == ("ROOM_URL", None)
        return self._address


def opened(address: str, *, form: ChannelForm = ChannelForm.JSON, repeat: bool = False) -> ChannelSink:
    at = Position(file="p.yaml", line=1, column=1)
    channel = Channel(name="room", at=at, url_env="ROOM_URL", form=form, repeat_when_unsure=repeat)
    return open_channel(channel, Addresses(address))


def sent(sink: ChannelSink) -> Applied:
    (write,) = sink.batch(TICKET, [NOTICE])
    assert write.kind is WriteKind.NOTIFY
    return sink.apply(write, "op-1")


def test_a_web_address_gets_an_object_with_an_id_that_stays_the_same(receiver: Any) -> None:
    assert sent(opened(receiver.url)).refused == {}
    ((path, headers, body),) = receiver.received
    assert path == SECRET
    assert headers["Idempotency-Key"] == body["id"] == "zendesk:35:notify:room:told:rule:down:1"
    assert body == {
        "id": body["id"],
        "title": "35: <!channel> & co",
        "text": "Production is down\nLook at it",
        "ticket": "zendesk:35",
        "url": "https://desk.example/35",
        "because": "rule down holds",
    }


def test_a_chat_room_gets_text_in_which_a_customer_s_words_mention_nobody(receiver: Any) -> None:
    sent(opened(receiver.url, form=ChannelForm.SLACK))
    text = "35: &lt;!channel&gt; &amp; co\nProduction is down\nLook at it\nhttps://desk.example/35"
    assert receiver.received[0][2] == {"text": text}


def test_credentials_in_the_address_travel_as_credentials(receiver: Any) -> None:
    sent(opened(receiver.url.replace("http://", "http://kim:p%40ss@")))
    told = base64.b64encode(b"kim:p@ss").decode()
    assert receiver.received[0][1]["Authorization"] == f"Basic {told}"


@pytest.mark.parametrize("status", [301, 400, 403, 404, 410])
def test_what_the_channel_will_never_take_is_refused_and_does_not_hold_up_the_ticket(
    receiver: Any, status: int
) -> None:
    receiver.status = status
    why = sent(opened(receiver.url)).refused[NOTICE.key]
    assert f"answered {status}" in why
    assert "T0SECRET" not in why


@pytest.mark.parametrize(
    ("status", "kind", "ambiguous"),
    [(429, ErrorKind.RATE_LIMITED, False), (500, ErrorKind.RETRY, True), (None, ErrorKind.RETRY, True)],
)
def test_passing_trouble_says_whether_the_notice_may_have_arrived(
    receiver: Any, status: int | None, kind: ErrorKind, ambiguous: bool
) -> None:
    receiver.status = status
    with pytest.raises(ConnectorError) as caught:
        sent(opened(receiver.url))
    assert (caught.value.kind, caught.value.ambiguous) == (kind, ambiguous)
    assert "T0SECRET" not in str(caught.value)
    assert len(receiver.received) == 1


def test_where_nothing_answers_the_notice_has_surely_not_arrived(receiver: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        sent(opened("http://127.0.0.1:9/T0SECRET"))
    assert not caught.value.ambiguous
    assert "T0SECRET" not in str(caught.value)


def test_a_notice_of_unknown_outcome_is_repeated_only_where_the_policy_says_so(receiver: Any) -> None:
    careful, keen = opened(receiver.url), opened(receiver.url, repeat=True)
    (write,) = careful.batch(TICKET, [NOTICE])
    found = careful.find(write, "op-1", NOW)
    assert found is not None
    assert (found.unsure, found.refused) == (True, {})
    assert keen.find(write, "op-1", NOW) is None
    assert receiver.received == []


def test_any_service_of_apprise_can_be_told(receiver: Any) -> None:
    sent(opened(receiver.url.replace("http://", "json://")))
    ((path, _, body),) = receiver.received
    assert path.startswith(SECRET)
    assert body["title"] == "35: <!channel> & co"
    assert body["message"].startswith("Production is down")
    receiver.status = 500
    with pytest.raises(ConnectorError) as caught:
        sent(opened(receiver.url.replace("http://", "json://")))
    assert caught.value.ambiguous


@pytest.mark.parametrize(
    "address",
    [
        "https:///T0SECRET",
        "nonsense",
        "gopher://T0SECRET/",
        "https://bot:T0SECRET/7@chat.example/hook",
        "https://chat.example:T0SECRET/hook",
        "https://[T0SECRET/hook",
        "https://chat.example:99999/T0SECRET",
        "https://T0SECRET\u2100.example/hook",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        opened(address)
    assert "ROOM_URL" in str(caught.value)
    assert "T0SECRET" not in "".join(traceback.format_exception(caught.value)), "not even in a traceback"
