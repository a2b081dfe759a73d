"""The arithmetic of shared budgets: never over the limit in any period, urgent calls first, and nobody starves."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import bucket as buckets
from connectors.bucket import UNLIMITED, Bucket, Given
from connectors.errors import Scope
from connectors.limiter import Reading
from connectors.rank import Rank

RANKS = st.sampled_from(list(Rank))


def told(**said: Any) -> Reading:
    return Reading(scope=Scope.HELPDESK, **said)


def taken(bucket: Bucket, now: float, want: int = 1, rank: Rank = Rank.USUAL, share: float = 1.0) -> tuple[Bucket, int]:
    bucket, got = buckets.take(bucket, now, rank, want, share)
    return bucket, got.calls


def drained(bucket: Bucket, now: float, rank: Rank = Rank.FIRST, share: float = 1.0) -> tuple[Bucket, int]:
    """Take one call after the other until there is none."""
    count = 0
    while True:
        bucket, calls = taken(bucket, now, 1, rank, share)
        if not calls:
            return bucket, count
        count += calls


@given(
    calls=st.integers(1, 60),
    per=st.sampled_from([1.0, 6.0, 60.0, 600.0]),
    share=st.floats(0.05, 1),
    asks=st.lists(st.tuples(st.floats(0, 0.4), RANKS, st.integers(1, 9), st.floats(0, 1)), max_size=120),
)
def test_no_period_ever_holds_more_calls_than_our_share_however_late_in_their_time_they_are_sent(
    calls: int, per: float, share: float, asks: list[tuple[float, Rank, int, float]]
) -> None:
    bucket, now = Bucket(calls, per), 1000.0
    sent: list[float] = []
    for pause, rank, want, later in asks:
        now += pause * per
        bucket, got = buckets.take(bucket, now, rank, want, share)
        assert got.calls <= want
        sent += [now + got.seconds * later] * got.calls
    ours = max(1, int(calls * share))
    sent.sort()
    for first, after in zip(sent, sent[ours:], strict=False):
        assert after - first >= per - 1e-6


@given(start=st.floats(0, 2e9), pauses=st.lists(st.floats(0, 30), min_size=1, max_size=40))
def test_who_waits_as_long_as_it_is_told_is_served_when_nobody_else_asks(start: float, pauses: list[float]) -> None:
    bucket, now = Bucket(3, 60.0), start
    for pause in pauses:
        now += pause
        bucket, got = buckets.take(bucket, now, Rank.FIRST, 1, 1.0)
        if not got.calls:
            assert 0 < got.wait <= 66
            # As the clock's own steps allow at this size of numbers.
            now += got.wait + 1e-5
            bucket, got = buckets.take(bucket, now, Rank.FIRST, 1, 1.0)
            assert got.calls == 1


def test_a_steady_demand_is_served_at_nine_tenths_of_the_limit_at_least() -> None:
    bucket, served = Bucket(100, 60.0), 0
    for tick in range(6000):
        bucket, calls = taken(bucket, tick / 10, 5, Rank.FIRST)
        served += calls
    assert 0.9 * 1000 <= served <= 1000


def test_a_clock_that_goes_back_gives_nothing_twice() -> None:
    bucket, count = drained(Bucket(10, 60.0), 1000.0)
    assert count == 10
    assert drained(bucket, 900.0)[1] == 0


@settings(max_examples=30, deadline=None)
@given(
    calls=st.integers(1, 40),
    per=st.sampled_from([1.0, 60.0]),
    demand=st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any),
)
def test_nobody_who_keeps_asking_waits_for_ever(calls: int, per: float, demand: list[int]) -> None:
    """All ranks together want far more than there is: each that asks is served again and again."""
    bucket, step = Bucket(calls, per), per / 20
    served: dict[Rank, list[float]] = {rank: [0.0] for rank in Rank if demand[rank]}
    for tick in range(1, 600):
        for rank, instants in served.items():
            for _ in range(demand[rank]):
                bucket, count = taken(bucket, tick * step, 2, rank)
                if count:
                    instants.append(tick * step)
    for instants in served.values():
        longest = max(after - before for before, after in pairwise([*instants, 600 * step]))
        assert longest <= 6 * per


@pytest.mark.parametrize("calls", [20, 100, 700])
def test_what_is_urgent_finds_room_where_tidying_has_taken_all_that_it_may(calls: int) -> None:
    bucket, tidied = drained(Bucket(calls, 60.0), 0.0, Rank.LAST)
    assert tidied == calls - calls // 10
    assert drained(bucket, 0.0, Rank.FIRST)[1] == calls // 10


def test_while_urgent_calls_come_half_of_the_budget_is_kept_for_them_from_tidying() -> None:
    bucket, _ = taken(Bucket(100, 60.0), 0.0, 1, Rank.FIRST)
    bucket, tidied = drained(bucket, 1.0, Rank.LAST)
    bucket, read = drained(bucket, 1.0, Rank.USUAL)
    bucket, urgent = drained(bucket, 1.0, Rank.FIRST)
    assert (tidied, read, urgent) == (50, 20, 29)


def test_where_only_one_kind_of_call_is_made_a_small_budget_is_used_in_full() -> None:
    assert drained(Bucket(8, 60.0), 0.0, Rank.LAST)[1] == 8


def test_a_busy_desk_serves_what_is_urgent_at_once_and_tidying_with_the_rest() -> None:
    bucket, waits, served = Bucket(100, 60.0), 0, Counter[Rank]()
    for second in range(600):
        for rank, every in ((Rank.LAST, 1), (Rank.USUAL, 2), (Rank.FIRST, 3)):
            if second % every == 0:
                bucket, count = taken(bucket, float(second), 2 if rank is Rank.LAST else 1, rank)
                served[rank] += count
                waits += rank is Rank.FIRST and not count
    assert waits == 0
    assert served[Rank.FIRST] == 200
    assert served[Rank.LAST] > 150


def test_what_other_clients_spent_is_not_there_for_us_until_their_period_ends() -> None:
    bucket, _ = taken(Bucket(100, 60.0), 0.0, 10, Rank.FIRST)
    bucket = buckets.sent(bucket, 1.0, 10)
    bucket = buckets.learn(bucket, 1.0, told(limit=100, remaining=20, resets=30))
    assert drained(bucket, 1.0)[1] == 20
    assert drained(bucket, 32.0)[1] == 90


def test_calls_that_are_handed_out_and_not_sent_are_not_taken_for_those_of_others() -> None:
    bucket, _ = taken(Bucket(100, 60.0), 0.0, 40, Rank.FIRST)
    bucket = buckets.sent(bucket, 1.0, 10)
    bucket = buckets.learn(bucket, 1.0, told(limit=100, remaining=90, resets=30))
    assert bucket.foreign == 0
    assert buckets.left(bucket, 1.0) == 60


def test_a_budget_of_unknown_size_lets_everything_through_until_it_is_told() -> None:
    bucket, got = buckets.take(Bucket(None, 60.0), 5.0, Rank.LAST, 1, 0.5)
    assert got == Given(UNLIMITED, 1.0)
    assert buckets.left(bucket, 5.0) is None
    bucket = buckets.learn(bucket, 5.0, told(limit=10, remaining=9, resets=60))
    assert drained(bucket, 5.0, share=0.5)[1] == 5


@pytest.mark.parametrize("calls", [None, 10])
def test_a_hold_lets_nothing_through_and_says_how_long(calls: int | None) -> None:
    bucket = buckets.hold(buckets.hold(Bucket(calls, 60.0), 0.0, 93), 0.0, 5)
    assert buckets.take(bucket, 3.0, Rank.FIRST, 1, 1.0)[1] == Given(0, 0.0, 90.0)
    assert buckets.take(bucket, 93.0, Rank.FIRST, 1, 1.0)[1].calls
    assert buckets.left(bucket, 3.0) == (None if calls is None else 0)


def test_a_learned_size_counts_until_the_settings_change() -> None:
    bucket = buckets.learn(Bucket(100, 60.0, said=100), 0.0, told(limit=300, remaining=300, resets=60))
    assert buckets.of_settings(bucket, 100, 60.0).calls == 300
    assert buckets.of_settings(bucket, 200, 60.0).calls == 200
    assert buckets.of_settings(bucket, 200, 6.0) == Bucket(200, 6.0, said=200)


@given(calls=st.integers(1, 50), at=st.floats(0, 1e6), after=st.floats(0, 1e4))
def test_an_idle_bucket_gives_what_a_new_one_gives(calls: int, at: float, after: float) -> None:
    bucket, _ = drained(Bucket(calls, 60.0), at)
    bucket = buckets.learn(bucket, at, told(limit=calls, remaining=0, resets=45))
    late = max(buckets.idle_at(bucket), at) + after + 1e-6
    assert drained(bucket, late)[1] == drained(Bucket(calls, 60.0), late)[1] == calls
