"""Presence: whose process died is known by that, not only by its silence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from escalade.engine import worker
from escalade.engine.names import ended_here, worker_name
from escalade.store import leases
from escalade.store.crew import Crew
from escalade.store.errors import PassingStoreError
from escalade.store.sql import SqlStore, open_store

#: So long that nobody is taken for dead because it is silent.
FOR_EVER = timedelta(hours=1)
UNMARKED = worker.UNMARKED
#: Longer than a beat.
SHORT = timedelta(seconds=6)
JOINS = """
import sys
from escalade.store.crew import Crew
from escalade.store.sql import open_store
with open_store(sys.argv[1]) as store, Crew(store).at_work("ann"):
    print("joined", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def url(new_postgres_database: Callable[[], str]) -> str:
    return new_postgres_database()


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def bob(store: SqlStore) -> Iterator[Crew]:
    crew = Crew(store)
    with crew.at_work("bob"):
        yield crew


def cut(url: str) -> None:
    """The server ends every connection but ours."""
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def marks(url: str) -> int:
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND classid = 1163084631"
        ).fetchone()
    assert row is not None
    return int(row[0])


def age(store: SqlStore, worker: str) -> None:
    """Let the worker's last beat be longer ago than a beat, and not so long that it is dead for that alone."""
    with store.writing() as connection:
        connection.execute(text("UPDATE workers SET seen_at = seen_at - 7000000 WHERE name = :name"), {"name": worker})


def beat(crew: Crew, worker: str) -> list[str]:
    """Beat as a worker does: where a connection was cut it is made anew the next time."""
    for _ in range(5):
        try:
            return list(crew.beat(worker, FOR_EVER, UNMARKED))
        except PassingStoreError:
            continue
    pytest.fail("no connection any more")


def test_who_is_killed_is_taken_over_from_without_waiting_for_long_silence(
    url: str, store: SqlStore, bob: Crew
) -> None:
    command = [sys.executable, "-c", JOINS, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ann:
        assert ann.stdout is not None
        assert ann.stdout.readline() == "joined\n"
        age(store, "ann")
        assert beat(bob, "bob") == [], "it lives"
        ann.send_signal(signal.SIGKILL)
        ann.wait(10)
    ends = time.monotonic() + 10
    while marks(url) > 1 and time.monotonic() < ends:
        time.sleep(0.01)
    assert beat(bob, "bob") == ["ann"]
    assert bob.names() == ["bob"]


def test_who_starts_a_moment_later_and_lives_for_a_moment_only_takes_over_too(
    url: str, store: SqlStore, bob: Crew
) -> None:
    with store.writing() as connection:
        leases.join(connection, "dead", 4711)
    age(store, "dead")
    with open_store(url) as other, Crew(other).at_work("ann"):
        assert beat(Crew(other), "ann") == ["dead"]


def test_who_only_lost_its_connection_stays_and_shows_itself_again(url: str, store: SqlStore, bob: Crew) -> None:
    with open_store(url) as other:
        ann = Crew(other)
        with ann.at_work("ann"):
            cut(url)
            assert beat(bob, "bob") == [], "its last beat was a moment ago"
            assert beat(ann, "ann") == []
            age(store, "ann")
            assert beat(bob, "bob") == [], "it has its mark again"
            assert marks(url) == 2
    assert bob.names() == ["bob"]


def test_a_worker_of_an_older_version_shows_no_mark_and_is_judged_by_its_heartbeat(store: SqlStore, bob: Crew) -> None:
    with store.writing() as connection:
        connection.execute(text("INSERT INTO workers (name, seen_at) SELECT 'ann', seen_at FROM workers"))
    age(store, "ann")
    assert beat(bob, "bob") == []
    with store.writing() as connection:
        connection.execute(text("UPDATE workers SET seen_at = 0 WHERE name = 'ann'"))
    assert beat(bob, "bob") == ["ann"]


def test_who_ends_in_order_leaves_no_mark(url: str, store: SqlStore, bob: Crew) -> None:
    with Crew(store).at_work("ann"):
        assert marks(url) == 2
    assert marks(url) == 1


def test_who_begins_anew_under_another_name_shows_that_one(url: str, store: SqlStore, bob: Crew) -> None:
    crew = Crew(store)
    with crew.at_work("ann"):
        crew.join("ann.2")
        assert marks(url) == 2
        age(store, "ann")
        age(store, "ann.2")
        assert beat(bob, "bob") == ["ann"], "whose mark is gone"
    crew.leave("ann.2")


def test_who_starts_again_on_its_machine_takes_over_from_itself_at_once(url: str, store: SqlStore, bob: Crew) -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    here = socket.gethostname()
    names = [f"{here}:{ended.pid}:abc123", f"{here}:{os.getpid()}:abc123.2"]
    others = [f"elsewhere:{ended.pid}:abc123", f"{here}:{os.getppid()}:abc123", "a name that people gave"]
    with store.writing() as connection:
        for name in (*names, *others):
            leases.join(connection, name, 4711)
    assert sorted(bob.beat("bob", FOR_EVER, UNMARKED, ended_here)) == sorted(names)
    assert ended_here(worker_name()), "but whoever looks has a mark, and is not asked about"


def test_a_mark_lasts_from_one_beat_to_the_next() -> None:
    assert worker.BEAT < worker.UNMARKED < worker.PATIENCE


def test_with_sqlite_there_are_no_marks_and_nobody_is_missed(tmp_path: object) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        crew = Crew(store)
        with crew.at_work("ann"):
            crew.join("bob")
            age(store, "bob")
            assert beat(crew, "ann") == []
            crew.leave("bob")
