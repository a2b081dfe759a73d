"""Ctrl-C and SIGTERM: what has begun is completed and kept, what waits is not begun, and nothing is left behind."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

_SECONDS = 120


def _open_writes(bench: Any) -> int:
    with closing(sqlite3.connect(bench.directory / "escalade.db")) as store:
        return int(store.execute("SELECT count(*) FROM intents WHERE state = 'intended'").fetchone()[0])


@pytest.mark.slow
@pytest.mark.parametrize("how", [("--once",), ("--every", "1h")], ids=["once", "every"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_a_run_that_is_told_to_end_completes_its_writes_and_begins_no_other(
    make_bench: Callable[..., Any], how: tuple[str, ...], number: signal.Signals, code: int
) -> None:
    bench = make_bench()
    bench.fault("hold_before", "PUT", "/api/v2/tickets/", nth=2, times=0)
    process = bench.start("sync", "--force", *how)
    assert bench.wait_until_held(process)
    process.send_signal(number)
    bench.control("DELETE", "/faults")
    bench.control("POST", "/release", {"drop": False})
    output, _ = process.communicate(timeout=_SECONDS)
    assert process.returncode == code, output
    assert "Traceback" not in output
    assert _open_writes(bench) == 0
    before = bench.writes
    again, output = bench.call()
    assert again == 0, output
    assert bench.writes > before, "the run went on to its end"
