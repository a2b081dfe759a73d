"""Every kind of write × everything that can go wrong with it: a sample that has every kind and every trouble.

`make matrix` tells the whole. The seed of a sample that fails is in its last line: MATRIX_SEED tells the same again.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

MATRIX = Path(__file__).parents[1] / "matrix"
#: How much of it; 1 = the whole.
SHARE = float(os.environ.get("MATRIX_SHARE", "0.001"))
SEED = os.environ.get("MATRIX_SEED") or str(random.randrange(1_000_000))
LONGEST = 600 if SHARE < 1 else 6 * 3600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LONGEST)]


def _holds(*arguments: str) -> bool:
    command = [sys.executable, str(MATRIX / "run.py"), "--seed", SEED, "--share", str(SHARE), *arguments]
    return subprocess.run(command, cwd=MATRIX.parents[1], check=False).returncode == 0


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> list[str]:
    """Where the tellings keep what they know."""
    if request.param == "sqlite":
        return []
    server = request.getfixturevalue("postgres_server").render_as_string(hide_password=False)
    # Of a sample, one tracker will do here.
    return ["--postgres", server, *(["--plots", "cloud"] if SHARE < 1 else [])]


def test_whatever_goes_wrong_with_a_write_nothing_is_lost_and_nothing_is_there_twice(store: list[str]) -> None:
    assert _holds(*store)


def test_wherever_a_process_dies_between_the_intent_of_a_write_and_its_outcome_the_next_run_completes_it(
    store: list[str],
) -> None:
    assert _holds("--lines", *store)
