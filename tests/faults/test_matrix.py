"""Every kind of write × everything that can go wrong with it: a sample that has every kind and every trouble.

`make matrix` tells the whole: every cell, every line, every round, on both databases, which share a sample between
them. Every run of the tests tells the same sample; MATRIX_SEED chooses another, MATRIX_SHARE a larger one. How it is done
is told in tests/matrix: house.py has the story, columns.py the troubles.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MATRIX = Path(__file__).parents[1] / "matrix"
#: How much of it; 1 = the whole.
SHARE = float(os.environ.get("MATRIX_SHARE", "0.001"))
SEED = os.environ.get("MATRIX_SEED") or "1"
LONGEST = 1800 if SHARE < 1 else 6 * 3600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LONGEST)]


def _holds(script: str, *arguments: str) -> bool:
    command = [sys.executable, str(MATRIX / script), "--seed", SEED, *arguments]
    return subprocess.run(command, cwd=MATRIX.parents[1], check=False).returncode == 0


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> list[str]:
    """Where the tellings keep what they know."""
    if request.param == "sqlite":
        return _part("1/2")
    server = request.getfixturevalue("postgres_server").render_as_string(hide_password=False)
    return ["--postgres", server, *_part("2/2")]


def _part(part: str) -> list[str]:
    """Of a sample each database is told a part, one telling after the other: other tests run beside it."""
    return ["--part", part, "--at-once", "1"] if SHARE < 1 else []


def test_whatever_goes_wrong_with_a_write_nothing_is_lost_and_nothing_is_there_twice(store: list[str]) -> None:
    assert _holds("run.py", "--share", str(SHARE), *store)


def test_wherever_a_process_dies_between_the_intent_of_a_write_and_its_outcome_the_next_run_completes_it(
    store: list[str],
) -> None:
    assert _holds("run.py", "--lines", "--share", str(SHARE), *store)


def test_under_a_running_service_most_writes_of_a_story_fail_and_the_story_ends_as_it_should(store: list[str]) -> None:
    few = ["--rounds", "2", "--plots", "cloud"] if SHARE < 1 else []
    assert _holds("serve.py", *few, *store)
