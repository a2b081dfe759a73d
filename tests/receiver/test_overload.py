"""When deliveries cannot be kept, their senders are told to try again later: nothing is lost, and nothing is a bare 500."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from escalade.store.deliveries import Arrival
from escalade.store.errors import StoreError
from escalade.store.sql import SqlStore, open_store
from rules.ticket import TicketRef


class Sick:
    """A store that can be stuck or fail."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.free = threading.Event()
        self.free.set()
        self.entered = threading.Event()
        self.error: Exception | None = None
        self.batches: list[int] = []

    def arrive(self, arrivals: Sequence[Arrival], now: datetime) -> Sequence[bool]:
        self.batches.append(len(arrivals))
        self.entered.set()
        self.free.wait(20)
        if self.error is not None:
            raise self.error
        return self.store.arrive(arrivals, now)

    def forget_deliveries(self, now: datetime) -> bool:
        return self.store.forget_deliveries(now)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(f"sqlite:///{tmp_path / 'escalade.db'}") as opened:
        yield opened


def later(answer: Any) -> bool:
    return (answer.status, answer.outcome) == (503, "overloaded") and 0 < int(answer.headers["retry-after"]) < 60


@pytest.mark.parametrize("error", [StoreError("the disk is full"), RuntimeError("anything")])
def test_a_database_that_fails_is_told_as_such_and_works_again_once_it_does(
    store: SqlStore, serving: Callable[..., Any], wire: Any, error: Exception
) -> None:
    sick = Sick(store)
    with serving(store, behind=sick) as hooks:
        sick.error = error
        assert later(hooks.zendesk(wire.event(35)))
        assert hooks.due() == []
        sick.error = None
        assert hooks.zendesk(wire.event(35)).outcome == "accepted"
        assert hooks.due() == [TicketRef("zendesk", "35")]


def test_a_stuck_database_does_not_keep_senders_waiting_and_loses_nothing(
    store: SqlStore, serving: Callable[..., Any], wire: Any
) -> None:
    sick = Sick(store)
    with serving(store, behind=sick, patience=0.3) as hooks:
        sick.free.clear()
        began = time.monotonic()
        assert later(hooks.zendesk(wire.event(35)))
        assert 0.25 < time.monotonic() - began < 5
        # The thread that writes may have begun a moment after the sender began to wait.
        time.sleep(0.3)
        waited = time.monotonic()
        assert later(hooks.zendesk(wire.event(36, number=2)))
        assert time.monotonic() - waited < 0.25, "it is known by now that the database is stuck"
        sick.free.set()
        while later(again := hooks.zendesk(wire.event(35))):
            time.sleep(0.02)
        assert again.outcome == "repeated", "what was taken is kept in the end"


def test_a_full_queue_is_told_as_such_at_once(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    sick = Sick(store)
    with serving(store, behind=sick, most_waiting=3) as hooks, ThreadPoolExecutor(4) as senders:
        sick.free.clear()
        first = senders.submit(hooks.zendesk, wire.event(1, number=1))
        assert sick.entered.wait(5)
        waiting = [senders.submit(hooks.zendesk, wire.event(n, number=n)) for n in (2, 3, 4)]
        while len(waiting) > hooks.waiting():
            time.sleep(0.01)
        assert later(hooks.zendesk(wire.event(5, number=5)))
        sick.free.set()
        assert [sender.result().status for sender in (first, *waiting)] == [202] * 4
        assert sick.batches == [1, 3], "what waited travelled in one commit"
        assert len(hooks.due()) == 4


def test_a_bug_is_no_bare_500(hooks: Any, wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("connectors.zendesk.hooks._read", broken)
    assert later(hooks.zendesk(wire.event(35)))


def test_an_end_in_order_answers_what_was_taken(store: SqlStore, serving: Callable[..., Any], wire: Any) -> None:
    sick = Sick(store)
    with ThreadPoolExecutor(1) as senders:
        with serving(store, behind=sick) as hooks:
            sick.free.clear()
            sent = senders.submit(hooks.zendesk, wire.event(35))
            assert sick.entered.wait(5)
            threading.Timer(0.3, sick.free.set).start()
        assert sent.result().status == 202
    assert store.due(wire.NOW, 10)[0].ref == TicketRef("zendesk", "35")
