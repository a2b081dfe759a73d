"""Workers gather what waits for room on a channel, and tell nobody twice, also when several of them are at it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

TICKETS = 12
POLICY = """\
version: 1
default_calendar: always
brakes: {max_tickets: 1000, max_share: 1}
channels:
  room: {url_env: ROOM_URL, at_most: {count: 1, within: 4s}}
rules:
  - id: complaint
    description: The customer complained
    when: {helpdesk: zendesk, tags: {contains: complaint}}
    tags: [heard]
    notify: [{channel: room, template: told}]
templates: {told: "{{ rule.description }}"}
"""


def told(shop: Any) -> Counter[str]:
    """How often the room was told of each ticket."""
    lines = [line for letter in shop.world.letters for line in letter.splitlines()]
    return Counter(found.group(1) for line in lines if (found := re.match(r"(?:- )?(\d+): ", line)))


def test_what_waited_is_told_together_and_of_each_ticket_once(
    make_shop: Callable[..., Any], new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop(new_postgres_database(), workers=4)
    monkeypatch.setenv("ROOM_URL", f"{shop.emulator.url}/_emulator/letters")
    shop.write_policy(text=POLICY)
    tickets = [shop.ticket("complaint") for _ in range(TICKETS)]
    processes = [shop.serve(), shop.start("worker")]
    shop.wait(lambda: len(told(shop)) == TICKETS)
    assert told(shop) == Counter(str(ticket) for ticket in tickets)
    assert any("tickets that waited for room" in letter for letter in shop.world.letters)
    assert all("heard" in shop.tags(ticket) for ticket in tickets)
    for process in processes:
        assert shop.end(process)[0] == 0
    assert "visit.crashed" not in shop.log
    assert "visit.parked" not in shop.log
