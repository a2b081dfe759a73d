"""Call budgets, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Scope
from connectors.limiter import Budget, BudgetExhaustedError, Limiter, Reading


class Time:
    """Seconds that pass by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    """The tests' clock."""
    return Time()


def limiter(time: Time, **budgets: Any) -> Limiter:
    return Limiter(clock=time.clock, sleep=time.sleep, endpoint_of=lambda _m, path: path.strip("/"), **budgets)


def test_without_a_budget_nothing_waits(time: Time) -> None:
    chosen = limiter(time)
    assert sum(chosen.acquire("GET", "/x", max_wait=0) for _ in range(500)) == 0


def test_a_call_waits_until_the_oldest_one_has_left_the_period(time: Time) -> None:
    chosen = limiter(time, endpoints={"export": Budget(calls=2, per=60)})
    chosen.acquire("GET", "/export", max_wait=0)
    time.sleep(20)
    chosen.acquire("GET", "/export", max_wait=0)
    assert chosen.acquire("GET", "/export", max_wait=100) == pytest.approx(40)


def test_a_wait_that_is_too_long_is_told_at_once_and_costs_no_budget(time: Time) -> None:
    chosen = limiter(time, helpdesk=Budget(calls=1, per=60), endpoints={"export": Budget(calls=5)})
    chosen.acquire("GET", "/other", max_wait=0)
    with pytest.raises(BudgetExhaustedError) as caught:
        chosen.acquire("GET", "/export", max_wait=59)
    assert (caught.value.scope, caught.value.wait, time.now) == (Scope.HELPDESK, 60, 1000)


def test_one_ticket_without_budget_does_not_stop_the_others(time: Time) -> None:
    chosen = limiter(time, ticket=Budget(calls=1, per=600))
    chosen.acquire("PUT", "/ticket", ticket="1", max_wait=0)
    with pytest.raises(BudgetExhaustedError) as caught:
        chosen.acquire("PUT", "/ticket", ticket="1", max_wait=0)
    assert caught.value.scope is Scope.TICKET
    assert chosen.acquire("PUT", "/ticket", ticket="2", max_wait=0) == 0


def test_a_share_leaves_the_rest_to_others_except_for_our_own_tickets_budget(time: Time) -> None:
    chosen = limiter(time, helpdesk=Budget(calls=10), share=0.5)
    for _ in range(5):
        chosen.acquire("GET", "/x", max_wait=0)
    with pytest.raises(BudgetExhaustedError):
        chosen.acquire("GET", "/x", max_wait=0)
    own = limiter(time, ticket=Budget(calls=2), share=0.5)
    own.acquire("PUT", "/x", ticket="1", max_wait=0)
    own.acquire("PUT", "/x", ticket="1", max_wait=0)


@given(
    exports=st.integers(0, 30),
    others=st.integers(0, 60),
    most=st.integers(1, 20),
    of_all=st.one_of(st.none(), st.integers(1, 40)),
    share=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_how_long_calls_take_is_told_beforehand(
    exports: int, others: int, most: int, of_all: int | None, share: float
) -> None:
    time = Time()
    account = None if of_all is None else Budget(calls=of_all)
    chosen = limiter(time, helpdesk=account, endpoints={"export": Budget(calls=most, per=90)}, share=share)
    told = chosen.takes({("GET", "/export"): exports, ("GET", "/x"): others})
    began = time.now
    for path, count in (("/export", exports), ("/x", others)):
        for _ in range(count):
            chosen.acquire("GET", path, max_wait=1e9)
    took = time.now - began
    # Whoever sends one kind after the other may wait for the one and then for the other.
    assert told <= took + 1e-6
    if not exports or account is None:
        assert told == pytest.approx(took)


def test_the_headers_teach_a_budget_that_was_not_known(time: Time) -> None:
    chosen = limiter(time)
    chosen.learn([Reading(scope=Scope.HELPDESK, limit=3, remaining=3, resets=60)])
    for _ in range(3):
        chosen.acquire("GET", "/x", max_wait=0)
    with pytest.raises(BudgetExhaustedError):
        chosen.acquire("GET", "/x", max_wait=0)


def test_what_other_clients_spent_is_not_there_for_us(time: Time) -> None:
    chosen = limiter(time, helpdesk=Budget(calls=100))
    chosen.acquire("GET", "/x", max_wait=0)
    chosen.learn([Reading(scope=Scope.HELPDESK, limit=100, remaining=1, resets=30)])
    chosen.acquire("GET", "/x", max_wait=0)
    assert chosen.acquire("GET", "/x", max_wait=60) == pytest.approx(30)


def test_a_refused_call_holds_its_own_budget_and_no_other(time: Time) -> None:
    chosen = limiter(time)
    chosen.hold(Scope.ENDPOINT, 93, method="PUT", template="/update")
    assert chosen.acquire("GET", "/export", max_wait=0) == 0
    assert chosen.acquire("PUT", "/update", max_wait=100) == pytest.approx(93)


def test_a_hold_on_a_scope_that_the_call_does_not_have_holds_the_helpdesk(time: Time) -> None:
    chosen = limiter(time)
    chosen.hold(Scope.TICKET, 10, method="GET", template="/x")
    assert chosen.acquire("GET", "/y", max_wait=20) == pytest.approx(10)


def test_a_reading_about_a_ticket_counts_for_that_ticket_only(time: Time) -> None:
    chosen = limiter(time, ticket=Budget(calls=30, per=600))
    reading = Reading(scope=Scope.TICKET, limit=30, remaining=0, resets=468)
    chosen.learn([reading])
    chosen.learn([reading], ticket="1")
    assert chosen.acquire("PUT", "/x", ticket="2", max_wait=0) == 0
    assert chosen.acquire("PUT", "/x", ticket="1", max_wait=500) == pytest.approx(468)


def test_memory_does_not_grow_with_the_number_of_tickets_ever_written(time: Time) -> None:
    chosen = limiter(time, ticket=Budget(calls=30, per=600))
    for number in range(20_000):
        chosen.acquire("PUT", "/x", ticket=str(number), max_wait=0)
        time.sleep(1)
    assert len(chosen._windows) < 6000


@given(
    calls=st.integers(1, 6),
    per=st.integers(1, 100),
    pauses=st.lists(st.floats(0, 60), max_size=60),
)
def test_no_period_ever_holds_more_calls_than_the_budget(calls: int, per: int, pauses: list[float]) -> None:
    time = Time()
    chosen = limiter(time, helpdesk=Budget(calls=calls, per=per))
    last: deque[float] = deque(maxlen=calls)
    for pause in pauses:
        time.sleep(pause)
        chosen.acquire("GET", "/x", max_wait=1e9)
        if len(last) == calls:
            assert time.now - last[0] >= per - 1e-6
        last.append(time.now)
