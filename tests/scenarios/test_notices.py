"""Telling people on a channel: once, in their hours, and without holding up the ticket when the channel is in trouble."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from escalade.progress import QuietProgress
from rules.problems import PolicyErrors

NOTIFY = """
channels:
  room: {url_env: ROOM_URL, calendar: office%s}
"""


@pytest.fixture
def told_desk(desk: Any, receiver: Any) -> Callable[..., Any]:
    """A desk whose rule about complaints tells a room."""

    def make(options: str = "") -> Any:
        text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
        rule = "    tags: [esc_complaint]\n"
        told = text.replace(rule, f"{rule}    notify: [{{channel: room, template: entered}}]\n") + NOTIFY % options
        desk.secrets["ROOM_URL"] = receiver.url
        desk.write_policy(told)
        desk.restart()
        return desk

    return make


def ids(receiver: Any) -> list[str]:
    return [body["id"] for _, _, body in receiver.received]


@pytest.mark.capability("D10")
@pytest.mark.capability("D18")
def test_the_room_is_told_once_and_after_the_ticket(told_desk: Callable[..., Any], receiver: Any) -> None:
    desk = told_desk()
    ref = desk.ticket("Refund", "complaint")
    desk.settle()
    desk.settle()
    ((_, _, body),) = receiver.received
    assert body["text"] == "Escalated to Tier 1: The customer complained (Refund)"
    assert body["ticket"] == str(ref)
    applied = desk.journal(ref, "write.applied")
    assert "tell the channel room" in applied[-1]


def test_whether_a_notice_arrived_that_nobody_confirmed_is_journalled_as_not_known(
    told_desk: Callable[..., Any], receiver: Any
) -> None:
    desk = told_desk()
    ref = desk.ticket("Refund", "complaint")
    receiver.status = None
    desk.app.sync(QuietProgress()).once()
    assert "esc_t1" in desk.tags(ref)
    receiver.status = 200
    desk.pass_time(timedelta(minutes=10))
    desk.settle()
    assert len(receiver.received) == 1
    (unknown,) = desk.journal(ref, "write.unknown")
    assert "tell the channel room" in unknown


def test_a_room_that_wants_it_twice_rather_than_never_is_told_again_under_the_same_id(
    told_desk: Callable[..., Any], receiver: Any
) -> None:
    desk = told_desk(", repeat_when_unsure: true")
    desk.ticket("Refund", "complaint")
    receiver.status = None
    desk.app.sync(QuietProgress()).once()
    receiver.status = 200
    desk.pass_time(timedelta(minutes=10))
    desk.settle()
    desk.settle()
    first, second = ids(receiver)
    assert first == second


def test_a_room_that_is_gone_does_not_hold_up_the_ticket(told_desk: Callable[..., Any], receiver: Any) -> None:
    desk = told_desk()
    ref = desk.ticket("Refund", "complaint")
    receiver.status = 404
    desk.settle()
    desk.settle()
    assert len(receiver.received) == 1
    assert desk.seen(ref).group == "Tier 1"
    (refused,) = desk.journal(ref, "write.part_refused")
    assert "answered 404" in refused
    assert "T0SECRET" not in refused


def test_what_is_not_urgent_waits_for_the_room_s_next_working_minute(
    told_desk: Callable[..., Any], receiver: Any
) -> None:
    desk = told_desk()
    friday = datetime.fromisoformat("2026-03-06T23:30:00+00:00")
    desk.go_to(friday)
    desk.ticket("Refund", "complaint")
    desk.settle()
    assert receiver.received == []
    desk.go_to(datetime.fromisoformat("2026-03-09T08:59:59+00:00"))
    desk.sync()
    assert receiver.received == []
    desk.go_to(datetime.fromisoformat("2026-03-09T09:00:00+00:00"))
    desk.sync()
    assert len(receiver.received) == 1


def test_a_missing_address_is_a_mistake_at_start_with_its_place(told_desk: Callable[..., Any]) -> None:
    desk = told_desk()
    del desk.secrets["ROOM_URL"]
    with pytest.raises(PolicyErrors) as refused:
        desk.restart()
    (problem,) = refused.value.problems
    assert (problem.path, "ROOM_URL" in problem.message) == ("channels.room.url_env", True)
