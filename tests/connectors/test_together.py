"""Several reads under way at the same time: in order, within bounds, with the asker's rank and patience."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.patience import longest_wait, waiting_at_most
from connectors.rank import Rank, current_rank, ranked
from connectors.together import Together
from connectors.zendesk.client import ZendeskClient

SECONDS = 20


@pytest.fixture
def together() -> Iterator[Together]:
    made = Together("zendesk", at_once=3)
    yield made
    made.close()


def test_as_many_as_are_allowed_are_under_way_at_a_time_and_no_more(together: Together) -> None:
    three, lock, running, most = threading.Barrier(3), threading.Lock(), 0, 0

    def read(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Nobody gets through before three have come.
        three.wait(SECONDS)
        with lock:
            running -= 1

    together.read(read, range(9))
    assert most == 3


def test_what_is_found_comes_in_the_order_in_which_it_was_asked_for(together: Together) -> None:
    later_first = threading.Event()

    def read(one: int) -> int:
        if one == 1:
            assert later_first.wait(SECONDS)
        if one == 2:
            later_first.set()
        return one * 10

    assert together.read(read, [1, 2, 3]) == [10, 20, 30]
    assert together.read(read, []) == []


def test_one_alone_is_read_by_whoever_asks(together: Together) -> None:
    assert together.read(lambda _: threading.current_thread(), ["alone"]) == [threading.current_thread()]
    assert threading.current_thread() not in together.read(lambda _: threading.current_thread(), ["one", "two"])


def test_a_call_has_the_rank_and_the_patience_of_whoever_asks(together: Together) -> None:
    with ranked(Rank.LAST), waiting_at_most(0.5):
        seen = together.read(lambda _: (current_rank(), longest_wait()), range(4))
    assert seen == [(Rank.LAST, 0.5)] * 4


def test_after_a_failure_nothing_is_under_way_any_more_and_nothing_is_begun(together: Together) -> None:
    begun: list[int] = []
    ended: list[int] = []

    def read(one: int) -> None:
        begun.append(one)
        if one == 0:
            raise ValueError("no such ticket")
        time.sleep(0.05)
        ended.append(one)

    with pytest.raises(ValueError, match="no such ticket"):
        together.read(read, range(100))
    assert sorted(ended) == sorted(set(begun) - {0})
    assert len(begun) < 100
    time.sleep(0.1)
    assert len(ended) == len(begun) - 1


def test_comments_of_several_tickets_are_read_at_the_same_time(
    zendesk_desk: Any, zendesk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [zendesk_desk.ticket(f"number {number}") for number in range(4)]
    all_four, comments = threading.Barrier(4), ZendeskClient.comments

    def meeting(client: ZendeskClient, ticket: str) -> Any:
        all_four.wait(SECONDS)
        return comments(client, ticket)

    monkeypatch.setattr(ZendeskClient, "comments", meeting)
    refs = [zendesk_desk.ref(ticket) for ticket in tickets]
    found = zendesk.source.read(refs)
    assert [found[ref].subject for ref in refs] == [ticket.subject for ticket in tickets]
    assert zendesk_desk.count("GET /api/v2/tickets/show_many") == 1
