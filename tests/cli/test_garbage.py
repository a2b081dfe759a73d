"""Looking for garbage takes little of a command's time, and nothing that matters is lost with it."""

from __future__ import annotations

import subprocess
import sys

LOOKS = """
import atexit, gc
looks = []
gc.callbacks.append(lambda phase, details: looks.append(phase))
atexit.register(lambda: print(len(looks), "looks,", gc.get_freeze_count() > 0 and "all set aside"))
{before}
made = [[] for _ in range(100_000)]
"""
LESS_OFTEN = "from escalade.garbage import look_less_often; look_less_often()"


def told(before: str) -> str:
    """What a process tells at its end that makes many values."""
    command = [sys.executable, "-c", LOOKS.format(before=before)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_looks_seldom_and_not_at_the_end() -> None:
    looks, _, aside = told(LESS_OFTEN).partition(" looks, ")
    assert int(looks) < 20
    assert aside == "all set aside\n"


def test_python_by_itself_would_look_often() -> None:
    assert int(told("").partition(" looks, ")[0]) > 100
