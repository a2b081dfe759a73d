"""Spreads: few figures for very many lengths of time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.replay.spread import Spread, SpreadTally

MINUTES = st.integers(min_value=-999, max_value=999)


def spread_of(lengths: list[timedelta]) -> Spread:
    tally = SpreadTally()
    for length in lengths:
        tally.add(length)
    return tally.spread()


def test_no_length_has_no_spread() -> None:
    assert spread_of([]) == Spread()


def test_five_lengths_are_told_as_they_are() -> None:
    told = spread_of([timedelta(hours=hours) for hours in (5, -1, 3, 2, 4)])
    assert (told.least, told.median, told.most) == (timedelta(hours=-1), timedelta(hours=3), timedelta(hours=5))


def test_long_ones_are_cut_to_three_digits_of_minutes() -> None:
    assert spread_of([timedelta(minutes=123456)]).median == timedelta(minutes=123000)


@given(st.lists(MINUTES, min_size=1))
def test_the_figures_are_those_of_the_sorted_lengths(minutes: list[int]) -> None:
    told, ordered = spread_of([timedelta(minutes=one) for one in minutes]), sorted(minutes)
    last = len(ordered) - 1
    wanted = [ordered[last * share // 100] for share in (0, 10, 50, 90, 100)]
    assert [told.least, told.tenth, told.median, told.ninetieth, told.most] == [
        timedelta(minutes=one) for one in wanted
    ]
    assert told.count == len(minutes)
