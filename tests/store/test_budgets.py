"""Rate budgets in the store: threads, connections and processes share them to the call."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.errors import Scope
from connectors.limiter import Reading
from connectors.purse import Ask, Key
from connectors.rank import Rank
from escalade.emulator.desk import build_desk
from escalade.emulator.server import RunningEmulator
from escalade.emulator.zendesk import limits
from escalade.store import budgets
from escalade.store.sql import SqlStore, open_store

HELPDESK = Key(Scope.HELPDESK)


def ask(key: Key = HELPDESK, *, want: int = 1, calls: int | None = 20, per: float = 3600.0, **more: Any) -> Ask:
    return Ask(key=key, rank=more.pop("rank", Rank.FIRST), want=want, share=1.0, calls=calls, per=per, **more)


def test_threads_on_two_connections_take_no_more_than_there_is(store_url: str) -> None:
    taken: Counter[str] = Counter()
    with open_store(store_url) as one, open_store(store_url) as other:

        def work(store: SqlStore) -> None:
            for _ in range(12):
                (given,) = store.take("zendesk", [ask()])
                taken["zendesk"] += given.calls

        threads = [threading.Thread(target=work, args=(store,)) for store in (one, one, other, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert taken["zendesk"] == 20


def test_several_budgets_are_taken_from_at_once_in_whatever_order_they_are_named(store: SqlStore) -> None:
    update, ticket = Key(Scope.ENDPOINT, "update"), Key(Scope.TICKET, "1")
    given = store.take("zendesk", [ask(ticket, calls=1), ask(update, want=3), ask(calls=None)])
    assert [one.calls for one in given[:2]] == [1, 3]
    given = store.take("zendesk", [ask(update, want=30), ask(ticket, calls=1)])
    assert [one.calls for one in given] == [17, 0]
    assert given[1].wait > 0


def test_helpdesks_have_budgets_of_their_own(store: SqlStore) -> None:
    assert [store.take(name, [ask(want=20)])[0].calls for name in ("zendesk", "jira")] == [20, 20]


def test_a_hold_and_a_reading_of_one_process_are_seen_by_the_next(store_url: str) -> None:
    with open_store(store_url) as one:
        told = Reading(scope=Scope.HELPDESK, limit=50, remaining=30, resets=3000)
        one.take("zendesk", [ask(want=0, calls=None, reading=told)])
        one.hold("zendesk", ask(Key(Scope.ENDPOINT, "update"), want=0), 300)
    with open_store(store_url) as other:
        assert other.take("zendesk", [ask(want=99, calls=None)])[0].calls == 30
        (held,) = other.take("zendesk", [ask(Key(Scope.ENDPOINT, "update"))])
        assert held.calls == 0
        assert held.wait == pytest.approx(300, abs=20)


def test_the_databases_clock_is_the_one_that_counts(store: SqlStore) -> None:
    with store.writing() as connection:
        assert budgets.now_of(connection) == pytest.approx(time.time(), abs=5)


def test_rows_of_tickets_that_say_nothing_any_more_are_dropped(store: SqlStore) -> None:
    with store.writing() as connection:
        for number in range(200):
            asks = [ask(Key(Scope.TICKET, str(number)), per=6.0), ask(per=6.0)]
            budgets.take(connection, "zendesk", asks, now=number + number / 1000)
        rows = connection.scalar(sa.select(sa.func.count()).select_from(budgets.budgets))
    assert rows is not None
    assert 10 < rows < 100


_LIMITED, _PER = 60, 3
_SECONDS = 9
_CALLER = """
import sys, time
from requests.auth import HTTPBasicAuth
from connectors.errors import ConnectorError
from connectors.http import HttpSession
from connectors.limiter import Budget, Limiter
from connectors.zendesk.client import DIALECT
from escalade.store.sql import open_store

store_url, url, seconds, per, login, token = sys.argv[1:]
with open_store(store_url) as store:
    session = HttpSession(
        helpdesk="zendesk", base_url=url, auth=HTTPBasicAuth(login, token), dialect=DIALECT,
        limiter=Limiter(helpdesk=Budget(calls=600, per=float(per)), share=0.9), retries=0,
    )
    session.share_budgets(store)
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + float(seconds)
    done = 0
    while time.monotonic() < end:
        try:
            session.get("/api/v2/users/me", template="/api/v2/users/me", max_wait=30)
            done += 1
        except ConnectorError as error:
            print("refused", error.status, flush=True)
    print("done", done, flush=True)
"""


@pytest.mark.slow
def test_three_processes_that_believe_in_a_larger_limit_learn_the_real_one_and_are_never_refused_again(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings say 600 calls, the account allows 60: the first answers tell so, and all three keep to it."""
    monkeypatch.setattr(limits, "PLAN_LIMIT", _LIMITED)
    monkeypatch.setattr(limits, "MINUTE", _PER)
    world = build_desk(tickets=1, organizations=1, linked=0)
    world.limits = True
    open_store(store_url).close()
    with RunningEmulator(world) as emulator:
        arguments = [store_url, emulator.url, str(_SECONDS), str(_PER), "escalation.bot@example.com/token"]
        command = [sys.executable, "-c", _CALLER, *arguments, "emulator-api-token"]
        callers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
            for _ in range(3)
        ]
        for caller in callers:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "ready\n"
        outputs = _talk(world, callers)
    statuses = [call.status for call in world.calls.requests]
    refusals = [at for at, status in enumerate(statuses) if status == 429]
    assert len(refusals) == 0, outputs
    assert [output.splitlines()[-1].split()[0] for output in outputs] == ["done"] * 3
    # Nine tenths of twenty calls a second, of which slots cost a fifth at most; nobody goes without.
    assert 0.7 * 18 * _SECONDS <= len(statuses) <= _LIMITED * (_SECONDS / _PER + 1)
    assert min(int(output.split()[-1]) for output in outputs) > len(statuses) / 10


def _talk(world: Any, callers: list[subprocess.Popen[str]]) -> list[str]:
    """Let them run while the emulator's clock goes on as the machine's does; what they printed."""
    began, shown = time.monotonic(), 0.0
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write("go\n")
        caller.stdin.flush()
    while any(caller.poll() is None for caller in callers):
        time.sleep(0.02)
        passed = time.monotonic() - began
        with world.lock:
            world.clock.advance(passed - shown)
        shown = passed
        assert passed < 120
    return [caller.communicate()[0] for caller in callers]
