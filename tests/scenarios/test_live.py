"""The live check: which helpdesks and channels can be reached, and when each channel last took something."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

CHANNELS = """
channels:
  room: {url_env: ROOM_URL}
  gone: {url_env: GONE_URL}
  mail: {url_env: MAIL_URL}
"""


@pytest.fixture
def reachable(desk: Any, receiver: Any) -> Any:
    """A desk with a room that is there, one that is gone, and a mailbox."""
    text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
    rule = "    tags: [esc_complaint]\n"
    desk.write_policy(text.replace(rule, f"{rule}    notify: [{{channel: room, template: entered}}]\n") + CHANNELS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    desk.secrets |= {
        "ROOM_URL": receiver.url,
        "GONE_URL": f"http://127.0.0.1:{port}/hook/T0SECRET",
        "MAIL_URL": "mailto://me:pass@example.com",
    }
    desk.restart()
    return desk


@pytest.mark.capability("D11")
def test_it_tells_what_answers_and_when_each_channel_last_took_something(reachable: Any, receiver: Any) -> None:
    desk = reachable
    code, before = desk.command("check", "--live")
    assert code == 0, before
    assert "helpdesk zendesk: answers; we are" in before
    assert "channel room: can be reached; nothing was delivered yet" in before
    desk.ticket("Refund", "complaint")
    desk.settle()
    code, after = desk.command("check", "--live")
    lines = after.splitlines()
    assert code == 0
    assert "channel room: can be reached; last delivery 2026-03-02 09:00 UTC" in lines
    assert "channel mail: cannot be asked; nothing was delivered yet" in lines
    (gone,) = [line for line in lines if line.startswith("channel gone")]
    assert "takes no connection" in gone
    assert "T0SECRET" not in after
    assert len(receiver.received) == 1, "the check itself told nobody anything"


@pytest.mark.capability("D11")
def test_under_strict_what_does_not_answer_fails(reachable: Any) -> None:
    assert reachable.command("check", "--strict")[0] == 0
    assert reachable.command("check", "--live", "--strict")[0] == 1


@pytest.mark.capability("D11")
def test_words_that_a_helpdesk_does_not_have_are_told_with_their_places(reachable: Any) -> None:
    file = reachable.directory / "rules.yaml"
    known = file.read_text(encoding="utf-8")
    wrong = known.replace(
        "rules:\n", "rules:\n  - {id: lost, description: Lost, when: {field.nowhere: yes}, tags: [lost]}\n", 1
    )
    file.write_text(wrong, encoding="utf-8")
    assert reachable.command("check")[0] == 0
    code, told = reachable.command("check", "--live")
    assert code == 2
    assert "channel room: can be reached" in told
    code, listed = reachable.command("check", "--live", "--format", "json")
    found = {(one["code"], one["severity"]) for one in json.loads(listed)["findings"]}
    assert code == 2
    assert found >= {("mistake", "error"), ("unreachable", "warning")}
