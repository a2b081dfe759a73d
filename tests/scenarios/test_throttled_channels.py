"""A channel is told no more than it takes: what is over the limit waits, and is told when there is room."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rules.change import Notify

HOUR = timedelta(hours=1)
#: The line of a letter that names a ticket.
_ABOUT = re.compile(r"(- )?\d+: ")


@pytest.fixture
def throttled(desk: Any) -> Callable[..., Any]:
    """A desk whose rule about complaints tells a room at the emulator, twice an hour at most."""

    def make(*, limit: str = ", at_most: {count: 2, within: 1h}", urgent: str = "", brakes: str = "") -> Any:
        text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
        rule = "    tags: [esc_complaint]\n"
        notify = f"    notify: [{{channel: room, template: entered{urgent}}}]\n"
        channels = f"\nchannels:\n  room: {{url_env: ROOM_URL{limit}}}\n"
        desk.secrets["ROOM_URL"] = f"{desk.emulator.url}/_emulator/letters"
        desk.write_policy(text.replace(rule, rule + notify) + channels + brakes)
        desk.restart()
        return desk

    return make


def subjects(desk: Any) -> list[str]:
    """The tickets that the room was told of, in order."""
    return [
        line.split(": ", 1)[1] for letter in desk.world.letters for line in letter.splitlines() if _ABOUT.match(line)
    ]


@pytest.mark.capability("D18")
def test_what_is_over_the_limit_waits_and_nothing_is_lost_or_told_twice(throttled: Callable[..., Any]) -> None:
    desk = throttled()
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(5)]
    began = desk.now
    desk.sync()
    assert len(desk.world.letters) == 2
    assert all("esc_complaint" in desk.tags(ref) for ref in refs)
    desk.go_to(began + HOUR - timedelta(seconds=1))
    desk.sync()
    assert len(desk.world.letters) == 2
    desk.go_to(began + HOUR)
    desk.sync()
    [together] = desk.world.letters[2:]
    assert together.startswith("3 tickets that waited for room on this channel")
    assert sorted(subjects(desk)) == [f"Refund {number}" for number in range(5)]
    assert "Escalated to Tier 1: The customer complained" in together
    desk.go_to(began + 2 * HOUR)
    desk.sync()
    desk.sync()
    assert len(desk.world.letters) == 3
    told = [entry for ref in refs for entry in desk.journal(ref, "write.applied") if "tell the channel room" in entry]
    assert len(told) == 5


def test_what_was_told_counts_after_a_restart(throttled: Callable[..., Any]) -> None:
    desk = throttled()
    for number in range(2):
        desk.ticket(f"Refund {number}", "complaint")
    desk.sync()
    desk.restart()
    desk.ticket("Refund 2", "complaint")
    desk.settle()
    assert len(desk.world.letters) == 2


def test_a_dry_run_shows_no_more_notices_than_there_is_room_for(throttled: Callable[..., Any]) -> None:
    desk = throttled()
    for number in range(5):
        desk.ticket(f"Refund {number}", "complaint")
    plans = desk.sync(dry_run=True).plans
    why = [skipped.why for plan in plans for skipped in plan.skipped]
    told = [change for plan in plans for change in plan.changes if isinstance(change, Notify)]
    assert len(told) == 2
    assert why == ["the channel room takes 2 within 1h; there is room at 2026-03-02 10:00 UTC"] * 3


def test_an_urgent_notice_does_not_wait_for_room(throttled: Callable[..., Any]) -> None:
    desk = throttled(urgent=", urgent: true")
    for number in range(4):
        desk.ticket(f"Refund {number}", "complaint")
    desk.sync()
    assert len(desk.world.letters) == 4


def test_those_who_wait_do_not_count_for_the_brakes_when_there_is_room_again(throttled: Callable[..., Any]) -> None:
    desk = throttled(brakes="brakes: {max_tickets: 3}\n")
    for number in range(6):
        desk.ticket(f"Refund {number}", "complaint")
    desk.sync(force=True)
    desk.pass_time(HOUR)
    desk.sync()
    assert len(desk.world.letters) == 3
    assert len(subjects(desk)) == 6


def test_what_was_not_sent_for_certain_takes_no_room(throttled: Callable[..., Any], receiver: Any) -> None:
    desk = throttled(limit=", at_most: {count: 1, within: 1h}")
    desk.secrets["ROOM_URL"] = receiver.url
    desk.restart()
    desk.ticket("Refund", "complaint")
    receiver.status = 429
    desk.app.sync_quietly().once()
    assert desk.app.store.told_on("room", desk.now - HOUR) == ()
    receiver.status = 200
    desk.pass_time(timedelta(minutes=10))
    desk.settle()
    assert len(desk.app.store.told_on("room", desk.now - HOUR)) == 1


def test_what_no_longer_holds_when_there_is_room_is_not_told(throttled: Callable[..., Any]) -> None:
    desk = throttled(limit=", at_most: {count: 1, within: 1h}")
    refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(2)]
    desk.settle()
    for ref in refs:
        desk.solve(ref)
    desk.pass_time(HOUR)
    desk.settle()
    assert len(desk.world.letters) == 1


def test_what_may_have_arrived_takes_room_and_is_not_told_again(throttled: Callable[..., Any], receiver: Any) -> None:
    desk = throttled(limit=", at_most: {count: 1, within: 1h}")
    desk.secrets["ROOM_URL"] = receiver.url
    desk.restart()
    desk.ticket("Refund", "complaint")
    receiver.status = None
    desk.app.sync_quietly().once()
    receiver.status = 200
    desk.ticket("Another", "complaint")
    desk.pass_time(timedelta(minutes=10))
    desk.settle()
    assert len(receiver.received) == 1
    desk.pass_time(HOUR)
    desk.settle()
    assert [body["title"].split(": ")[1] for _, _, body in receiver.received] == ["Refund", "Another"]
