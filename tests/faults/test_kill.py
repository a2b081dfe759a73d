"""Law 3: nothing accepted is lost, nothing visible happens twice, not even after kill -9 in the middle of a write.

The emulator holds the n-th write of a kind, before or after it took effect; the process that waits for its answer is
killed. The next run has to end where an undisturbed run ends, and the run after that has nothing to write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

#: (method, path, which of them): every kind of write of a first run, early and late.
POINTS = [
    ("PUT", "/api/v2/tickets/", 1),
    ("PUT", "/api/v2/tickets/", 2),
    ("PUT", "/api/v2/tickets/", 5),
    ("PUT", "/api/v2/tickets/", 9),
    ("PUT", "/api/v2/tickets/", 13),
    ("POST", "/rest/api/./issue$", 1),
    ("POST", "/rest/api/./issue$", 3),
    ("POST", "/rest/api/./issue/bulk$", 1),
    ("POST", "/rest/api/./issue/bulk$", 3),
    ("POST", "/remotelink$", 1),
    ("POST", "/remotelink$", 2),
    ("POST", "/api/v2/jira/links", 1),
    ("POST", "/api/v2/jira/links", 2),
]


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """What people see after a run that nobody disturbed, by store kind; filled by the first test that needs it."""
    return {}


def _timeless(make_bench: Callable[..., Any], **options: Any) -> Any:
    """Make a bench whose policy reminds of nothing.

    A reminder that falls due while a lost write is waited out is said together with the note that was lost: the two
    histories would differ in how many comments say the same.
    """
    bench = make_bench(**options)
    (bench.directory / "updates.yaml").unlink()
    return bench


def _undisturbed(make_bench: Callable[..., Any], known: dict[str, Any]) -> dict[str, Any]:
    if not known:
        calm = _timeless(make_bench)
        code, output = calm.sync()
        assert code == 0, output
        _go_on(calm)
        known.update(calm.seen())
    return known


def _go_on(bench: Any) -> None:
    """Run again twice, ten minutes apart: for as long a lost write may still take effect or be found.

    Time moves alike in every test, since it brings reminders and missed targets of its own.
    """
    for _ in range(2):
        bench.pass_minutes(10)
        code, output = bench.call()
    assert code == 0, output


def _unlike(seen: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What differs, in lines that say where."""
    return [
        f"{kind} {key!r}: {seen[kind].get(key)} instead of {wanted[kind].get(key)}"
        for kind in wanted
        for key in {*seen[kind], *wanted[kind]}
        if seen[kind].get(key) != wanted[kind].get(key)
    ]


def _survives(bench: Any, method: str, path: str, nth: int, phase: str) -> None:
    """Kill Escalade while its n-th such write is held; run again until nothing is left to do."""
    bench.fault(f"hold_{phase}", method, path, nth=nth)
    process = bench.start("sync", "--once", "--force")
    held = bench.wait_until_held(process)
    assert held, f"there was no such write: {process.communicate()[0]}"
    bench.kill(process)
    bench.control("DELETE", "/faults")
    bench.control("POST", "/release", {"drop": phase == "before"})
    bench.call()
    _go_on(bench)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize(("method", "path", "nth"), POINTS)
def test_a_killed_run_is_completed_without_losing_or_repeating_a_write(  # noqa: PLR0917 - two tables
    make_bench: Callable[..., Any], undisturbed: dict[str, Any], method: str, path: str, nth: int, phase: str
) -> None:
    wanted = _undisturbed(make_bench, undisturbed)
    bench = _timeless(make_bench)
    _survives(bench, method, path, nth, phase)
    assert _unlike(bench.seen(), wanted) == []
    bench.pass_minutes(2)
    before = bench.writes
    code, output = bench.call()
    assert (code, bench.writes - before) == (0, 0), output


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_killed_run_is_completed_on_postgresql_too(
    make_bench: Callable[..., Any],
    undisturbed: dict[str, Any],
    new_postgres_database: Callable[[], str],
    phase: str,
) -> None:
    wanted = _undisturbed(make_bench, undisturbed)
    bench = _timeless(make_bench, store=new_postgres_database())
    _survives(bench, "PUT", "/api/v2/tickets/", 4, phase)
    assert _unlike(bench.seen(), wanted) == []
    bench.pass_minutes(2)
    before = bench.writes
    code, output = bench.call()
    assert (code, bench.writes - before) == (0, 0), output
