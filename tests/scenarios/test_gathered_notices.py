"""What waited for room on a channel goes out in one message, and each ticket of it is told of once, whatever happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.channel import ChannelSink
from escalade.store.sql import SqlStore
from escalade.writer import Writer

HOUR = timedelta(hours=1)
#: The line of a letter that names a ticket.
_ABOUT = re.compile(r"(?:- )?(\d+): ")


class KilledError(BaseException):
    """The process is gone: nothing that would catch an error sees it."""


@pytest.fixture
def crowded(desk: Any) -> Callable[..., Any]:
    """A desk whose room takes one notice an hour: it was told of the first ticket, and four wait."""

    def make(more: str = "", address: str = "", templates: str = "") -> Any:
        text = (desk.directory / "rules.yaml").read_text(encoding="utf-8")
        rule = "    tags: [esc_complaint]\n"
        channel = f"\nchannels:\n  room: {{url_env: ROOM_URL, at_most: {{count: 1, within: 1h}}{more}}}\n"
        desk.secrets["ROOM_URL"] = address or f"{desk.emulator.url}/_emulator/letters"
        desk.write_policy(
            text.replace(rule, rule + "    notify: [{channel: room, template: entered}]\n") + templates + channel,
        )
        desk.restart()
        desk.refs = [desk.ticket(f"Refund {number}", "complaint") for number in range(5)]
        desk.sync()
        return desk

    return make


def told(desk: Any) -> list[str]:
    """The tickets that the room was told of."""
    lines = [line for letter in desk.world.letters for line in letter.splitlines()]
    return sorted(found.group(1) for line in lines if (found := _ABOUT.match(line)))


def acts(desk: Any, action: str) -> list[str]:
    """The tickets of whose notice that became."""
    return sorted(ref.id for ref in desk.refs if any("channel room" in one for one in desk.journal(ref, action)))


def test_the_message_lists_the_tickets_with_what_the_policy_says_of_them(crowded: Callable[..., Any]) -> None:
    desk = crowded()
    desk.pass_time(HOUR)
    desk.sync()
    [_, letter] = desk.world.letters
    first, *rest = letter.splitlines()
    assert first == "4 tickets that waited for room on this channel"
    number, subject = re.match(r"- (\d+): (.*)", rest[0]).groups()  # type: ignore[union-attr]
    assert rest[1] == f"  Escalated to Tier 1: The customer complained ({subject})"
    assert rest[2] == f"  {desk.emulator.url}/agent/tickets/{number}"
    assert told(desk) == acts(desk, "write.applied") == sorted(ref.id for ref in desk.refs)


def test_the_message_is_in_the_words_of_the_policy(crowded: Callable[..., Any]) -> None:
    words = "{{ gathered.count }} Tickets haben gewartet\\nBitte ansehen:\\n{{ gathered.tickets }}"
    desk = crowded(", gathered: several", templates=f'  several: "{words}"\n')
    desk.pass_time(HOUR)
    desk.sync()
    [_, letter] = desk.world.letters
    assert letter.splitlines()[:2] == ["4 Tickets haben gewartet", "Bitte ansehen:"]
    assert told(desk) == sorted(ref.id for ref in desk.refs)


def test_it_takes_one_place_and_those_after_it_wait_for_the_next(crowded: Callable[..., Any]) -> None:
    desk = crowded()
    desk.pass_time(HOUR)
    desk.sync()
    desk.refs += [desk.ticket(f"Late {number}", "complaint", created_at=desk.now) for number in range(2)]
    desk.settle()
    assert len(desk.world.letters) == 2
    desk.pass_time(HOUR)
    desk.sync()
    assert len(desk.world.letters) == 3
    assert len(told(desk)) == 7


def test_one_that_waited_alone_is_told_as_ever(crowded: Callable[..., Any]) -> None:
    desk = crowded()
    for ref in desk.refs[1:-1]:
        desk.solve(ref)
    waiting = set(acts(desk, "write.intended"))
    desk.pass_time(HOUR)
    desk.settle()
    assert len(waiting) == 1
    assert all("tickets that waited" not in letter for letter in desk.world.letters)


#: Where the process dies: in which method of what, how often that went well before, and whether the method was done.
DEATHS = {
    "before anything is kept": (SqlStore, "begin_together", 0, False),
    "before it is sent": (SqlStore, "begin_together", 0, True),
    "when it was sent": (ChannelSink, "tell_together", 0, True),
    "when the first is known to be told": (Writer, "applied", 0, True),
    "when the third is known to be told": (Writer, "applied", 2, True),
}


@pytest.mark.parametrize("repeats", [False, True])
@pytest.mark.parametrize("where", DEATHS)
def test_who_is_killed_in_the_middle_tells_nobody_twice_and_forgets_nobody(
    crowded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, where: str, repeats: bool
) -> None:
    desk = crowded(", repeat_when_unsure: true" if repeats else "")
    desk.pass_time(HOUR)
    owner, name, times, done = DEATHS[where]
    method, count = getattr(owner, name), iter(range(100))

    def dying(*arguments: Any, **named: Any) -> Any:
        if next(count) < times:
            return method(*arguments, **named)
        if done:
            method(*arguments, **named)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying)
        with pytest.raises(KilledError):
            desk.app.sync_quietly().once()
    desk.restart()
    for _ in range(4):
        desk.pass_time(HOUR)
        desk.settle()
    everybody = sorted(ref.id for ref in desk.refs)
    if repeats:
        assert set(told(desk)) == set(everybody)
    else:
        assert len(set(told(desk))) == len(told(desk))
        # Of whom it is not known, that is in the journal: a channel cannot be asked.
        assert sorted({*told(desk), *acts(desk, "write.unknown")}) == everybody
        assert sorted(acts(desk, "write.applied") + acts(desk, "write.unknown")) == everybody
    letters = len(desk.world.letters)
    desk.pass_time(HOUR)
    desk.settle()
    assert len(desk.world.letters) == letters


def test_what_was_surely_not_sent_takes_no_room_and_is_told_later(crowded: Callable[..., Any], receiver: Any) -> None:
    desk = crowded(address=receiver.url)
    desk.pass_time(HOUR)
    receiver.status = 429
    desk.app.sync_quietly().once()
    assert desk.app.store.told_on("room", desk.now - HOUR) == ()
    receiver.status = 200
    for _ in range(4):
        desk.pass_time(HOUR)
        desk.settle()
    assert acts(desk, "write.applied") == sorted(ref.id for ref in desk.refs)


def test_what_the_channel_will_never_take_is_refused_for_each_and_holds_nobody_up(
    crowded: Callable[..., Any], receiver: Any
) -> None:
    desk = crowded(address=receiver.url)
    receiver.status = 400
    desk.pass_time(HOUR)
    report = desk.app.sync_quietly().once()
    assert report.parked == {}
    assert len(receiver.received) == 2
    body = receiver.received[-1][2]
    assert [sorted(one) for one in body["tickets"]] == [["because", "ticket", "title", "url"]] * 4
    desk.pass_time(HOUR)
    desk.settle()
    assert len(receiver.received) == 2
