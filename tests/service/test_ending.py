"""How services end, and what becomes of what they had in hand: signals, kill -9, a rival on the same store."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest


def complaints(shop: Any, count: int) -> list[int]:
    return [shop.ticket("complaint") for _ in range(count)]


def escalated(shop: Any, tickets: list[int]) -> Callable[[], bool]:
    return lambda: all("esc_t1" in shop.tags(ticket) for ticket in tickets)


def each_said_once(shop: Any, tickets: list[int]) -> bool:
    return all(len(shop.notes(ticket)) == 1 for ticket in tickets)


def test_a_visit_in_hand_is_completed_and_the_others_are_handed_back(any_shop: Any) -> None:
    shop = any_shop
    tickets = complaints(shop, 40)
    shop.hold(nth=3)
    service = shop.start()
    shop.wait(shop.held)
    service.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert service.poll() is None, "it waits for the write in hand"
    shop.control("POST", "/release", {})
    output, _ = service.communicate(timeout=30)
    assert service.returncode == 0, output
    done = [ticket for ticket in tickets if "esc_t1" in shop.tags(ticket)]
    assert 3 <= len(done) < 40
    shop.control("DELETE", "/faults")
    again = shop.serve()
    shop.wait(escalated(shop, tickets))
    assert shop.end(again)[0] == 0
    assert each_said_once(shop, tickets)


def test_a_service_that_cannot_complete_a_visit_in_time_says_so(shop: Any) -> None:
    tickets = complaints(shop, 3)
    shop.hold(nth=1)
    service = shop.start("serve", "--drain", "1")
    shop.wait(shop.held)
    code, output = shop.end(service)
    assert code == 1
    assert "Not everything was completed within 1 s" in output
    shop.control("POST", "/release", {})
    shop.control("DELETE", "/faults")
    again = shop.serve()
    shop.wait(escalated(shop, tickets))
    shop.end(again)
    assert each_said_once(shop, tickets)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(shop: Any, number: int) -> None:
    complaints(shop, 3)
    shop.hold(nth=1)
    service = shop.start()
    shop.wait(shop.held)
    service.send_signal(number)
    time.sleep(0.7)
    assert service.poll() is None
    service.send_signal(number)
    assert service.wait(5) == 128 + number
    shop.control("POST", "/release", {"drop": True})


def test_an_idle_service_ends_within_seconds(any_shop: Any) -> None:
    shop = any_shop
    service = shop.serve()
    began = time.monotonic()
    assert shop.end(service)[0] == 0
    assert time.monotonic() - began < 5


def test_two_services_on_one_sqlite_file_are_refused_clearly(shop: Any) -> None:
    first = shop.serve()
    for command in ("serve", "worker"):
        second = shop.start(command)
        output, _ = second.communicate(timeout=30)
        assert second.returncode == 1, output
        assert "Another Escalade works on this store; nothing was done." in output
    assert first.poll() is None
    assert shop.end(first)[0] == 0


def test_a_worker_alone_on_sqlite_is_told_what_to_do(shop: Any) -> None:
    worker = shop.start("worker")
    output, _ = worker.communicate(timeout=30)
    assert worker.returncode == 2
    assert "use 'escalade serve'" in output


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["before", "after"])
def test_one_of_three_workers_killed_in_the_middle_of_a_write_is_taken_over_from(
    make_shop: Any, new_postgres_database: Any, phase: str
) -> None:
    shop = make_shop(new_postgres_database())
    tickets = complaints(shop, 30)
    shop.hold(4, phase)
    first = shop.start()
    shop.wait(shop.held)
    others = [shop.start("worker"), shop.start("worker")]
    first.kill()
    shop.control("DELETE", "/faults")
    shop.control("POST", "/release", {"drop": phase == "before"})
    shop.wait(escalated(shop, tickets), 60)
    time.sleep(1)
    assert each_said_once(shop, tickets)
    for worker in others:
        assert shop.end(worker)[0] == 0
    assert "worker.taken_over" in shop.log


@pytest.mark.slow
def test_a_killed_service_on_sqlite_goes_on_where_it_was(shop: Any) -> None:
    tickets = complaints(shop, 20)
    shop.hold(5, "after")
    first = shop.start()
    shop.wait(shop.held)
    first.kill()
    shop.control("DELETE", "/faults")
    shop.control("POST", "/release", {})
    again = shop.serve()
    shop.wait(escalated(shop, tickets), 30)
    time.sleep(1)
    assert each_said_once(shop, tickets)
    assert shop.end(again)[0] == 0


@pytest.mark.slow
def test_a_worker_that_was_frozen_too_long_writes_nothing_any_more(make_shop: Any, new_postgres_database: Any) -> None:
    shop = make_shop(new_postgres_database())
    tickets = complaints(shop, 12)
    shop.hold(2, "after")
    frozen = shop.start()
    shop.wait(shop.held)
    frozen.send_signal(signal.SIGSTOP)
    shop.control("DELETE", "/faults")
    shop.control("POST", "/release", {})
    other = shop.start("worker")
    shop.wait(escalated(shop, tickets), 60)
    writes = shop.writes
    frozen.send_signal(signal.SIGCONT)
    shop.wait(lambda: "worker.taken_for_dead" in shop.log, 30)
    time.sleep(2)
    assert shop.writes == writes
    assert each_said_once(shop, tickets)
    for process in (frozen, other):
        assert shop.end(process)[0] == 0


def test_tickets_that_are_being_read_when_the_end_comes_are_given_back_in_silence(shop: Any) -> None:
    tickets = complaints(shop, 3)
    match = {"method": "GET", "path_regex": "/show_many", "nth": 1, "times": 1}
    shop.control("POST", "/faults", {"kind": "hold_after", "match": match, "params": {}})
    service = shop.start()
    shop.wait(shop.held)
    service.send_signal(signal.SIGTERM)
    time.sleep(1)
    shop.control("POST", "/release", {})
    service.communicate(timeout=60)
    assert (service.returncode, "worker.read_failed" in shop.log) == (0, False), shop.log
    again = shop.serve()
    shop.wait(escalated(shop, tickets))
    shop.end(again)
