"""Several processes on one purse: together they stay below the limits, and ask the purse far less often than they call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import bucket as buckets
from connectors.bucket import Bucket, Given
from connectors.errors import Scope
from connectors.limiter import Budget, BudgetExhaustedError, Limiter, Reading
from connectors.patience import Patience
from connectors.purse import Ask, Key, answered
from connectors.rank import Rank, ranked
from connectors.shared_limiter import SharedLimiter


@dataclass
class Desk:
    """A purse, and a clock that only sleeping moves."""

    now: float = 1000.0
    asked: int = 0
    found: dict[Key, Bucket] = field(default_factory=dict)

    def take(self, helpdesk: str, asks: Sequence[Ask]) -> Sequence[Given]:
        self.asked += 1
        given = []
        for ask in asks:
            self.found[ask.key], got = answered(self.found.get(ask.key), ask, self.now)
            given.append(got)
        return given

    def hold(self, helpdesk: str, ask: Ask, seconds: float) -> None:
        self.found[ask.key] = buckets.hold(
            self.found.get(ask.key, Bucket(ask.calls, ask.per, said=ask.calls)), self.now, seconds
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def process(self, **options: Any) -> SharedLimiter:
        terms = Limiter(**options).terms
        return SharedLimiter("zendesk", self, terms, lambda: self.now, Patience(self.sleep))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def calls(limiter: SharedLimiter, method: str = "GET", template: str = "/x", **options: Any) -> int:
    """How many calls go through without a wait."""
    count = 0
    while True:
        try:
            limiter.acquire(method, template, max_wait=0, **options)
        except BudgetExhaustedError:
            return count
        count += 1


def test_processes_share_one_limit(desk: Desk) -> None:
    one, other = (desk.process(helpdesk=Budget(calls=100)) for _ in range(2))
    # A tenth is kept for what is urgent.
    assert calls(one) + calls(other) == 90
    with ranked(Rank.FIRST):
        assert calls(other) == 10


def test_the_purse_is_asked_for_more_and_more_calls_at_a_time(desk: Desk) -> None:
    assert calls(desk.process(helpdesk=Budget(calls=700))) == 630
    assert desk.asked < 35


def test_what_was_taken_and_not_used_is_not_used_later(desk: Desk) -> None:
    process = desk.process(helpdesk=Budget(calls=100))
    for _ in range(4):
        process.acquire("GET", "/x", max_wait=0)
    taken = desk.asked
    desk.sleep(7)
    process.acquire("GET", "/x", max_wait=0)
    assert desk.asked == taken + 1


def test_a_write_needs_room_in_the_helpdesks_its_endpoints_and_its_tickets_budget(desk: Desk) -> None:
    process = desk.process(
        helpdesk=Budget(calls=100),
        endpoints={"update": Budget(calls=8)},
        endpoint_of=lambda method, _: "update" if method == "PUT" else None,
        ticket=Budget(calls=3, per=600),
    )
    assert calls(process, "PUT", ticket="1") == 3
    assert calls(process, "PUT", ticket="2") == 3
    assert calls(process, "PUT", ticket="3") == 2
    assert calls(process, "GET") > 50


def test_the_ticket_budget_is_ours_alone_and_holds_over_processes(desk: Desk) -> None:
    one, other = (desk.process(ticket=Budget(calls=4, per=600), share=0.5) for _ in range(2))
    assert (calls(one, "PUT", ticket="1"), calls(other, "PUT", ticket="1")) == (4, 0)


def test_a_refusal_that_one_process_met_holds_all_of_them_in_its_scope_alone(desk: Desk) -> None:
    names = {"GET": "read", "PUT": "update"}
    one, other = (
        desk.process(endpoint_of=lambda method, _: names[method], ticket=Budget(calls=30, per=600)) for _ in range(2)
    )
    one.hold(Scope.ENDPOINT, 93, method="PUT", template="/x", ticket="1")
    with pytest.raises(BudgetExhaustedError) as caught:
        other.acquire("PUT", "/x", ticket="2", max_wait=5)
    assert (caught.value.scope, caught.value.wait) == (Scope.ENDPOINT, 93)
    assert other.acquire("GET", "/x", max_wait=0) == 0
    one.hold(Scope.TICKET, 20, method="PUT", template="/x", ticket="7")
    desk.sleep(93)
    assert other.acquire("PUT", "/x", ticket="2", max_wait=0) == 0
    one.hold(Scope.TICKET, 20, method="PUT", template="/x", ticket="7")
    assert other.acquire("PUT", "/x", ticket="7", max_wait=60) == pytest.approx(20)


def test_the_size_of_a_budget_that_one_process_learns_counts_for_all(desk: Desk) -> None:
    one, other = (desk.process(share=0.5) for _ in range(2))
    one.acquire("GET", "/x", max_wait=0)
    one.learn([Reading(scope=Scope.HELPDESK, limit=40, remaining=39, resets=60)])
    assert calls(other) == 18


def test_the_clicks_of_agents_are_seen_in_the_answers_and_left_to_them(desk: Desk) -> None:
    process = desk.process(helpdesk=Budget(calls=100))
    with ranked(Rank.FIRST):
        for number in range(1, 200):
            try:
                process.acquire("GET", "/x", max_wait=0)
            except BudgetExhaustedError:
                break
            process.learn([Reading(scope=Scope.HELPDESK, limit=100, remaining=max(0, 40 - number), resets=50)])
    # Sixty were gone before our first call; some of what is handed out is not known to be sent.
    assert 35 <= number - 1 <= 40


def test_a_sweep_goes_last_whatever_the_thread_is_doing(desk: Desk) -> None:
    process = desk.process(
        helpdesk=Budget(calls=100),
        endpoint_of=lambda _, template: "export" if template == "/export" else None,
        sweeps={"export"},
    )
    with ranked(Rank.FIRST):
        process.acquire("GET", "/x", max_wait=0)
        swept = calls(process, template="/export")
        assert swept <= 51
        assert calls(process) >= 45


def test_a_reading_about_no_ticket_is_nobodys(desk: Desk) -> None:
    process = desk.process(ticket=Budget(calls=30, per=600))
    process.learn([Reading(scope=Scope.TICKET, limit=30, remaining=0, resets=400)])
    assert process.acquire("PUT", "/x", ticket="1", max_wait=0) == 0


def test_memory_does_not_grow_with_the_number_of_tickets_ever_written(desk: Desk) -> None:
    process = desk.process(ticket=Budget(calls=30, per=600))
    for number in range(12_000):
        process.acquire("PUT", "/x", ticket=str(number), max_wait=0)
        desk.now += 1
    assert len(process._accounts) <= 5001


@settings(max_examples=40, deadline=None)
@given(
    limit=st.integers(1, 30),
    turns=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 9), st.sampled_from(list(Rank))), max_size=80),
)
def test_no_period_ever_holds_more_calls_of_all_processes_than_the_limit(
    limit: int, turns: list[tuple[int, float, Rank]]
) -> None:
    desk = Desk()
    processes = [desk.process(helpdesk=Budget(calls=limit)) for _ in range(3)]
    sent: list[float] = []
    for who, pause, rank in turns:
        desk.sleep(pause)
        with ranked(rank):
            processes[who].acquire("GET", "/x", max_wait=1e9)
        sent.append(desk.now)
    for first, after in zip(sent, sent[limit:], strict=False):
        assert after - first >= 60 - 1e-6
