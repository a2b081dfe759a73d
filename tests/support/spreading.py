"""The order in which several workers come to the slow files: first, and each worker to others.

Every worker begins with a stretch of all tests in their order, and who has none left takes over a part of another's,
from its end. A slow file that is reached last would be waited for by all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest

#: Files and folders whose tests take most of the time, the slowest first.
SLOW = (
    "tests/faults/test_matrix.py",
    "tests/faults/test_records.py",
    "tests/service/",
    "tests/scenarios/story/",
    "tests/faults/",
    "tests/test_tutorial.py",
    "tests/test_benchmarks.py",
    "tests/test_demo.py",
    "tests/drill/",
    "tests/scenarios/records/",
)


def _weight(file: str) -> int:
    """How early a file is to be reached; 0 = whenever."""
    return next((len(SLOW) - number for number, start in enumerate(SLOW) if file.startswith(start)), 0)


def spread(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Order tests for so many workers; for one they stay as they are."""
    if workers < 2:
        return list(items)
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    heavy = [group for group in files if _weight(group[0].nodeid)]
    heavy.sort(key=lambda group: -_weight(group[0].nodeid))
    light = [item for group in files if not _weight(group[0].nodeid) for item in group]
    hands: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, item in enumerate(item for group in heavy for item in group):
        hands[number % workers].append(item)
    ordered: list[pytest.Item] = []
    for number, hand in enumerate(hands):
        # As many as pytest-xdist begins each worker with.
        begins_with = (len(items) - len(ordered)) // (workers - number)
        filling = max(0, begins_with - len(hand))
        ordered += [*hand, *light[:filling]]
        del light[:filling]
    return [*ordered, *light]
