"""Slow files are dealt out to the workers, each of which begins with its share of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from spreading import SLOW, spread


def items(**counts: int) -> list[Any]:
    """So many tests of each file; `slow` is the slowest of all."""
    found = []
    for file, count in counts.items():
        path = SLOW[0] if file == "slow" else f"tests/rules/test_{file}.py"
        found += [SimpleNamespace(nodeid=f"{path}::{number}", path=Path(path)) for number in range(count)]
    return found


@pytest.mark.parametrize("workers", [2, 3, 4, 7])
def test_every_worker_begins_with_its_share_of_the_slow_files(workers: int) -> None:
    tests = items(first=50, slow=workers * 2, last=33)
    ordered = spread(tests, workers)
    begin, slow = 0, []
    for number in range(workers):
        size = (len(tests) - begin) // (workers - number)
        slow.append([one.path == Path(SLOW[0]) for one in ordered[begin : begin + size]][:3])
        begin += size
    assert slow == [[True, True, False]] * workers


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_no_test_is_lost_and_none_comes_twice(workers: int) -> None:
    tests = items(first=5, slow=17, last=3)
    assert sorted(one.nodeid for one in spread(tests, workers)) == sorted(one.nodeid for one in tests)


def test_for_one_worker_tests_stay_where_they_are() -> None:
    tests = items(first=5, slow=3, last=3)
    assert spread(tests, 1) == tests


def test_what_is_named_as_slow_is_there() -> None:
    assert [name for name in SLOW if not Path(__file__).parents[1].joinpath(name).exists()] == []
